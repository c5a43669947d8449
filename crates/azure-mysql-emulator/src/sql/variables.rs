//! System variables: those that clients read or set.

use std::time::Duration;

use mysql_handshake::ServerError;

use super::{
    error::{Result, unsupported},
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

/// MySQL 8.4's values, with Azure's where it has others. Nobody can set them here.
const FIXED: [(&str, &str, Form); 16] = [
    ("auto_increment_increment", "1", Form::Number),
    ("character_set_server", "utf8mb4", Form::Text),
    ("collation_server", "utf8mb4_0900_ai_ci", Form::Text),
    ("init_connect", "", Form::Text),
    ("interactive_timeout", "28800", Form::Number),
    ("license", "GPL", Form::Text),
    ("lower_case_table_names", "1", Form::Number),
    ("max_allowed_packet", "67108864", Form::Number),
    ("net_write_timeout", "60", Form::Number),
    ("performance_schema", "1", Form::Switch),
    ("socket", "", Form::Text),
    ("system_time_zone", "UTC", Form::Text),
    ("transaction_isolation", "REPEATABLE-READ", Form::Text),
    ("transaction_read_only", "0", Form::Switch),
    ("version_comment", "azure-mysql-emulator", Form::Text),
    ("wait_timeout", "28800", Form::Number),
];

/// Those that are honoured, or that change only what is refused, in MySQL's order.
const MODES: &str = "REAL_AS_FLOAT,PIPES_AS_CONCAT,ONLY_FULL_GROUP_BY,NO_DIR_IN_CREATE,\
                     STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,\
                     ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,TIME_TRUNCATE_FRACTIONAL";

const SQL_MODE: &str = "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,\
                        ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";

const MODES_OF_STRICT: &str = "NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO";

/// Warning 3135.
const INCOMPLETE_STRICT: &str = "'NO_ZERO_DATE', 'NO_ZERO_IN_DATE' and 'ERROR_FOR_DIVISION_BY_ZERO' \
                                 sql modes should be used with strict mode. They will be merged with \
                                 strict mode in a future release.";

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
    lock_wait_timeout: u32,
    sql_mode: String,
    time_zone: String,
}

impl Variables {
    pub(super) fn new(collation: Collation) -> Self {
        Self {
            autocommit: true,
            client: collation,
            connection: collation,
            results: Some(collation),
            lock_wait_timeout: 50,
            sql_mode: SQL_MODE.to_owned(),
            time_zone: "SYSTEM".to_owned(),
        }
    }

    /// How long a statement waits for a row.
    pub(super) fn lock_wait_timeout(&self) -> Duration {
        Duration::from_secs(self.lock_wait_timeout.into())
    }

    pub(super) fn read(&self, name: &str, server: &dyn ServerInformation) -> Result<(Value, Kind)> {
        let (value, form) = self.find(name, server)?;
        let number = || Value::Integer(value.parse().unwrap_or_default());
        Ok(match form {
            // 65,535 bytes of at most three a character.
            Form::Text => {
                let unset = name == "character_set_results" && value.is_empty();
                let shown = || Value::Text(value.as_str().into());
                let value = if unset { Value::Null } else { shown() };
                (value, Kind::text(21_845, Collation::SYSTEM, true))
            }
            Form::Number => (number(), Kind::integer(21, true, true)),
            Form::Switch => (number(), Kind::integer(1, false, true)),
        })
    }

    /// As `SHOW VARIABLES` has it.
    pub(super) fn shown(&self, name: &str, server: &dyn ServerInformation) -> Result<String> {
        let (value, form) = self.find(name, server)?;
        Ok(match (form, value.as_str()) {
            (Form::Switch, "1") => "ON".to_owned(),
            (Form::Switch, _) => "OFF".to_owned(),
            _ => value,
        })
    }

    fn find(&self, name: &str, server: &dyn ServerInformation) -> Result<(String, Form)> {
        let text = |text: &str| (text.to_owned(), Form::Text);
        Ok(match name {
            "autocommit" => (u8::from(self.autocommit).to_string(), Form::Switch),
            "character_set_client" => text(self.client.character_set),
            "character_set_connection" => text(self.connection.character_set),
            "character_set_results" => text(self.results.map_or("", |set| set.character_set)),
            "collation_connection" => text(self.connection.name),
            "innodb_lock_wait_timeout" => (self.lock_wait_timeout.to_string(), Form::Number),
            "sql_mode" => text(&self.sql_mode),
            "time_zone" => text(&self.time_zone),
            "version" => text(server.version()),
            "innodb_version" => text(server.version().split('-').next().unwrap_or_default()),
            "max_connections" => (server.most_connections().to_string(), Form::Number),
            _ => {
                let known = FIXED.into_iter().find(|(known, _, _)| *known == name);
                let (_, value, form) = known.ok_or_else(unsupported)?;
                (value.to_owned(), form)
            }
        })
    }

    /// `SET name = value`.
    pub(super) fn write(&mut self, name: &str, value: &Value) -> Result<Option<Warning>> {
        match (name, value) {
            ("autocommit", value) => self.autocommit = switch(name, value)?,
            ("innodb_lock_wait_timeout", Value::Integer(seconds @ 1..=1_073_741_824)) => {
                self.lock_wait_timeout = u32::try_from(*seconds).map_err(|_| unsupported())?;
            }
            ("character_set_client", Value::Text(name)) => self.client = character_set(name)?,
            ("character_set_connection", Value::Text(name)) => {
                self.connection = character_set(name)?;
            }
            ("character_set_results", Value::Null) => self.results = None,
            ("character_set_results", Value::Text(name)) => {
                self.results = Some(character_set(name)?);
            }
            ("collation_connection", Value::Text(name)) => {
                self.connection = Collation::named(name).ok_or_else(unsupported)?;
            }
            ("sql_mode", Value::Text(modes)) => return self.set_modes(modes),
            ("time_zone", Value::Text(zone)) if is_time_zone(zone) => {
                self.time_zone = zone.to_uppercase();
            }
            _ => return Err(unsupported()),
        }
        Ok(None)
    }

    /// `SET NAMES`.
    pub(super) fn set_names(&mut self, set: &str, collation: Option<&str>) -> Result<()> {
        let default = character_set(set)?;
        let chosen = match collation {
            None => default,
            Some(name) => Collation::named(name).ok_or_else(unsupported)?,
        };
        self.client = chosen;
        self.connection = chosen;
        self.results = Some(chosen);
        Ok(())
    }

    pub(super) fn add_modes(&mut self, modes: &str) -> Result<Option<Warning>> {
        self.set_modes(&format!("{}{modes}", self.sql_mode))
    }

    fn set_modes(&mut self, modes: &str) -> Result<Option<Warning>> {
        let modes = modes.to_ascii_uppercase();
        let chosen: Vec<&str> = modes.split(',').filter(|mode| !mode.is_empty()).collect();
        // Without strict mode, values are converted that are refused here.
        let strict = chosen.contains(&"STRICT_TRANS_TABLES");
        let mut ordered: Vec<&str> = MODES.split(',').collect();
        if !strict || chosen.iter().any(|mode| !ordered.contains(mode)) {
            return Err(unsupported());
        }
        ordered.retain(|mode| chosen.contains(mode));
        let whole = MODES_OF_STRICT
            .split(',')
            .all(|mode| chosen.contains(&mode));
        self.sql_mode = ordered.join(",");
        Ok((!whole).then_some((3135, INCOMPLETE_STRICT)))
    }
}

fn switch(name: &str, value: &Value) -> Result<bool> {
    let shown = match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(number @ 0..=1) => return Ok(*number == 1),
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => text.to_string(),
        Value::Real(_) => return Err(unsupported()),
    };
    match shown.to_ascii_uppercase().as_str() {
        "OFF" | "FALSE" => Ok(false),
        "ON" | "TRUE" => Ok(true),
        _ => {
            let message = format!("Variable '{name}' can't be set to the value of '{shown}'");
            Err(ServerError::new(1231, *b"42000", message))
        }
    }
}

fn character_set(name: &str) -> Result<Collation> {
    let known = name.eq_ignore_ascii_case(Collation::DEFAULT.character_set);
    known.then_some(Collation::DEFAULT).ok_or_else(unsupported)
}

/// The system's, or an offset. Nothing here has a time.
fn is_time_zone(zone: &str) -> bool {
    let is_offset = matches!(
        zone.as_bytes(),
        [
            b'+' | b'-',
            b'0',
            b'0'..=b'9',
            b':',
            b'0'..=b'5',
            b'0'..=b'9'
        ] | [
            b'+' | b'-',
            b'1',
            b'0'..=b'3',
            b':',
            b'0'..=b'5',
            b'0'..=b'9'
        ]
    );
    is_offset || zone.eq_ignore_ascii_case("SYSTEM")
}
