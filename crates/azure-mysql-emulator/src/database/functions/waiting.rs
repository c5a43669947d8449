//! Functions that wait.

use std::{sync::Arc, time::Duration};

use rusqlite::{Connection, types::Value};

use super::add;
use crate::database::{SqlError, interrupt, locks::Locks};

/// A longer sleep would be none that anybody sees the end of.
const LONGEST_SLEEP: f64 = 1e6;

pub(super) fn register(connection: &Connection, locks: &Arc<Locks>) -> rusqlite::Result<()> {
    add(connection, "my_sleep", 1, false, |a| {
        if a.is_null(0) || a.double(0)? < 0.0 {
            return Err(SqlError::new(
                1210,
                *b"HY000",
                "Incorrect arguments to sleep.",
            ));
        }
        let duration = Duration::from_secs_f64(a.double(0)?.min(LONGEST_SLEEP));
        match interrupt::current() {
            Some(interrupt) if interrupt.sleep(duration) => Err(SqlError::interrupted()),
            _ => Ok(Value::Integer(0)),
        }
    })?;
    // Name, seconds, the session.
    let all = locks.clone();
    add(connection, "my_get_lock", 3, false, move |a| {
        if a.is_null(0) {
            return Err(wrong_name("NULL"));
        }
        let name = name(a.text(0)?)?;
        let seconds = a.double(1)?;
        let timeout = (seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(LONGEST_SLEEP)));
        let interrupt = interrupt::current();
        all.acquire(name, owner(a.integer(2)?), timeout, interrupt.as_ref())
            .map(Value::Integer)
            .ok_or_else(SqlError::interrupted)
    })?;
    let all = locks.clone();
    add(connection, "my_release_lock", 2, false, move |a| {
        if a.is_null(0) {
            return Err(wrong_name("NULL"));
        }
        let released = all.release(name(a.text(0)?)?, owner(a.integer(1)?));
        Ok(released.map_or(Value::Null, Value::Integer))
    })?;
    let all = locks.clone();
    add(connection, "my_release_all_locks", 1, false, move |a| {
        Ok(Value::Integer(all.release_all(owner(a.integer(0)?))))
    })?;
    let all = locks.clone();
    add(connection, "my_lock_owner", 1, false, move |a| {
        let owner = all.owner(name(a.text(0)?)?);
        Ok(owner.map_or(Value::Null, |owner| Value::Integer(owner.into())))
    })
}

fn owner(id: i64) -> u32 {
    u32::try_from(id).unwrap_or_default()
}

fn name(name: &str) -> Result<&str, SqlError> {
    if name.is_empty() || name.chars().count() > 64 {
        return Err(wrong_name(name));
    }
    Ok(name)
}

fn wrong_name(name: &str) -> SqlError {
    SqlError::new(
        3057,
        *b"42000",
        format!("Incorrect user-level lock name '{name}'."),
    )
}
