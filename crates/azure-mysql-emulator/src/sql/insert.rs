//! `INSERT`.

use super::{
    ast::{Expression, Insert},
    condition::Named,
    error::SqlError,
    expression::Environment,
    interface::Done,
    locks::{Owner, Request},
    names,
    storage::{Row, Stop, Storage},
    table::{Definition, Value},
};

/// How far a statement has come: it goes on there when a lock for which it waited is free.
#[derive(Debug, Default)]
pub(super) struct Progress {
    rows: usize,
    auto: AutoIncrement,
    /// The first value that was made.
    pub(super) first_made: Option<i128>,
    last: i128,
    /// Columns whose text lost spaces at its end, with their rows.
    pub(super) cut: Vec<(String, usize)>,
}

/// Values for a column with `AUTO_INCREMENT`, which InnoDB hands out in advance for all rows of a
/// statement, and takes none of them back:
/// <https://dev.mysql.com/doc/refman/8.4/en/innodb-auto-increment-handling.html>.
#[derive(Debug, Default)]
struct AutoIncrement {
    next: i128,
    /// Where what was handed out ends.
    end: i128,
    times: u32,
    rows_left: i128,
}

impl AutoIncrement {
    fn make(&mut self, rows: usize, counter: &mut i128, highest: i128) -> Result<i128, SqlError> {
        if self.next >= self.end {
            if self.rows_left == 0 {
                self.rows_left = match self.times {
                    0 => i128::try_from(rows).unwrap_or(1),
                    times => 1 << times.min(15),
                };
            }
            self.times += 1;
            self.next = *counter;
            self.end = *counter + self.rows_left;
            *counter = self.end.min(highest);
        }
        let made = self.next.min(highest);
        // What MySQL says at the end of the largest type differs.
        if highest > i128::from(i32::MAX) * 4 && self.next >= highest {
            return Err(SqlError::unsupported());
        }
        self.next += 1;
        Ok(made)
    }

    /// A value that the statement gives itself, which comes before those that it still makes.
    fn given(&mut self, value: i128) {
        if self.next > 0 && value >= self.next {
            self.next = value + 1;
        }
    }
}

/// What was said about the statement's names.
struct Plan {
    /// Where each value goes.
    columns: Vec<usize>,
    auto: Option<usize>,
}

fn plan(insert: &Insert, definition: &Definition, table: &Named<'_>) -> Result<Plan, SqlError> {
    let mut columns = Vec::new();
    match &insert.columns {
        None => columns.extend(0..definition.columns.len()),
        Some(names) => {
            for name in names {
                let position = table.resolve(name, "field list")?;
                if columns.contains(&position) {
                    let message = format!("Column '{}' specified twice", name.name);
                    return Err(SqlError::new(1110, *b"42000", message));
                }
                columns.push(position);
            }
        }
    }
    for (number, row) in insert.rows.iter().enumerate() {
        if row.len() != columns.len() {
            let row = number + 1;
            let message = format!("Column count doesn't match value count at row {row}");
            return Err(SqlError::new(1136, *b"21S01", message));
        }
    }
    Ok(Plan {
        columns,
        auto: definition.auto_increment(),
    })
}

fn no_default(column: &str) -> SqlError {
    let message = format!("Field '{column}' doesn't have a default value");
    SqlError::new(1364, *b"HY000", message)
}

/// Runs it, or only looks whether its names are right.
pub(super) fn insert(
    insert: &Insert,
    environment: &Environment,
    parameters: &[Value],
    (storage, owner): (&mut Storage, Owner),
    progress: Option<&mut Progress>,
) -> Result<Done, Stop> {
    let (database, name) = names::locate(&insert.table, environment, storage)?;
    let table = names::find(storage, &database, &name)?;
    let (id, definition) = (table.id, table.definition.clone());
    let named = Named {
        database: &database,
        alias: &name,
        definition: &definition,
    };
    let plan = plan(insert, &definition, &named)?;
    let Some(progress) = progress else {
        return Ok(Done::default());
    };
    storage.lock(owner, Request::Use(id))?;
    for (position, column) in definition.columns.iter().enumerate() {
        let given = plan.columns.contains(&position) || column.auto_increment;
        if column.default.is_none() && !given {
            return Err(no_default(&column.name).into());
        }
    }
    while let Some(values) = insert.rows.get(progress.rows) {
        let row = progress.rows + 1;
        let mut made = Vec::new();
        for (position, column) in definition.columns.iter().enumerate() {
            let given = plan.columns.iter().position(|column| *column == position);
            let expression = given.map_or(&Expression::Default, |given| &values[given]);
            let value = match expression {
                Expression::Default if column.auto_increment => Value::Null,
                Expression::Default => {
                    let default = column.default.clone();
                    default.ok_or_else(|| no_default(&column.name))?
                }
                expression => environment.evaluate(expression, parameters)?.0,
            };
            if column.auto_increment && value == Value::Null {
                made.push(Value::Integer(0));
                continue;
            }
            let coerced = column.coerce(value, row)?;
            if coerced.cut {
                progress.cut.push((column.name.clone(), row));
            }
            made.push(coerced.value);
        }
        put(
            made,
            &plan,
            &definition,
            (storage, owner, id),
            (&name, insert.rows.len()),
            progress,
        )?;
    }
    let count = insert.rows.len();
    let last_insert_id = match plan.auto {
        None => 0,
        Some(_) => progress.first_made.unwrap_or(progress.last),
    };
    let info = format!(
        "Records: {count}  Duplicates: 0  Warnings: {}",
        progress.cut.len()
    );
    Ok(Done {
        affected_rows: count as u64,
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "as MySQL does with negative ones"
        )]
        last_insert_id: last_insert_id as u64,
        info: if count > 1 { info } else { String::new() },
        ..Done::default()
    })
}

/// Puts in one row.
fn put(
    mut row: Vec<Value>,
    plan: &Plan,
    definition: &Definition,
    (storage, owner, id): (&mut Storage, Owner, u64),
    (name, count): (&str, usize),
    progress: &mut Progress,
) -> Result<(), Stop> {
    let mut made = None;
    if let Some(position) = plan.auto {
        let (_, highest) = definition.columns[position]
            .data_type
            .range()
            .unwrap_or_default();
        let table = storage.table(id)?;
        match row[position] {
            Value::Integer(0) => {
                // After a wait it is the one that was made before.
                let value = progress.auto.make(count, &mut table.next_auto, highest)?;
                made = Some(value);
                row[position] = Value::Integer(value);
            }
            Value::Integer(value) => progress.auto.given(value),
            Value::Null | Value::Text(_) => {}
        }
        if let Value::Integer(value) = row[position] {
            progress.last = value;
        }
    }
    let key = definition.key.and_then(|key| match row[key] {
        Value::Integer(value) => Some(value),
        Value::Null | Value::Text(_) => None,
    });
    let inserted = storage.insert(owner, id, key, Row::from(row));
    if matches!(inserted, Err(Stop::Wait)) {
        if made.is_some() {
            progress.auto.next -= 1;
        }
        return Err(Stop::Wait);
    }
    if !inserted? {
        let key = key.unwrap_or_default();
        let message = format!("Duplicate entry '{key}' for key '{name}.PRIMARY'");
        return Err(SqlError::new(1062, *b"23000", message).into());
    }
    progress.rows += 1;
    progress.auto.rows_left = (progress.auto.rows_left - 1).max(0);
    if plan.auto.is_some() && made.is_none() {
        let table = storage.table(id)?;
        table.next_auto = table.next_auto.max(progress.last + 1);
    }
    progress.first_made = progress.first_made.or(made);
    Ok(())
}
