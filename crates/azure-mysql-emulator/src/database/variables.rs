//! System variables: those that clients read or set.

use std::collections::BTreeMap;

use rusqlite::types::Value;

use super::{
    SqlError, temporal,
    types::{BIGINT, BIGINT_UNSIGNED, COLLATIONS, Collation, Type, varchar},
};

/// MySQL's values where nobody sets another, or what fits the emulator.
const DEFAULTS: &[(&str, &str, Kind)] = &[
    ("auto_increment_increment", "1", Kind::Number),
    ("auto_increment_offset", "1", Kind::Number),
    ("autocommit", "1", Kind::Switch),
    ("character_set_client", "utf8mb4", Kind::CharacterSet),
    ("character_set_connection", "utf8mb4", Kind::CharacterSet),
    ("character_set_database", "utf8mb4", Kind::Fixed),
    ("character_set_results", "utf8mb4", Kind::CharacterSet),
    ("character_set_server", "utf8mb4", Kind::Fixed),
    ("character_set_system", "utf8mb3", Kind::Fixed),
    (
        "collation_connection",
        "utf8mb4_0900_ai_ci",
        Kind::CollationName,
    ),
    ("collation_database", "utf8mb4_0900_ai_ci", Kind::Fixed),
    ("collation_server", "utf8mb4_0900_ai_ci", Kind::Fixed),
    ("default_storage_engine", "InnoDB", Kind::Fixed),
    ("explicit_defaults_for_timestamp", "1", Kind::FixedSwitch),
    ("foreign_key_checks", "1", Kind::Switch),
    ("group_concat_max_len", "1024", Kind::Number),
    ("have_ssl", "YES", Kind::Fixed),
    ("hostname", "localhost", Kind::Fixed),
    ("init_connect", "", Kind::Fixed),
    ("innodb_lock_wait_timeout", "50", Kind::Number),
    ("innodb_version", "", Kind::Fixed),
    ("interactive_timeout", "28800", Kind::Number),
    ("license", "GPL", Kind::Fixed),
    ("lock_wait_timeout", "31536000", Kind::Number),
    ("lower_case_table_names", "0", Kind::FixedNumber),
    ("max_allowed_packet", "67108864", Kind::FixedNumber),
    ("max_connections", "", Kind::FixedNumber),
    ("max_execution_time", "0", Kind::Number),
    ("net_buffer_length", "16384", Kind::FixedNumber),
    ("net_read_timeout", "30", Kind::Number),
    ("net_write_timeout", "60", Kind::Number),
    ("performance_schema", "0", Kind::FixedSwitch),
    ("port", "3306", Kind::FixedNumber),
    ("protocol_version", "10", Kind::FixedNumber),
    ("query_cache_size", "0", Kind::Missing),
    ("require_secure_transport", "1", Kind::FixedSwitch),
    ("socket", "", Kind::Fixed),
    ("sql_auto_is_null", "0", Kind::Switch),
    ("sql_mode", SQL_MODE, Kind::SqlMode),
    ("sql_notes", "1", Kind::Switch),
    ("sql_safe_updates", "0", Kind::Off),
    ("sql_select_limit", "18446744073709551615", Kind::Fixed),
    ("system_time_zone", "UTC", Kind::Fixed),
    ("time_zone", "SYSTEM", Kind::TimeZone),
    ("transaction_isolation", "REPEATABLE-READ", Kind::Isolation),
    ("transaction_read_only", "0", Kind::Switch),
    ("tx_isolation", "", Kind::Missing),
    ("unique_checks", "1", Kind::Switch),
    ("version", "", Kind::Fixed),
    ("version_comment", "azure-mysql-emulator", Kind::Fixed),
    ("version_compile_machine", "x86_64", Kind::Fixed),
    ("version_compile_os", "Linux", Kind::Fixed),
    ("wait_timeout", "28800", Kind::Number),
];

const SQL_MODE: &str = "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,\
                        ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";

/// In MySQL's order, which `@@sql_mode` shows them in.
const MODES: [&str; 17] = [
    "REAL_AS_FLOAT",
    "PIPES_AS_CONCAT",
    "ANSI_QUOTES",
    "IGNORE_SPACE",
    "ONLY_FULL_GROUP_BY",
    "NO_UNSIGNED_SUBTRACTION",
    "NO_DIR_IN_CREATE",
    "NO_AUTO_VALUE_ON_ZERO",
    "NO_BACKSLASH_ESCAPES",
    "STRICT_TRANS_TABLES",
    "STRICT_ALL_TABLES",
    "NO_ZERO_IN_DATE",
    "NO_ZERO_DATE",
    "ERROR_FOR_DIVISION_BY_ZERO",
    "HIGH_NOT_PRECEDENCE",
    "NO_ENGINE_SUBSTITUTION",
    "TIME_TRUNCATE_FRACTIONAL",
];

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Number,
    FixedNumber,
    Switch,
    FixedSwitch,
    /// A switch that cannot be turned on.
    Off,
    Fixed,
    CharacterSet,
    CollationName,
    SqlMode,
    TimeZone,
    Isolation,
    /// Gone from MySQL.
    Missing,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Variables {
    /// What the session set.
    set: BTreeMap<String, String>,
}

impl Variables {
    fn current(&self, name: &str) -> &str {
        self.set.get(name).map_or_else(
            || default(name).map_or("", |(value, _)| value),
            String::as_str,
        )
    }

    pub(super) fn read(
        &self,
        name: &str,
        global: bool,
        own: Option<String>,
    ) -> Result<(Value, Type), SqlError> {
        let Some((initial, kind)) = default(name).or(own.as_ref().map(|_| ("", Kind::Number)))
        else {
            return Err(unknown(name));
        };
        let value = match own {
            Some(own) => own,
            None if global => initial.to_owned(),
            None => self.current(name).to_owned(),
        };
        Ok(match kind {
            Kind::Number | Kind::FixedNumber => {
                let number = value.parse().unwrap_or(0);
                (Value::Integer(number), BIGINT_UNSIGNED)
            }
            Kind::Switch | Kind::FixedSwitch | Kind::Off => {
                (Value::Integer(i64::from(value == "1")), BIGINT)
            }
            Kind::Missing => return Err(unknown(name)),
            _ => {
                let length = u32::try_from(value.chars().count()).unwrap_or(0);
                (Value::Text(value), varchar(length))
            }
        })
    }

    pub(super) fn shown(&self, global: bool) -> Vec<(String, String)> {
        DEFAULTS
            .iter()
            .filter(|(_, _, kind)| *kind != Kind::Missing)
            .map(|(name, initial, kind)| {
                let value = if global { initial } else { self.current(name) };
                let shown = match (kind, value) {
                    (Kind::Switch | Kind::FixedSwitch | Kind::Off, "1") => "ON",
                    (Kind::Switch | Kind::FixedSwitch | Kind::Off, _) => "OFF",
                    (_, value) => value,
                };
                ((*name).to_owned(), shown.to_owned())
            })
            .collect()
    }

    /// `SET name = value`; `None` is `DEFAULT`.
    ///
    /// # Errors
    ///
    /// 1193 if there is no such variable, 1231 if it cannot be set to that.
    pub(crate) fn write(&mut self, name: &str, value: Option<&Value>) -> Result<(), SqlError> {
        let name = name.to_ascii_lowercase();
        let Some((initial, kind)) = default(&name).filter(|(_, kind)| *kind != Kind::Missing)
        else {
            return Err(unknown(&name));
        };
        let text = match value {
            None => initial.to_owned(),
            Some(Value::Text(text)) => text.clone(),
            Some(Value::Integer(number)) => number.to_string(),
            Some(Value::Null) if kind == Kind::CharacterSet => "utf8mb4".to_owned(),
            Some(_) => return Err(wrong(&name, "NULL")),
        };
        let checked = match kind {
            Kind::Number => match text.parse::<u64>() {
                Ok(number) => number.to_string(),
                Err(_) => return Err(wrong_type(&name)),
            },
            Kind::Switch | Kind::Off => {
                let on = match text.to_ascii_uppercase().as_str() {
                    "1" | "ON" | "TRUE" => true,
                    "0" | "OFF" | "FALSE" => false,
                    _ => return Err(wrong(&name, &text)),
                };
                if on && kind == Kind::Off {
                    return Err(SqlError::unsupported(format!("{name} = ON")));
                }
                u8::from(on).to_string()
            }
            Kind::CharacterSet => {
                check_character_set(&text)?;
                match text.to_ascii_lowercase() {
                    // The old name.
                    name if name == "utf8" => "utf8mb3".to_owned(),
                    name => name,
                }
            }
            Kind::CollationName => Collation::named(&text)?.name().to_owned(),
            Kind::SqlMode => modes(&text)?,
            Kind::TimeZone => {
                if !text.eq_ignore_ascii_case("SYSTEM") && temporal::parse_offset(&text).is_none() {
                    return Err(SqlError::new(
                        1298,
                        *b"HY000",
                        format!("Unknown or incorrect time zone: '{text}'"),
                    ));
                }
                text
            }
            Kind::Isolation => {
                let level = text.to_ascii_uppercase().replace(' ', "-");
                let known = [
                    "READ-UNCOMMITTED",
                    "READ-COMMITTED",
                    "REPEATABLE-READ",
                    "SERIALIZABLE",
                ];
                if !known.contains(&level.as_str()) {
                    return Err(wrong(&name, &text));
                }
                level
            }
            _ if text == initial => text,
            _ => {
                return Err(SqlError::unsupported(format!(
                    "SET {name} to another value"
                )));
            }
        };
        self.set.insert(name, checked);
        Ok(())
    }

    fn has_mode(&self, mode: &str) -> bool {
        self.current("sql_mode").split(',').any(|set| set == mode)
    }

    pub(crate) fn pipes_as_concat(&self) -> bool {
        self.has_mode("PIPES_AS_CONCAT")
    }

    pub(crate) fn ansi_quotes(&self) -> bool {
        self.has_mode("ANSI_QUOTES")
    }

    pub(crate) fn backslash_escapes(&self) -> bool {
        !self.has_mode("NO_BACKSLASH_ESCAPES")
    }

    pub(crate) fn zero_is_a_value(&self) -> bool {
        self.has_mode("NO_AUTO_VALUE_ON_ZERO")
    }

    pub(crate) fn foreign_key_checks(&self) -> bool {
        self.current("foreign_key_checks") == "1"
    }

    pub(crate) fn read_only(&self) -> bool {
        self.current("transaction_read_only") == "1"
    }

    /// Whether a transaction sees what others commit while it is open.
    pub(crate) fn reads_committed(&self) -> bool {
        self.current("transaction_isolation").starts_with("READ-")
    }

    pub(crate) fn group_concat_length(&self) -> u64 {
        self.current("group_concat_max_len").parse().unwrap_or(1024)
    }

    pub(crate) fn lock_wait_timeout(&self) -> std::time::Duration {
        let seconds = self
            .current("innodb_lock_wait_timeout")
            .parse()
            .unwrap_or(50);
        std::time::Duration::from_secs(seconds)
    }

    /// What the protocol says of text.
    pub(crate) fn result_character_set(&self) -> u16 {
        let name = self.current("collation_connection");
        COLLATIONS
            .iter()
            .find(|known| known.1 == name)
            .map_or(255, |known| known.2)
    }

    /// What to add to UTC, in microseconds.
    pub(crate) fn time_offset(&self) -> i64 {
        temporal::parse_offset(self.current("time_zone")).unwrap_or(0)
    }
}

fn default(name: &str) -> Option<(&'static str, Kind)> {
    DEFAULTS
        .iter()
        .find(|(known, _, _)| *known == name)
        .map(|(_, value, kind)| (*value, *kind))
}

fn modes(text: &str) -> Result<String, SqlError> {
    let mut chosen = Vec::new();
    for mode in text
        .split(',')
        .map(str::trim)
        .filter(|mode| !mode.is_empty())
    {
        let mode = mode.to_ascii_uppercase();
        match mode.as_str() {
            "REAL_AS_FLOAT"
            | "NO_UNSIGNED_SUBTRACTION"
            | "HIGH_NOT_PRECEDENCE"
            | "TIME_TRUNCATE_FRACTIONAL" => {
                return Err(SqlError::unsupported(format!("the SQL mode {mode}")));
            }
            "TRADITIONAL" => chosen.extend([
                "STRICT_TRANS_TABLES".to_owned(),
                "STRICT_ALL_TABLES".to_owned(),
                "NO_ZERO_IN_DATE".to_owned(),
                "NO_ZERO_DATE".to_owned(),
                "ERROR_FOR_DIVISION_BY_ZERO".to_owned(),
                "NO_ENGINE_SUBSTITUTION".to_owned(),
            ]),
            known if MODES.contains(&known) => chosen.push(mode),
            _ => return Err(wrong("sql_mode", &mode)),
        }
    }
    let ordered: Vec<&str> = MODES
        .into_iter()
        .filter(|mode| chosen.iter().any(|chosen| chosen == mode))
        .collect();
    Ok(ordered.join(","))
}

/// All text is UTF-8.
///
/// # Errors
///
/// 1064 for another character set.
pub(crate) fn check_character_set(name: &str) -> Result<(), SqlError> {
    match name.to_ascii_lowercase().as_str() {
        "utf8mb4" | "utf8mb3" | "utf8" | "binary" => Ok(()),
        _ => Err(SqlError::unsupported(format!("the character set {name}"))),
    }
}

fn unknown(name: &str) -> SqlError {
    SqlError::new(1193, *b"HY000", format!("Unknown system variable '{name}'"))
}

fn wrong(name: &str, value: &str) -> SqlError {
    SqlError::new(
        1231,
        *b"42000",
        format!("Variable '{name}' can't be set to the value of '{value}'"),
    )
}

fn wrong_type(name: &str) -> SqlError {
    SqlError::new(
        1232,
        *b"42000",
        format!("Incorrect argument type to variable '{name}'"),
    )
}
