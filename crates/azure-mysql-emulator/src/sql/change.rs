//! `UPDATE` and `DELETE`.

use super::{
    ast::{Condition, Expression, TableName, Update},
    condition::{Named, Reach, Test},
    error::SqlError,
    expression::Environment,
    interface::Done,
    locks::{Key, Owner, Request, TableId},
    names,
    storage::{Row, Stop, Storage},
    table::{Definition, Value},
};

/// What a column gets.
enum New {
    Value(Value),
    Default,
    /// Another column's value and a number, and that number as it was written.
    Sum(usize, i128, String),
}

/// What an `UPDATE` says besides the protocol's answer.
pub(super) type Cut = Vec<(String, usize)>;

/// Runs it, or only looks whether its names are right.
pub(super) fn update(
    update: &Update,
    environment: &Environment,
    parameters: &[Value],
    (storage, owner): (&mut Storage, Owner),
    only_check: bool,
) -> Result<(Done, Cut), Stop> {
    let (database, name) = names::locate(&update.table, environment, storage)?;
    let table = names::find(storage, &database, &name)?;
    let (id, definition) = (table.id, table.definition.clone());
    let named = Named {
        database: &database,
        alias: &name,
        definition: &definition,
    };
    let mut changes = Vec::new();
    for (column, value) in &update.changes {
        let position = named.resolve(column, "field list")?;
        let column = &definition.columns[position];
        if definition.key == Some(position) {
            return Err(SqlError::unsupported().into());
        }
        let new = new_value(value, &named, environment, parameters)?;
        if matches!(new, New::Default) && column.default.is_none() {
            return Err(SqlError::unsupported().into());
        }
        changes.push((position, new));
    }
    let test = resolve(update.filter.as_ref(), &named, environment, parameters)?;
    if only_check {
        return Ok((Done::default(), Cut::new()));
    }
    let (reach, rows) = locked_rows(test.as_ref(), &definition, (storage, owner, id))?;
    let mut cut = Cut::new();
    let mut changed = 0;
    for (index, (key, row)) in rows.iter().enumerate() {
        let mut new_row = row.to_vec();
        for (position, new) in &changes {
            let column = &definition.columns[*position];
            let value = match new {
                New::Value(value) => value.clone(),
                New::Default => column.default.clone().unwrap_or(Value::Null),
                New::Sum(from, number, written) => sum(
                    &new_row[*from],
                    *number,
                    || {
                        format!(
                            "(`{database}`.`{name}`.`{}` + {written})",
                            definition.columns[*from].name
                        )
                    },
                    definition.columns[*from].data_type.is_unsigned(),
                )?,
            };
            let coerced = column.coerce(value, index + 1)?;
            if coerced.cut {
                cut.push((column.name.clone(), index + 1));
            }
            new_row[*position] = coerced.value;
        }
        if new_row[..] != row[..] {
            storage.change(owner, id, *key, Some(Row::from(new_row)))?;
            changed += 1;
        }
    }
    let found = rows.len() as u64;
    let done = Done {
        affected_rows: if environment.information.found_rows {
            found
        } else {
            changed
        },
        info: format!(
            "Rows matched: {found}  Changed: {changed}  Warnings: {}",
            cut.len()
        ),
        no_index_used: reach == Reach::All,
        ..Done::default()
    };
    Ok((done, cut))
}

/// Runs it, or only looks whether its names are right.
pub(super) fn delete(
    (table, filter): (&TableName, Option<&Condition>),
    environment: &Environment,
    parameters: &[Value],
    (storage, owner): (&mut Storage, Owner),
    only_check: bool,
) -> Result<Done, Stop> {
    let (database, name) = names::locate(table, environment, storage)?;
    let table = names::find(storage, &database, &name)?;
    let (id, definition) = (table.id, table.definition.clone());
    let named = Named {
        database: &database,
        alias: &name,
        definition: &definition,
    };
    let test = resolve(filter, &named, environment, parameters)?;
    if only_check {
        return Ok(Done::default());
    }
    let (reach, rows) = locked_rows(test.as_ref(), &definition, (storage, owner, id))?;
    for (key, _) in &rows {
        storage.change(owner, id, *key, None)?;
    }
    Ok(Done {
        affected_rows: rows.len() as u64,
        no_index_used: reach == Reach::All,
        ..Done::default()
    })
}

fn resolve(
    filter: Option<&Condition>,
    table: &Named<'_>,
    environment: &Environment,
    parameters: &[Value],
) -> Result<Option<Test>, SqlError> {
    filter
        .map(|condition| Test::resolve(condition, table, environment, parameters))
        .transpose()
}

/// The rows that the condition holds for, locked, and all that had to be locked to find them.
fn locked_rows(
    test: Option<&Test>,
    definition: &Definition,
    (storage, owner, id): (&mut Storage, Owner, TableId),
) -> Result<(Reach, Vec<(Key, Row)>), Stop> {
    let reach = test.map_or(Ok(Reach::All), |test| test.reach(definition))?;
    storage.lock(owner, Request::Use(id))?;
    let rows = match reach {
        Reach::Key(key) => {
            let row = storage.lock_row(owner, id, key)?;
            row.map(|row| (key, row)).into_iter().collect()
        }
        Reach::All => storage.lock_all(owner, id)?,
    };
    let mut matching = Vec::new();
    for (key, row) in rows {
        if test.map_or(Ok(Some(true)), |test| test.holds(&row))? == Some(true) {
            matching.push((key, row));
        }
    }
    Ok((reach, matching))
}

fn new_value(
    expression: &Expression,
    table: &Named<'_>,
    environment: &Environment,
    parameters: &[Value],
) -> Result<New, SqlError> {
    match expression {
        Expression::Default => Ok(New::Default),
        Expression::Add(left, right) if matches!(**left, Expression::Column(_)) => {
            let Expression::Column(column) = &**left else {
                return Err(SqlError::unsupported());
            };
            let from = table.resolve(column, "field list")?;
            if table.definition.columns[from].data_type.range().is_none() {
                return Err(SqlError::unsupported());
            }
            match (&**right, environment.evaluate(right, parameters)?.0) {
                (Expression::Integer { .. } | Expression::Parameter(_), Value::Integer(number))
                    if i64::try_from(number).is_ok() =>
                {
                    Ok(New::Sum(from, number, number.to_string()))
                }
                // Nothing is given yet.
                (Expression::Parameter(_), Value::Null) if parameters.is_empty() => {
                    Ok(New::Default)
                }
                _ => Err(SqlError::unsupported()),
            }
        }
        expression => Ok(New::Value(environment.evaluate(expression, parameters)?.0)),
    }
}

/// # Errors
///
/// 1690 if it is too large.
fn sum(
    value: &Value,
    number: i128,
    written: impl Fn() -> String,
    unsigned: bool,
) -> Result<Value, SqlError> {
    let Value::Integer(value) = value else {
        return Ok(Value::Null);
    };
    let sum = value + number;
    let (kind, range) = if unsigned {
        ("BIGINT UNSIGNED", 0..=i128::from(u64::MAX))
    } else {
        ("BIGINT", i128::from(i64::MIN)..=i128::from(i64::MAX))
    };
    if range.contains(&sum) {
        return Ok(Value::Integer(sum));
    }
    let message = format!("{kind} value is out of range in '{}'", written());
    Err(SqlError::new(1690, *b"22003", message))
}
