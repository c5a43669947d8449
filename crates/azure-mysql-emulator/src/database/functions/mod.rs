//! SQL functions and collations that `SQLite` gets from us, where its own differ from MySQL's.
//!
//! The translation calls them with values whose types it knows: see [`Type`](super::types::Type).

mod json;
mod moments;
mod numbers;
mod text;
mod waiting;

use std::sync::Arc;

use rusqlite::{
    Connection,
    functions::{Context, FunctionFlags},
    types::{Value, ValueRef},
};

use super::{
    SqlError, collation,
    locks::Locks,
    types::{COLLATIONS, Collation},
};

pub(crate) use json::normalise as normalise_json;

/// The arguments of a call.
struct Arguments<'a, 'b>(&'a Context<'b>);

type Answer = Result<Value, SqlError>;

/// Teaches a connection all that the translation uses.
pub(crate) fn register(connection: &Connection, locks: &Arc<Locks>) -> rusqlite::Result<()> {
    for (kind, name, _) in COLLATIONS {
        connection
            .create_collation(name, move |one, other| collation::compare(kind, one, other))?;
    }
    numbers::register(connection)?;
    text::register(connection)?;
    moments::register(connection)?;
    json::register(connection)?;
    waiting::register(connection, locks)
}

/// A function that always gives the same for the same arguments. With a NULL among them it gives
/// NULL.
fn strict(
    connection: &Connection,
    name: &str,
    count: i32,
    function: fn(&Arguments<'_, '_>) -> Answer,
) -> rusqlite::Result<()> {
    add(connection, name, count, true, move |arguments| {
        let null = (0..arguments.0.len()).any(|index| arguments.is_null(index));
        if null {
            Ok(Value::Null)
        } else {
            function(arguments)
        }
    })
}

fn add(
    connection: &Connection,
    name: &str,
    count: i32,
    deterministic: bool,
    function: impl Fn(&Arguments<'_, '_>) -> Answer + Send + 'static,
) -> rusqlite::Result<()> {
    let mut flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_INNOCUOUS;
    if deterministic {
        flags |= FunctionFlags::SQLITE_DETERMINISTIC;
    }
    connection.create_scalar_function(name, count, flags, move |context| {
        function(&Arguments(context)).map_err(|error| {
            rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ERROR),
                Some(error.encode()),
            )
        })
    })
}

impl Arguments<'_, '_> {
    fn is_null(&self, index: usize) -> bool {
        self.0.get_raw(index) == ValueRef::Null
    }

    fn integer(&self, index: usize) -> Result<i64, SqlError> {
        match self.0.get_raw(index) {
            ValueRef::Integer(value) => Ok(value),
            other => Err(unexpected(other)),
        }
    }

    fn small(&self, index: usize) -> Result<u8, SqlError> {
        u8::try_from(self.integer(index)?).map_err(|_| SqlError::unsupported("such a scale"))
    }

    fn double(&self, index: usize) -> Result<f64, SqlError> {
        match self.0.get_raw(index) {
            ValueRef::Real(value) => Ok(value),
            #[expect(clippy::cast_precision_loss, reason = "as MySQL does")]
            ValueRef::Integer(value) => Ok(value as f64),
            other => Err(unexpected(other)),
        }
    }

    fn bytes(&self, index: usize) -> Result<&[u8], SqlError> {
        match self.0.get_raw(index) {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Ok(bytes),
            other => Err(unexpected(other)),
        }
    }

    fn text(&self, index: usize) -> Result<&str, SqlError> {
        std::str::from_utf8(self.bytes(index)?)
            .map_err(|_| SqlError::unsupported("text that is not UTF-8"))
    }

    fn collation(&self, index: usize) -> Result<Collation, SqlError> {
        Collation::named(self.text(index)?)
    }
}

fn unexpected(value: ValueRef<'_>) -> SqlError {
    SqlError::unsupported(format!(
        "a function of a value of SQLite's type {}",
        value.data_type()
    ))
}

fn out_of_range(kind: &str) -> SqlError {
    SqlError::new(1690, *b"22003", format!("{kind} value is out of range"))
}
