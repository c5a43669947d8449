//! Keys and indexes.

use sqlparser::ast::{Expr, IndexColumn};

use super::{
    SqlError,
    catalogue::{Index, Table, same_name},
    translate::single_name,
    types::{TextForm, Type},
};

pub(crate) fn index_columns(
    columns: &[IndexColumn],
    unique: bool,
) -> Result<Vec<String>, SqlError> {
    columns
        .iter()
        .map(|column| {
            let ordered = &column.column;
            if column.operator_class.is_some() {
                return Err(SqlError::unsupported(column));
            }
            match &ordered.expr {
                Expr::Identifier(name) => Ok(name.value.clone()),
                // A prefix: for speed only, unless the key is unique.
                Expr::Function(function) if !unique => {
                    Ok(single_name(&function.name)?.value.clone())
                }
                _ => Err(SqlError::unsupported(format!("the key part {column}"))),
            }
        })
        .collect()
}

pub(crate) fn known_key_column(table: &Table, column: &str) -> Result<(), SqlError> {
    if table.column(column).is_some() {
        return Ok(());
    }
    Err(SqlError::new(
        1072,
        *b"42000",
        format!("Key column '{column}' doesn't exist in table"),
    ))
}

pub(crate) fn add_index(
    table: &mut Table,
    name: &str,
    columns: Vec<String>,
    unique: bool,
) -> Result<(), SqlError> {
    let name = if name.is_empty() {
        let first = columns.first().cloned().unwrap_or_default();
        let taken = |name: &str| {
            table
                .indexes
                .iter()
                .any(|index| same_name(&index.name, name))
        };
        if taken(&first) {
            (2..10_000)
                .map(|number| format!("{first}_{number}"))
                .find(|name| !taken(name))
                .unwrap_or_default()
        } else {
            first
        }
    } else {
        name.to_owned()
    };
    if table
        .indexes
        .iter()
        .any(|index| same_name(&index.name, &name))
    {
        return Err(if name == "PRIMARY" {
            SqlError::new(1068, *b"42000", "Multiple primary key defined")
        } else {
            SqlError::new(1061, *b"42000", format!("Duplicate key name '{name}'"))
        });
    }
    table.indexes.push(Index {
        name,
        columns,
        unique,
    });
    Ok(())
}

pub(crate) fn next_name(table: &str, kind: &str, taken: impl Fn(&String) -> bool) -> String {
    (1..10_000)
        .map(|number| format!("{table}_{kind}_{number}"))
        .find(|name| !taken(name))
        .unwrap_or_default()
}

/// Columns that an index names must exist; those of text or bytes without a length need one.
pub(crate) fn check_indexes(table: &Table) -> Result<(), SqlError> {
    for index in &table.indexes {
        for name in &index.columns {
            known_key_column(table, name)?;
            let json = table
                .column(name)
                .is_some_and(|column| column.kind == Type::Json);
            if json {
                return Err(SqlError::new(
                    3152,
                    *b"42000",
                    format!("JSON column '{name}' supports indexing only via generated columns."),
                ));
            }
            let large = table.column(name).is_some_and(|column| {
                matches!(
                    column.kind,
                    Type::Text { form, .. } | Type::Bytes { form, .. }
                        if !matches!(form, TextForm::Fixed | TextForm::Varying)
                )
            });
            if large && index.unique {
                return Err(SqlError::new(
                    1170,
                    *b"42000",
                    format!(
                        "BLOB/TEXT column '{name}' used in key specification without a key length"
                    ),
                ));
            }
        }
    }
    Ok(())
}
