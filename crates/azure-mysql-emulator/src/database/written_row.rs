//! One row on its way into a table.

use rusqlite::{ErrorCode, OptionalExtension, params_from_iter, types::Value};

use super::{
    SqlError,
    catalogue::{Index, Table, quote},
    context::Context,
    storage::Lease,
    store::{self},
};

pub(crate) fn foreign_key(table: &Table, child: bool) -> SqlError {
    let key = match table.foreign_keys.as_slice() {
        [only] if child => {
            let list = |names: &[String]| {
                let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                names.join(", ")
            };
            format!(
                " (`{}`.`{}`, CONSTRAINT `{}` FOREIGN KEY ({}) REFERENCES `{}` ({}))",
                table.database,
                table.name,
                only.name,
                list(&only.columns),
                only.table,
                list(&only.referred)
            )
        }
        _ => String::new(),
    };
    if child {
        SqlError::new(
            1452,
            *b"23000",
            format!("Cannot add or update a child row: a foreign key constraint fails{key}"),
        )
    } else {
        SqlError::new(
            1451,
            *b"23000",
            "Cannot delete or update a parent row: a foreign key constraint fails",
        )
    }
}

/// Writes to one table.
pub(crate) struct Change<'a> {
    table: &'a Table,
    context: &'a Context,
}

impl<'a> Change<'a> {
    pub(crate) fn new(table: &'a Table, context: &'a Context) -> Self {
        Self { table, context }
    }

    pub(crate) fn insert(&self, lease: &Lease, values: &[Value]) -> Result<(), SqlError> {
        let names: Vec<String> = self.table.columns.iter().map(|c| quote(&c.name)).collect();
        let marks: Vec<String> = (1..=values.len())
            .map(|index| format!("?{index}"))
            .collect();
        let sql = format!(
            "INSERT INTO {} ({}) VALUES ({})",
            self.table.sqlite_name(),
            names.join(", "),
            marks.join(", ")
        );
        self.write(lease, &sql, values, values, None, true)
    }

    pub(crate) fn write(
        &self,
        lease: &Lease,
        sql: &str,
        bound: &[Value],
        row: &[Value],
        own: Option<i64>,
        child: bool,
    ) -> Result<(), SqlError> {
        let result = lease
            .prepare(sql)
            .and_then(|mut statement| statement.execute(params_from_iter(bound)));
        match result {
            Ok(_) => Ok(()),
            Err(error) => Err(self.explain(lease, error, row, own, child)),
        }
    }

    /// An error of `SQLite` in MySQL's words.
    pub(crate) fn explain(
        &self,
        lease: &Lease,
        error: rusqlite::Error,
        row: &[Value],
        own: Option<i64>,
        child: bool,
    ) -> SqlError {
        let rusqlite::Error::SqliteFailure(failure, message) = &error else {
            return error.into();
        };
        if failure.code != ErrorCode::ConstraintViolation {
            return error.into();
        }
        match failure.extended_code {
            rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
            | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            | rusqlite::ffi::SQLITE_CONSTRAINT_ROWID => match self.conflict(lease, row, own) {
                Ok(Some((_, index))) => self.duplicate(row, index),
                Ok(None) => error.into(),
                Err(error) => error,
            },
            rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY
            | rusqlite::ffi::SQLITE_CONSTRAINT_TRIGGER => foreign_key(self.table, child),
            rusqlite::ffi::SQLITE_CONSTRAINT_CHECK => {
                let name = message
                    .as_deref()
                    .and_then(|message| message.rsplit("failed: ").next())
                    .unwrap_or_default();
                SqlError::new(
                    3819,
                    *b"HY000",
                    format!("Check constraint '{name}' is violated."),
                )
            }
            _ => error.into(),
        }
    }

    fn duplicate(&self, row: &[Value], index: &Index) -> SqlError {
        let offset = self.context.variables.time_offset();
        let parts: Vec<String> = index
            .columns
            .iter()
            .filter_map(|name| self.table.position(name))
            .map(|position| {
                store::key_text(&row[position], self.table.columns[position].kind, offset)
            })
            .collect();
        SqlError::new(
            1062,
            *b"23000",
            format!(
                "Duplicate entry '{}' for key '{}.{}'",
                parts.join("-"),
                self.table.name,
                index.name
            ),
        )
    }

    /// The row that has a unique key of this one already, and the key.
    pub(crate) fn conflict(
        &self,
        lease: &Lease,
        row: &[Value],
        own: Option<i64>,
    ) -> Result<Option<(i64, &'a Index)>, SqlError> {
        let number = self.table.row_number()?;
        for index in self.table.indexes.iter().filter(|index| index.unique) {
            let mut tests = Vec::new();
            let mut values = Vec::new();
            for name in &index.columns {
                let Some(position) = self.table.position(name) else {
                    continue;
                };
                values.push(row[position].clone());
                tests.push(format!("{} = ?{}", quote(name), values.len()));
            }
            if values.contains(&Value::Null) || values.is_empty() {
                continue;
            }
            values.push(Value::Integer(own.unwrap_or(i64::MIN)));
            let sql = format!(
                "SELECT {number} FROM {} WHERE {} AND {number} <> ?{}",
                self.table.sqlite_name(),
                tests.join(" AND "),
                values.len()
            );
            let found: Option<i64> = lease
                .prepare(&sql)?
                .query_row(params_from_iter(&values), |row| row.get(0))
                .optional()?;
            if let Some(found) = found {
                return Ok(Some((found, index)));
            }
        }
        Ok(None)
    }

    /// Makes room for `REPLACE`, and tells how many rows went.
    pub(crate) fn delete_conflicting(&self, lease: &Lease, row: &[Value]) -> Result<u64, SqlError> {
        let number = self.table.row_number()?;
        let mut deleted = 0;
        while let Some((found, _)) = self.conflict(lease, row, None)? {
            let sql = format!(
                "DELETE FROM {} WHERE {number} = ?1",
                self.table.sqlite_name()
            );
            let bound = [Value::Integer(found)];
            self.write(lease, &sql, &bound, row, None, false)?;
            deleted += 1;
        }
        Ok(deleted)
    }
}
