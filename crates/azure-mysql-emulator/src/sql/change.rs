//! Statements that put in, change or delete one row.

use std::sync::Arc;

use mysql_handshake::ServerError;

use super::{
    ast::{Change, Expression, New},
    error::{Result, unsupported},
    expression::Context,
    interface::Done,
    locks::{Key, Request, TableId},
    query::{Test, key_of},
    storage::{Row, Stop, Storage},
    table::{ColumnName, Definition, Value},
};

/// The table that a statement is for.
struct Target<'a> {
    name: &'a str,
    id: TableId,
    definition: Arc<Definition>,
}

/// Runs the statement, or only prepares it. `made` is the value for `AUTO_INCREMENT` that the
/// statement made before it had to wait.
pub(super) fn change(
    name: &str,
    change: &Change,
    context: Context<'_>,
    storage: &mut Storage,
    made: &mut Option<Key>,
) -> Result<Done, Stop> {
    let table = storage.get(context.environment.database.as_deref(), name)?;
    let target = Target {
        name,
        id: table.id,
        definition: Arc::clone(&table.definition),
    };
    match change {
        Change::Insert { columns, values } => {
            let columns = columns.as_deref();
            insert(columns, values, &target, context, storage, made)
        }
        Change::Update { changes, filter } => {
            let test = Test::resolve(filter, name, &target.definition, context)?;
            update(changes, &test, &target, context, storage)
        }
        Change::Delete(filter) => {
            let test = Test::resolve(filter, name, &target.definition, context)?;
            let Some((key, row)) = locked_row(&test, &target, context, storage)? else {
                return Ok(Done::default());
            };
            if row.is_some() {
                storage.change(context.owner, target.id, key, None)?;
            }
            Ok(Done {
                affected_rows: row.is_some().into(),
                ..Done::default()
            })
        }
    }
}

/// A key, and its row if there is one.
type LockedRow = (Key, Option<Arc<Row>>);

/// The key that the condition says, and its row, locked; `None` if the statement is only prepared.
fn locked_row(
    test: &Test,
    target: &Target<'_>,
    context: Context<'_>,
    storage: &mut Storage,
) -> Result<Option<LockedRow>, Stop> {
    if context.parameters.is_none() {
        return Ok(None);
    }
    let key = test.key(&target.definition).ok_or_else(unsupported)?;
    storage.lock(context.owner, Request::Use(target.id))?;
    let row = storage.lock_row(context.owner, target.id, key)?;
    Ok(Some((key, test.filter(row)?)))
}

fn update(
    changes: &[(ColumnName, New)],
    test: &Test,
    target: &Target<'_>,
    context: Context<'_>,
    storage: &mut Storage,
) -> Result<Done, Stop> {
    let definition = &target.definition;
    let mut resolved = Vec::new();
    for (column, new) in changes {
        let position = definition.resolve(target.name, column, "field list")?;
        let (New::Value(expression) | New::Increment(expression)) = new;
        let (value, _) = context
            .environment
            .evaluate(expression, context.parameters)?;
        if definition.key == Some(position) {
            return Err(unsupported().into());
        }
        let value = match new {
            New::Value(_) => definition.columns[position].data_type.coerce(value),
            New::Increment(_) => value,
        };
        resolved.push((position, matches!(new, New::Increment(_)), value));
    }
    let Some((key, row)) = locked_row(test, target, context, storage)? else {
        return Ok(Done::default());
    };
    let (mut found, mut altered) = (0, 0);
    if let Some(row) = row {
        found = 1;
        let mut new_row = row.values.clone();
        for (position, increment, value) in resolved {
            let value = match (increment, &new_row[position], value) {
                (false, _, value) => value,
                (true, Value::Null, Value::Integer(_)) => Value::Null,
                // The error of a sum that is too large repeats the statement in MySQL's own words.
                (true, Value::Integer(one), Value::Integer(other)) => {
                    Value::Integer(one.checked_add(other).ok_or_else(unsupported)?)
                }
                _ => return Err(unsupported().into()),
            };
            definition.columns[position].check(&value)?;
            new_row[position] = value;
        }
        if new_row != row.values {
            storage.change(context.owner, target.id, key, Some(new_row))?;
            altered = 1;
        }
    }
    let found_rows = context.environment.information.found_rows;
    Ok(Done {
        affected_rows: if found_rows { found } else { altered },
        info: format!("Rows matched: {found}  Changed: {altered}  Warnings: 0"),
        ..Done::default()
    })
}

fn insert(
    columns: Option<&[ColumnName]>,
    values: &[Expression],
    target: &Target<'_>,
    context: Context<'_>,
    storage: &mut Storage,
    made: &mut Option<Key>,
) -> Result<Done, Stop> {
    let definition = &target.definition;
    let mut given = Vec::new();
    match columns {
        None => given.extend(0..definition.columns.len()),
        Some(columns) => {
            for column in columns {
                let position = definition.resolve(target.name, column, "field list")?;
                if given.contains(&position) {
                    return Err(unsupported().into());
                }
                given.push(position);
            }
        }
    }
    if given.len() != values.len() {
        let message = "Column count doesn't match value count at row 1";
        return Err(ServerError::new(1136, *b"21S01", message).into());
    }
    if context.parameters.is_none() {
        return Ok(Done::default());
    }
    storage.lock(context.owner, Request::Use(target.id))?;
    let mut row = Vec::new();
    for (position, column) in definition.columns.iter().enumerate() {
        let Some(given) = given.iter().position(|given| *given == position) else {
            if !column.nullable && !column.auto_increment {
                let message = format!("Field '{}' doesn't have a default value", column.name);
                return Err(ServerError::new(1364, *b"HY000", message).into());
            }
            row.push(Value::Null);
            continue;
        };
        let (value, _) = context
            .environment
            .evaluate(&values[given], context.parameters)?;
        let value = column.data_type.coerce(value);
        if !(column.auto_increment && value == Value::Null) {
            column.check(&value)?;
        }
        row.push(value);
    }
    put(row, target, context, storage, made)
}

/// Puts in a row whose values are all right, after it was given a value for `AUTO_INCREMENT`.
fn put(
    mut row: Vec<Value>,
    target: &Target<'_>,
    context: Context<'_>,
    storage: &mut Storage,
    made: &mut Option<Key>,
) -> Result<Done, Stop> {
    let definition = &target.definition;
    let auto = definition
        .key
        .filter(|key| definition.columns[*key].auto_increment);
    if let Some(position) = auto
        && let Value::Null | Value::Integer(0) = row[position]
    {
        let (_, highest) = definition.columns[position]
            .data_type
            .range()
            .unwrap_or_default();
        let next = &mut storage.table(target.id)?.next_key;
        // What MySQL says at the end of a type differs.
        if made.is_none() && *next >= highest {
            return Err(unsupported().into());
        }
        row[position] = Value::Integer(*made.get_or_insert_with(|| {
            *next += 1;
            *next - 1
        }));
    }
    let key = definition.key.and_then(|key| key_of(&row[key]));
    if auto.is_some() && key < Some(0) {
        return Err(unsupported().into());
    }
    if !storage.insert(context.owner, target.id, key, row)? {
        let key = key.unwrap_or_default();
        let message = format!("Duplicate entry '{key}' for key '{}.PRIMARY'", target.name);
        return Err(ServerError::new(1062, *b"23000", message).into());
    }
    let id = key.filter(|_| auto.is_some()).unwrap_or_default();
    Ok(Done {
        affected_rows: 1,
        last_insert_id: id.unsigned_abs(),
        ..Done::default()
    })
}
