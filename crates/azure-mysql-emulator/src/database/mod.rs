//! Databases that speak a thin dialect of MySQL, on embedded `SQLite`. Nothing here knows the network.
//!
//! A [`Session`] is what one MySQL connection has: a default database, a transaction, temporary
//! tables, user variables. All of it blocks.
//!
//! What is not known to give MySQL's own answer is error 1064. Known differences, none of which
//! changes an answer:
//!
//! - One session at a time writes to a database: others wait, as for a row that is locked. A
//!   transaction that has read before another session wrote, and then writes itself, gets error 1213
//!   as after a deadlock.
//! - `READ UNCOMMITTED` reads what is committed.
//! - Integers above 9223372036854775807 and decimals of more than 18 digits are refused.
//! - The strict mode cannot be turned off.
//! - `KILL QUERY` of another connection is refused.

// Texts of SQL are built piece by piece, and lists of what is known are long and plain.
#![allow(
    clippy::format_push_string,
    clippy::match_same_arms,
    clippy::similar_names,
    clippy::too_many_lines,
    clippy::unused_self,
    clippy::wrong_self_convention
)]

mod alter;
mod catalogue;
mod change;
mod collation;
mod column_type;
mod command;
mod constraint;
mod context;
mod ddl;
mod decimal;
mod definition;
mod dialect;
mod error;
mod foreign_key;
mod functions;
mod information_schema;
mod information_schema_columns;
mod insert;
mod inserted_rows;
mod interrupt;
mod length;
mod locks;
mod parse;
mod rebuild;
mod server;
mod session;
mod setting;
mod show;
mod show_create;
mod sqlite_table;
mod statements;
mod storage;
mod store;
mod temporal;
#[cfg(test)]
mod tests;
mod transaction;
mod translate;
mod types;
mod value;
mod variables;
mod written_row;

use std::sync::Arc;

use mysql_common::{Value, packets::Column};

pub(crate) use error::SqlError;
pub(crate) use interrupt::Interrupt;
pub(crate) use server::{ServerInformation, SessionInformation};
pub(crate) use session::Session;
pub(crate) use value::shown;

/// All databases of one server, in a temporary folder that goes with the last handle.
#[derive(Clone, Debug)]
pub(crate) struct Databases {
    storage: Arc<storage::Storage>,
}

/// A statement that was parsed and understood, and what it has to be given.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    kind: parse::Kind,
    parameters: usize,
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

impl Databases {
    /// Makes the databases, each of them empty.
    pub(crate) fn create(names: &[&str]) -> Result<Self, crate::Error> {
        Ok(Self {
            storage: storage::Storage::create(names)?,
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
        let mut session = Session::start(self.storage.clone(), server, information);
        if let Some(database) = database {
            session.use_database(database)?;
        }
        Ok(session)
    }
}

impl Statement {
    /// The first statement of a text, as a new session reads it.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn parse(text: &str) -> Result<Self, SqlError> {
        let mut statements = parse::parse(text, &variables::Variables::default())?;
        let (kind, parameters) = statements.swap_remove(0);
        Ok(Self { kind, parameters })
    }

    /// How many `?` it holds.
    pub(crate) fn parameters(&self) -> usize {
        self.parameters
    }
}
