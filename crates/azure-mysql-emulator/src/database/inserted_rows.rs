//! The rows of an `INSERT`, before any is written.

use rusqlite::types::Value;
use sqlparser::ast::{Assignment, AssignmentTarget, Expr, Insert, Query, SetExpr};

use super::{
    SqlError,
    catalogue::{Column, DefaultValue, Table},
    change,
    context::Context,
    store::{self, Place},
    temporal,
    translate::{Translator, single_name},
    types::{Type, varchar},
};

/// A value that a row gives to a column, or none for `DEFAULT`.
pub(crate) type Given = Option<(Value, Type)>;

pub(crate) type Source = (Vec<usize>, Vec<Vec<Given>>, bool);

/// All rows, before any is written.
pub(crate) fn rows(
    translator: &mut Translator<'_>,
    insert: &Insert,
    table: &Table,
) -> Result<Source, SqlError> {
    let position = |name: &str| {
        table
            .position(name)
            .ok_or_else(|| SqlError::unknown_column(name, "field list"))
    };
    if !insert.assignments.is_empty() {
        let mut positions = Vec::new();
        let mut row = Vec::new();
        for assignment in &insert.assignments {
            positions.push(position(&target(assignment)?)?);
            row.push(given(translator, &assignment.value, table)?);
        }
        check_twice(&positions, table)?;
        return Ok((positions, vec![row], false));
    }
    let mut positions = Vec::new();
    for column in &insert.columns {
        positions.push(position(&single_name(column)?.value)?);
    }
    check_twice(&positions, table)?;
    if insert.columns.is_empty() {
        positions = (0..table.columns.len()).collect();
    }
    let Some(source) = &insert.source else {
        return Ok((Vec::new(), vec![Vec::new()], false));
    };
    if let Some(values) = plain_values(source) {
        let mut rows = Vec::with_capacity(values.len());
        for (index, row) in values.iter().enumerate() {
            // `VALUES ()`: all columns have their defaults.
            if row.is_empty() && insert.columns.is_empty() {
                rows.push(Vec::new());
                continue;
            }
            if row.len() != positions.len() {
                return Err(wrong_count(index + 1));
            }
            let mut given_row = Vec::with_capacity(row.len());
            for value in *row {
                given_row.push(given(translator, value, table)?);
            }
            rows.push(given_row);
        }
        let many = rows.len() > 1;
        return Ok((positions, rows, many));
    }
    let query = translator.query(source)?;
    if query.columns.len() != positions.len() {
        return Err(wrong_count(1));
    }
    let kinds: Vec<Type> = query.columns.iter().map(|column| column.kind).collect();
    let rows = change::fetch(translator, &query.sql, kinds.len())?
        .into_iter()
        .map(|row| {
            row.into_iter()
                .zip(&kinds)
                .map(|(value, kind)| Some((value, *kind)))
                .collect()
        })
        .collect();
    Ok((positions, rows, true))
}

pub(crate) fn plain_values(source: &Query) -> Option<Vec<&[Expr]>> {
    let plain = source.with.is_none() && source.order_by.is_none() && source.limit_clause.is_none();
    match source.body.as_ref() {
        SetExpr::Values(values) if plain && !values.explicit_row => Some(
            values
                .rows
                .iter()
                .map(|row| row.content.as_slice())
                .collect(),
        ),
        _ => None,
    }
}

pub(crate) fn wrong_count(row: usize) -> SqlError {
    SqlError::new(
        1136,
        *b"21S01",
        format!("Column count doesn't match value count at row {row}"),
    )
}

pub(crate) fn check_twice(positions: &[usize], table: &Table) -> Result<(), SqlError> {
    for (index, position) in positions.iter().enumerate() {
        if positions[..index].contains(position) {
            return Err(SqlError::new(
                1110,
                *b"42000",
                format!("Column '{}' specified twice", table.columns[*position].name),
            ));
        }
    }
    Ok(())
}

/// The column of an assignment.
pub(crate) fn target(assignment: &Assignment) -> Result<String, SqlError> {
    match &assignment.target {
        AssignmentTarget::ColumnName(name) => match name.0.last() {
            Some(sqlparser::ast::ObjectNamePart::Identifier(name)) => Ok(name.value.clone()),
            _ => Err(SqlError::unsupported(assignment)),
        },
        AssignmentTarget::Tuple(_) => Err(SqlError::unsupported(assignment)),
    }
}

pub(crate) fn is_default(value: &Expr) -> bool {
    matches!(value, Expr::Identifier(name)
        if name.quote_style.is_none() && name.value.eq_ignore_ascii_case("DEFAULT"))
}

/// A value that needs no row of a table.
pub(crate) fn given(
    translator: &mut Translator<'_>,
    value: &Expr,
    table: &Table,
) -> Result<Given, SqlError> {
    if is_default(value) {
        return Ok(None);
    }
    let expression = translator.expression(value).map_err(|error| {
        // MySQL lets later values use earlier columns of the row.
        let own = error.number == 1054
            && table
                .columns
                .iter()
                .any(|c| error.message.contains(&format!("'{}'", c.name)));
        if own {
            SqlError::unsupported("a value that uses another column of its row")
        } else {
            error
        }
    })?;
    if expression.aggregate {
        return Err(SqlError::new(
            1111,
            *b"HY000",
            "Invalid use of group function",
        ));
    }
    if let Some(constant) = expression.constant {
        return Ok(Some((constant, expression.kind)));
    }
    let mut rows = change::fetch(translator, &format!("SELECT {}", expression.sql), 1)?;
    let value = rows
        .pop()
        .and_then(|mut row| row.pop())
        .unwrap_or(Value::Null);
    Ok(Some((value, expression.kind)))
}

/// The value of a column that is not given.
pub(crate) fn default(column: &Column, context: &Context, row: usize) -> Result<Value, SqlError> {
    let offset = context.variables.time_offset();
    match &column.default {
        Some(DefaultValue::Null) => Ok(Value::Null),
        Some(DefaultValue::Now) => {
            let digits = column.kind.scale();
            let local = matches!(column.kind, Type::DateTime { .. });
            let now = context.now + if local { offset } else { 0 };
            Ok(Value::Integer(temporal::truncate(now, digits)))
        }
        Some(DefaultValue::Literal(text)) => {
            // It was understood as UTC when it was kept.
            let place = Place {
                column,
                row,
                offset: 0,
            };
            store::store(Value::Text(text.clone()), varchar(0), place)
        }
        None => Err(SqlError::new(
            1364,
            *b"HY000",
            format!("Field '{}' doesn't have a default value", column.name),
        )),
    }
}
