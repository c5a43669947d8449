//! Databases that speak a thin dialect of MySQL, on embedded SQLite. Nothing here knows the network.
//!
//! A [`Session`] is what one MySQL connection has: a default database, a transaction, temporary
//! tables, user variables. All of it blocks.

#![allow(dead_code, clippy::pedantic)]

mod error;
mod server;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use mysql_common::{Value, packets::Column};

pub(crate) use error::SqlError;
pub(crate) use server::{ServerInformation, SessionInformation};

/// All databases of one server, in a temporary folder that goes with the last handle.
#[derive(Clone, Debug)]
pub(crate) struct Databases {
    name: String,
}

/// A statement that was parsed and understood, and what it has to be given.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    text: String,
}

/// What a statement did.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    Done(Done),
    Rows(Rows),
}

/// The result of a statement without rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) affected_rows: u64,
    /// 0 if the statement made none.
    pub(crate) last_insert_id: u64,
    /// As the server words it, such as `Rows matched: 1  Changed: 1  Warnings: 0`; often empty.
    pub(crate) info: String,
}

/// A result set. Each row has one value a column, of the type that the column says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rows {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Value>>,
}

/// What one MySQL connection has.
#[derive(Debug)]
pub(crate) struct Session {
    databases: Databases,
    server: Arc<dyn ServerInformation>,
    information: SessionInformation,
    database: Option<String>,
    in_transaction: bool,
    interrupted: Arc<AtomicBool>,
}

/// Ends the statement that a session is running, from another thread.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt {
    interrupted: Arc<AtomicBool>,
}

impl Interrupt {
    pub(crate) fn interrupt(&self) {
        self.interrupted.store(true, Ordering::Relaxed);
    }
}

impl Databases {
    /// Makes the databases, each of them empty.
    pub(crate) fn create(names: &[&str]) -> Result<Self, crate::Error> {
        Ok(Self {
            name: names.first().copied().unwrap_or_default().to_owned(),
        })
    }

    /// Starts a session in a database, or in none.
    ///
    /// # Errors
    ///
    /// 1049 if there is no such database.
    pub(crate) fn session(
        &self,
        server: Arc<dyn ServerInformation>,
        information: SessionInformation,
        database: Option<&str>,
    ) -> Result<Session, SqlError> {
        let mut session = Session {
            databases: self.clone(),
            server,
            information,
            database: None,
            in_transaction: false,
            interrupted: Arc::default(),
        };
        if let Some(database) = database {
            session.use_database(database)?;
        }
        Ok(session)
    }
}

impl Statement {
    /// How many `?` it holds.
    pub(crate) fn parameters(&self) -> usize {
        self.text.matches('?').count()
    }

    fn columns(&self, parameters: &[Value]) -> Vec<Column> {
        use mysql_common::constants::ColumnType::{
            MYSQL_TYPE_DATETIME, MYSQL_TYPE_DOUBLE, MYSQL_TYPE_LONGLONG, MYSQL_TYPE_TIME,
            MYSQL_TYPE_VAR_STRING,
        };
        let Some(items) = self.text.strip_prefix("SELECT ") else {
            return Vec::new();
        };
        let mut given = parameters.iter();
        items
            .split(',')
            .map(|item| {
                let item = item.trim();
                let kind = match item {
                    "?" => match given.next() {
                        Some(Value::Int(_) | Value::UInt(_)) => MYSQL_TYPE_LONGLONG,
                        Some(Value::Double(_) | Value::Float(_)) => MYSQL_TYPE_DOUBLE,
                        Some(Value::Date(..)) => MYSQL_TYPE_DATETIME,
                        Some(Value::Time(..)) => MYSQL_TYPE_TIME,
                        _ => MYSQL_TYPE_VAR_STRING,
                    },
                    "CONNECTION_ID()" => MYSQL_TYPE_LONGLONG,
                    item if item.parse::<i64>().is_ok() => MYSQL_TYPE_LONGLONG,
                    _ => MYSQL_TYPE_VAR_STRING,
                };
                Column::new(kind)
                    .with_name(item.as_bytes())
                    .with_character_set(45)
                    .with_column_length(255)
            })
            .collect()
    }
}

impl Session {
    /// Takes a text apart into statements: most hold one, and a driver may send several.
    ///
    /// # Errors
    ///
    /// 1064 if the text is not understood; then none of it has been run.
    #[allow(clippy::unused_self)]
    pub(crate) fn parse(&self, text: &str) -> Result<Vec<Statement>, SqlError> {
        if text.contains("nonsense") {
            return Err(SqlError::new(1064, *b"42000", format!("stub: {text:?}")));
        }
        Ok(text
            .split(';')
            .filter(|text| !text.trim().is_empty())
            .map(|text| Statement {
                text: text.trim().to_owned(),
            })
            .collect())
    }

    /// The columns that the statement will return, none if it returns no rows.
    #[allow(clippy::unused_self)]
    pub(crate) fn columns(&mut self, statement: &Statement) -> Result<Vec<Column>, SqlError> {
        Ok(statement.columns(&[]))
    }

    /// Runs one statement.
    pub(crate) fn run(
        &mut self,
        statement: &Statement,
        parameters: &[Value],
    ) -> Result<Outcome, SqlError> {
        let text = statement.text.as_str();
        if let Some(id) = text.strip_prefix("KILL ") {
            let id = id.parse().unwrap_or_default();
            return if self.server.kill(id) {
                Ok(Outcome::Done(Done::default()))
            } else {
                Err(SqlError::new(
                    1094,
                    *b"HY000",
                    format!("Unknown thread id: {id}"),
                ))
            };
        }
        if text.starts_with("WITH RECURSIVE") {
            while !self.interrupted.load(Ordering::Relaxed) {
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            return Err(SqlError::new(
                1317,
                *b"70100",
                "Query execution was interrupted",
            ));
        }
        match text {
            "BEGIN" => self.in_transaction = true,
            "COMMIT" | "ROLLBACK" => self.in_transaction = false,
            _ => {}
        }
        let Some(items) = text.strip_prefix("SELECT ") else {
            return Ok(Outcome::Done(Done::default()));
        };
        let mut given = parameters.iter();
        let values = items
            .split(',')
            .map(|item| match item.trim() {
                "?" => given.next().cloned().unwrap_or(Value::NULL),
                "CONNECTION_ID()" => Value::Int(self.information.connection_id.into()),
                "DATABASE()" => self.database.clone().map_or(Value::NULL, Value::from),
                "VERSION()" => Value::from(self.server.version()),
                item => item
                    .parse()
                    .map_or_else(|_| Value::Bytes(item.trim_matches('\'').into()), Value::Int),
            })
            .collect();
        Ok(Outcome::Rows(Rows {
            columns: statement.columns(parameters),
            rows: vec![values],
        }))
    }

    /// `COM_INIT_DB` and `USE`.
    pub(crate) fn use_database(&mut self, name: &str) -> Result<(), SqlError> {
        if name != self.databases.name {
            return Err(SqlError::new(
                1049,
                *b"42000",
                format!("Unknown database '{name}'"),
            ));
        }
        self.database = Some(name.to_owned());
        Ok(())
    }

    /// The default database.
    pub(crate) fn database(&self) -> Option<&str> {
        self.database.as_deref()
    }

    /// `COM_RESET_CONNECTION`: rolls back, and forgets temporary tables, variables and settings.
    #[allow(clippy::unnecessary_wraps)]
    pub(crate) fn reset(&mut self) -> Result<(), SqlError> {
        self.in_transaction = false;
        Ok(())
    }

    /// Whether a transaction is open, for the status flags of the protocol.
    pub(crate) fn in_transaction(&self) -> bool {
        self.in_transaction
    }

    /// A handle that ends the statement under way, from another thread.
    pub(crate) fn interrupt_handle(&self) -> Interrupt {
        Interrupt {
            interrupted: Arc::clone(&self.interrupted),
        }
    }

    /// Whether each statement commits at once, for the status flags of the protocol.
    pub(crate) fn autocommit(&self) -> bool {
        true
    }
}
