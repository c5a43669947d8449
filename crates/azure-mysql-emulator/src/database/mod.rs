//! Databases that speak a thin dialect of MySQL, on embedded SQLite. Nothing here knows the network.
//!
//! A [`Session`] is what one MySQL connection has: a default database, a transaction, temporary
//! tables, user variables. All of it blocks.

mod error;
mod server;

use std::sync::Arc;

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
}

impl Session {
    /// Takes a text apart into statements: most hold one, and a driver may send several.
    ///
    /// # Errors
    ///
    /// 1064 if the text is not understood; then none of it has been run.
    pub(crate) fn parse(&self, text: &str) -> Result<Vec<Statement>, SqlError> {
        Ok(vec![Statement {
            text: text.to_owned(),
        }])
    }

    /// The columns that the statement will return, none if it returns no rows.
    pub(crate) fn columns(&mut self, _statement: &Statement) -> Result<Vec<Column>, SqlError> {
        Ok(Vec::new())
    }

    /// Runs one statement.
    pub(crate) fn run(
        &mut self,
        statement: &Statement,
        _parameters: &[Value],
    ) -> Result<Outcome, SqlError> {
        let _ = (&self.server, &self.information);
        Err(SqlError::new(
            1064,
            *b"42000",
            format!("this stub does not understand {:?}", statement.text),
        ))
    }

    /// COM_INIT_DB and `USE`.
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

    /// COM_RESET_CONNECTION: rolls back, and forgets temporary tables, variables and settings.
    pub(crate) fn reset(&mut self) -> Result<(), SqlError> {
        Ok(())
    }

    /// Whether a transaction is open, for the status flags of the protocol.
    pub(crate) fn in_transaction(&self) -> bool {
        false
    }

    /// Whether each statement commits at once, for the status flags of the protocol.
    pub(crate) fn autocommit(&self) -> bool {
        true
    }
}
