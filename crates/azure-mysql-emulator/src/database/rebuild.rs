//! A table in the place of the one that it was.

use super::ddl::translator;
use super::{
    Done, SqlError,
    catalogue::{self, Column, Table, quote},
    context::Context,
    storage::Lease,
    store::{self, Place},
    types::{TextForm, Type},
};

/// Puts a table in the place of the one it was, with its rows.
///
/// `sources` has for each column the old one that its values come from.
pub(crate) fn rebuild(
    context: &Context,
    lease: &mut Lease,
    old: &Table,
    new: &Table,
    sources: &[Option<Column>],
) -> Result<u64, SqlError> {
    const INTERIM: &str = "interim ";
    let mut translator = translator(context, lease);
    let statements = translator.create_statements(new, INTERIM)?;
    translator.connection.execute_batch(&statements[0])?;
    let interim = Table {
        name: INTERIM.to_owned(),
        ..new.clone()
    };
    let rows = copy(context, lease, old, &interim, sources)?;
    lease.execute_batch(&format!("DROP TABLE {}", old.sqlite_name()))?;
    lease.execute_batch(&format!(
        "ALTER TABLE {} RENAME TO {}",
        interim.sqlite_name(),
        quote(&new.name)
    ))?;
    let mut translator = self::translator(context, lease);
    for sql in translator.create_statements(new, &new.name)?.iter().skip(1) {
        translator
            .connection
            .execute_batch(sql)
            .map_err(|error| match &error {
                rusqlite::Error::SqliteFailure(failure, _)
                    if failure.code == rusqlite::ErrorCode::ConstraintViolation =>
                {
                    SqlError::new(
                        1062,
                        *b"23000",
                        format!("Duplicate entry for a key of '{}'", new.name),
                    )
                }
                _ => error.into(),
            })?;
    }
    catalogue::forget(lease, old)?;
    catalogue::save(lease, new)?;
    Ok(rows)
}

/// What `ALTER TABLE` tells.
pub(crate) fn altered(rows: u64) -> Done {
    Done {
        affected_rows: rows,
        last_insert_id: 0,
        info: format!("Records: {rows}  Duplicates: 0  Warnings: 0"),
    }
}

/// Whether `InnoDB` changes the type without a copy of the table.
pub(crate) fn in_place(from: Type, to: Type) -> bool {
    match (from, to) {
        (
            Type::Text {
                form: TextForm::Varying,
                length: a,
                collation: c,
            },
            Type::Text {
                form: TextForm::Varying,
                length: b,
                collation: d,
            },
        ) => c == d && a <= b && (a <= 63) == (b <= 63),
        (from, to) => from == to,
    }
}

pub(crate) fn copy(
    context: &Context,
    lease: &mut Lease,
    old: &Table,
    new: &Table,
    sources: &[Option<Column>],
) -> Result<u64, SqlError> {
    let selected: Vec<String> = sources
        .iter()
        .map(|source| {
            source
                .as_ref()
                .map_or("NULL".to_owned(), |c| quote(&c.name))
        })
        .collect();
    let sql = format!("SELECT {} FROM {}", selected.join(", "), old.sqlite_name());
    let mut translator = translator(context, lease);
    let rows = super::change::fetch(&mut translator, &sql, sources.len())?;
    let change = super::written_row::Change::new(new, context);
    let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    for (index, row) in rows.into_iter().enumerate() {
        let mut values = Vec::with_capacity(row.len());
        for ((value, source), column) in row.into_iter().zip(sources).zip(&new.columns) {
            values.push(match source {
                Some(source)
                    if source.kind == column.kind
                        && (column.nullable || value != rusqlite::types::Value::Null) =>
                {
                    value
                }
                Some(source) => {
                    let place = Place {
                        column,
                        row: index + 1,
                        offset: 0,
                    };
                    store::store(value, source.kind, place).map_err(|error| match error.number {
                        // A NULL that may be no longer.
                        1048 => SqlError::new(1138, *b"22004", "Invalid use of NULL value"),
                        _ => error,
                    })?
                }
                None if column.auto_increment => {
                    rusqlite::types::Value::Integer(i64::try_from(index + 1).unwrap_or(i64::MAX))
                }
                None => added(column, context, index + 1)?,
            });
        }
        change.insert(lease, &values)?;
    }
    Ok(count)
}

/// What rows that were there get in a new column.
pub(crate) fn added(
    column: &Column,
    context: &Context,
    row: usize,
) -> Result<rusqlite::types::Value, SqlError> {
    use rusqlite::types::Value;

    match super::inserted_rows::default(column, context, row) {
        Err(error) if error.number == 1364 => Ok(match column.kind {
            // The implicit default of the type.
            Type::Text { .. } => Value::Text(String::new()),
            Type::Bytes { form, length } => match form {
                TextForm::Fixed => Value::Blob(vec![0; usize::try_from(length).unwrap_or(0)]),
                _ => Value::Blob(Vec::new()),
            },
            Type::Float | Type::Double => Value::Real(0.0),
            Type::Integer { .. } | Type::Decimal { .. } | Type::Time { .. } => Value::Integer(0),
            // A zero date, which the strict mode refuses.
            _ => {
                return Err(SqlError::unsupported(
                    "a new date column NOT NULL without a default",
                ));
            }
        }),
        other => other,
    }
}
