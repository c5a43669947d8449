//! System variables: those that clients read or set.

use std::time::Duration;

use super::{
    error::SqlError,
    interface::ServerInformation,
    metadata::{Collation, Kind},
    table::Value,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Number,
    Switch,
    Text,
}

/// MySQL 8.4's values, with Azure's where it has others. Whoever sets one of them has to set it to
/// what it is.
const FIXED: [(&str, &str, Form); 36] = [
    ("auto_increment_increment", "1", Form::Number),
    ("auto_increment_offset", "1", Form::Number),
    ("character_set_database", "utf8mb4", Form::Text),
    ("character_set_server", "utf8mb4", Form::Text),
    ("character_set_system", "utf8mb3", Form::Text),
    ("collation_database", "utf8mb4_0900_ai_ci", Form::Text),
    ("collation_server", "utf8mb4_0900_ai_ci", Form::Text),
    ("default_storage_engine", "InnoDB", Form::Text),
    ("explicit_defaults_for_timestamp", "1", Form::Switch),
    ("group_concat_max_len", "1024", Form::Number),
    ("init_connect", "", Form::Text),
    ("interactive_timeout", "28800", Form::Number),
    ("license", "GPL", Form::Text),
    ("lock_wait_timeout", "31536000", Form::Number),
    ("lower_case_table_names", "1", Form::Number),
    ("max_allowed_packet", "67108864", Form::Number),
    ("max_execution_time", "0", Form::Number),
    ("net_buffer_length", "16384", Form::Number),
    ("net_read_timeout", "30", Form::Number),
    ("net_write_timeout", "60", Form::Number),
    ("performance_schema", "1", Form::Switch),
    ("port", "3306", Form::Number),
    ("protocol_version", "10", Form::Number),
    ("require_secure_transport", "1", Form::Switch),
    ("socket", "", Form::Text),
    ("sql_auto_is_null", "0", Form::Switch),
    ("sql_notes", "1", Form::Switch),
    ("sql_safe_updates", "0", Form::Switch),
    ("sql_select_limit", "18446744073709551615", Form::Number),
    ("system_time_zone", "UTC", Form::Text),
    ("transaction_isolation", "REPEATABLE-READ", Form::Text),
    ("transaction_read_only", "0", Form::Switch),
    ("version_comment", "azure-mysql-emulator", Form::Text),
    ("version_compile_machine", "x86_64", Form::Text),
    ("version_compile_os", "Linux", Form::Text),
    ("wait_timeout", "28800", Form::Number),
];

/// Those of [`FIXED`] that MySQL lets nobody set in a session either.
const READ_ONLY: [&str; 16] = [
    "character_set_system",
    "explicit_defaults_for_timestamp",
    "init_connect",
    "license",
    "lower_case_table_names",
    "max_allowed_packet",
    "net_buffer_length",
    "performance_schema",
    "port",
    "protocol_version",
    "require_secure_transport",
    "socket",
    "system_time_zone",
    "version_comment",
    "version_compile_machine",
    "version_compile_os",
];

const SQL_MODE: &str = "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,\
                        ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";

/// Those that are honoured, or that change only what is refused, in MySQL's order.
const MODES: [&str; 11] = [
    "REAL_AS_FLOAT",
    "PIPES_AS_CONCAT",
    "ONLY_FULL_GROUP_BY",
    "NO_DIR_IN_CREATE",
    "STRICT_TRANS_TABLES",
    "STRICT_ALL_TABLES",
    "NO_ZERO_IN_DATE",
    "NO_ZERO_DATE",
    "ERROR_FOR_DIVISION_BY_ZERO",
    "NO_ENGINE_SUBSTITUTION",
    "TIME_TRUNCATE_FRACTIONAL",
];

const MODES_OF_STRICT: &str = "'NO_ZERO_DATE', 'NO_ZERO_IN_DATE' and 'ERROR_FOR_DIVISION_BY_ZERO' \
                               sql modes should be used with strict mode. They will be merged with \
                               strict mode in a future release.";

const UTF8_ALIAS: &str = "'utf8' is currently an alias for the character set UTF8MB3, but will be \
                          an alias for UTF8MB4 in a future release. Please consider using UTF8MB4 \
                          in order to be unambiguous.";

/// A warning's number and text.
pub(super) type Warning = (u16, &'static str);

/// The variables of a session.
#[derive(Clone, Debug)]
pub(super) struct Variables {
    pub(super) autocommit: bool,
    pub(super) client: Collation,
    pub(super) connection: Collation,
    /// `None` leaves text as it is.
    pub(super) results: Option<Collation>,
    foreign_key_checks: bool,
    unique_checks: bool,
    lock_wait_timeout: u32,
    sql_mode: Option<Box<str>>,
    time_zone: Option<Box<str>>,
}

impl Variables {
    pub(super) fn new(collation: Collation) -> Self {
        Self {
            autocommit: true,
            client: collation,
            connection: collation,
            results: Some(collation),
            foreign_key_checks: true,
            unique_checks: true,
            lock_wait_timeout: 50,
            sql_mode: None,
            time_zone: None,
        }
    }

    /// How long a statement waits for a row.
    pub(super) fn lock_wait_timeout(&self) -> Duration {
        Duration::from_secs(self.lock_wait_timeout.into())
    }

    /// # Errors
    ///
    /// 1064 for a variable that is not known here.
    pub(super) fn read(
        &self,
        name: &str,
        global: bool,
        server: &dyn ServerInformation,
    ) -> Result<(Value, Kind), SqlError> {
        let (value, form) = self.find(name, global, server)?;
        Ok(match form {
            Form::Text => {
                // 65,535 bytes of at most three a character.
                let kind = Kind::text(21_845, Collation::SYSTEM, true);
                (
                    value.map_or(Value::Null, |text| Value::Text(text.into())),
                    kind,
                )
            }
            Form::Number | Form::Switch => {
                let number = value.unwrap_or_default().parse().unwrap_or_default();
                let (length, unsigned) = if form == Form::Switch {
                    (1, false)
                } else {
                    (21, true)
                };
                (
                    Value::Integer(number),
                    Kind::integer(length, unsigned, true),
                )
            }
        })
    }

    /// As `SHOW VARIABLES` has it.
    pub(super) fn shown(
        &self,
        name: &str,
        global: bool,
        server: &dyn ServerInformation,
    ) -> Result<String, SqlError> {
        let (value, form) = self.find(name, global, server)?;
        let value = value.unwrap_or_default();
        Ok(match (form, value.as_str()) {
            (Form::Switch, "1") => "ON".to_owned(),
            (Form::Switch, _) => "OFF".to_owned(),
            _ => value,
        })
    }

    fn find(
        &self,
        name: &str,
        global: bool,
        server: &dyn ServerInformation,
    ) -> Result<(Option<String>, Form), SqlError> {
        let defaults = Self::new(Collation::DEFAULT);
        let variables = if global { &defaults } else { self };
        let switch = |on: bool| (Some(u8::from(on).to_string()), Form::Switch);
        let text = |text: &str| (Some(text.to_owned()), Form::Text);
        Ok(match name {
            "autocommit" => switch(variables.autocommit),
            "character_set_client" => text(variables.client.character_set),
            "character_set_connection" => text(variables.connection.character_set),
            "character_set_results" => {
                let set = variables
                    .results
                    .map(|results| results.character_set.to_owned());
                (set, Form::Text)
            }
            "collation_connection" => text(variables.connection.name),
            "foreign_key_checks" => switch(variables.foreign_key_checks),
            "unique_checks" => switch(variables.unique_checks),
            "innodb_lock_wait_timeout" => {
                (Some(variables.lock_wait_timeout.to_string()), Form::Number)
            }
            "sql_mode" => text(variables.sql_mode.as_deref().unwrap_or(SQL_MODE)),
            "time_zone" => text(variables.time_zone.as_deref().unwrap_or("SYSTEM")),
            "version" => text(server.version()),
            "innodb_version" => text(server.version().split('-').next().unwrap_or_default()),
            "max_connections" => (Some(server.most_connections().to_string()), Form::Number),
            _ => {
                let (_, value, form) = fixed(name).ok_or_else(SqlError::unsupported)?;
                (Some(value.to_owned()), form)
            }
        })
    }

    /// `SET name = value`; `None` is `DEFAULT`.
    ///
    /// # Errors
    ///
    /// 1064 for what is not known here or cannot be honoured, 1231 for what MySQL refuses too.
    pub(super) fn write(
        &mut self,
        name: &str,
        value: Option<&Value>,
    ) -> Result<Option<Warning>, SqlError> {
        let defaults = Self::new(Collation::DEFAULT);
        match name {
            "autocommit" => self.autocommit = switch(name, value, defaults.autocommit)?,
            "foreign_key_checks" => {
                self.foreign_key_checks = switch(name, value, defaults.foreign_key_checks)?;
            }
            "unique_checks" => {
                self.unique_checks = switch(name, value, defaults.unique_checks)?;
            }
            "innodb_lock_wait_timeout" => {
                self.lock_wait_timeout = match value {
                    None => defaults.lock_wait_timeout,
                    Some(Value::Integer(seconds)) => u32::try_from(*seconds)
                        .ok()
                        .filter(|seconds| (1..=1_073_741_824).contains(seconds))
                        .ok_or_else(SqlError::unsupported)?,
                    Some(_) => return Err(SqlError::unsupported()),
                };
            }
            "character_set_client" => {
                let (client, warning) = character_set(value)?;
                self.client = client;
                return Ok(warning);
            }
            "character_set_connection" => {
                let (connection, warning) = character_set(value)?;
                self.connection = connection;
                return Ok(warning);
            }
            "character_set_results" => {
                if value == Some(&Value::Null) {
                    self.results = None;
                    return Ok(None);
                }
                let (results, warning) = character_set(value)?;
                self.results = Some(results);
                return Ok(warning);
            }
            "collation_connection" => {
                let name = value.map_or(Ok("utf8mb4_0900_ai_ci"), text)?;
                self.connection = Collation::named(name).ok_or_else(SqlError::unsupported)?;
            }
            "sql_mode" => return self.set_modes(value),
            "time_zone" => {
                let zone = value.map_or(Ok("SYSTEM"), text)?;
                self.time_zone = time_zone(zone)?;
            }
            _ => {
                let (_, now, form) = fixed(name).ok_or_else(SqlError::unsupported)?;
                let same = match value {
                    None => true,
                    Some(value) if form == Form::Switch => {
                        switch(name, Some(value), false)? == (now == "1")
                    }
                    Some(Value::Integer(number)) => number.to_string() == now,
                    Some(Value::Text(text)) => form == Form::Text && text.eq_ignore_ascii_case(now),
                    Some(Value::Null) => false,
                };
                if READ_ONLY.contains(&name) || !same {
                    return Err(SqlError::unsupported());
                }
            }
        }
        Ok(None)
    }

    /// `SET NAMES`.
    pub(super) fn set_names(
        &mut self,
        character_set_name: Option<&str>,
        collation: Option<&str>,
    ) -> Result<Option<Warning>, SqlError> {
        let value = character_set_name.map(|name| Value::Text(name.into()));
        let (default, warning) = character_set(value.as_ref())?;
        let chosen = match collation {
            None => default,
            Some(name) => Collation::named(name)
                .filter(|chosen| chosen.character_set == default.character_set)
                .ok_or_else(SqlError::unsupported)?,
        };
        self.client = chosen;
        self.connection = chosen;
        self.results = Some(chosen);
        Ok(warning)
    }

    /// `SET CHARACTER SET`: the connection gets the database's.
    pub(super) fn set_character_set(
        &mut self,
        name: Option<&str>,
    ) -> Result<Option<Warning>, SqlError> {
        let value = name.map(|name| Value::Text(name.into()));
        let (chosen, warning) = character_set(value.as_ref())?;
        self.client = chosen;
        self.results = Some(chosen);
        self.connection = Collation::DEFAULT;
        Ok(warning)
    }

    fn set_modes(&mut self, value: Option<&Value>) -> Result<Option<Warning>, SqlError> {
        let modes = value.map_or(Ok(SQL_MODE), text)?.to_ascii_uppercase();
        let chosen: Vec<&str> = modes.split(',').filter(|mode| !mode.is_empty()).collect();
        if chosen.iter().any(|mode| !MODES.contains(mode)) {
            return Err(SqlError::unsupported());
        }
        // Without it, values are converted that are refused here.
        if !chosen.contains(&"STRICT_TRANS_TABLES") {
            return Err(SqlError::unsupported());
        }
        let of_strict = [
            "NO_ZERO_IN_DATE",
            "NO_ZERO_DATE",
            "ERROR_FOR_DIVISION_BY_ZERO",
        ];
        let whole = of_strict.iter().all(|mode| chosen.contains(mode));
        let ordered: Vec<&str> = MODES
            .into_iter()
            .filter(|mode| chosen.contains(mode))
            .collect();
        self.sql_mode = Some(ordered.join(",").into());
        Ok((!whole).then_some((3135, MODES_OF_STRICT)))
    }
}

fn fixed(name: &str) -> Option<(&'static str, &'static str, Form)> {
    FIXED.into_iter().find(|(known, _, _)| *known == name)
}

fn text(value: &Value) -> Result<&str, SqlError> {
    match value {
        Value::Text(text) => Ok(text),
        _ => Err(SqlError::unsupported()),
    }
}

fn switch(name: &str, value: Option<&Value>, default: bool) -> Result<bool, SqlError> {
    let wrong = |value: &str| {
        let message = format!("Variable '{name}' can't be set to the value of '{value}'");
        Err(SqlError::new(1231, *b"42000", message))
    };
    match value {
        None => Ok(default),
        Some(Value::Integer(0)) => Ok(false),
        Some(Value::Integer(1)) => Ok(true),
        Some(Value::Integer(number)) => wrong(&number.to_string()),
        Some(Value::Text(text)) => match text.to_ascii_uppercase().as_str() {
            "ON" | "TRUE" => Ok(true),
            "OFF" | "FALSE" => Ok(false),
            _ => wrong(text),
        },
        Some(Value::Null) => wrong("NULL"),
    }
}

fn character_set(value: Option<&Value>) -> Result<(Collation, Option<Warning>), SqlError> {
    let name = value.map_or(Ok("utf8mb4"), text)?;
    if name.eq_ignore_ascii_case("utf8") {
        return Ok((Collation::SYSTEM, Some((3719, UTF8_ALIAS))));
    }
    // MySQL warns of `utf8mb3` by name too, in words that differ between versions.
    let known = Collation::of_character_set(name).filter(|known| known.character_set != "utf8mb3");
    Ok((known.ok_or_else(SqlError::unsupported)?, None))
}

/// `None` is the system's. Nothing here has a time, so an offset only has to be one.
fn time_zone(zone: &str) -> Result<Option<Box<str>>, SqlError> {
    if zone.eq_ignore_ascii_case("SYSTEM") {
        return Ok(None);
    }
    let is_offset = match zone.as_bytes() {
        [
            b'+' | b'-',
            tens,
            ones,
            b':',
            minutes @ (b'0'..=b'5'),
            minute,
        ] => {
            let digits = [tens, ones, minutes, minute];
            digits.iter().all(|digit| digit.is_ascii_digit()) && zone[1..3] < *"14"
        }
        _ => false,
    };
    if is_offset {
        Ok(Some(zone.into()))
    } else {
        Err(SqlError::unsupported())
    }
}
