//! `SELECT`, and `WHERE` on one table.

use std::sync::Arc;

use mysql_common::{Value as WireValue, constants::ColumnFlags, packets::Column};
use mysql_handshake::ServerError;

use super::{
    ast::{Expression, Filter, Item, Select},
    error::{Result, unknown_column, unsupported},
    expression::{Context, Environment},
    interface::Rows,
    locks::{Key, Request},
    metadata::{Kind, TableColumn},
    storage::{Row, Stop, Storage},
    table::{Definition, Value, same_name, same_text},
};

/// Columns and what they equal, all of them.
#[derive(Debug)]
pub(super) struct Test(Vec<(usize, Value)>);

impl Test {
    /// # Errors
    ///
    /// 1054 for an unknown column. 1064 for a comparison of different types, and where MySQL may see
    /// before it looks at rows that none of them match.
    pub(super) fn resolve(
        filter: &Filter,
        table: &str,
        definition: &Definition,
        context: Context<'_>,
    ) -> Result<Self> {
        let mut test: Vec<(usize, Value)> = Vec::new();
        for (column, constant) in filter {
            let position = definition.resolve(table, column, "where clause")?;
            let (value, _) = context.environment.evaluate(constant, context.parameters)?;
            let certain = match (&value, definition.columns[position].data_type.range()) {
                (Value::Integer(number), Some((lowest, highest))) => {
                    lowest < *number && *number < highest
                }
                (Value::Text(_), None) => true,
                _ => context.parameters.is_none(),
            };
            if !certain || test.iter().any(|(other, _)| *other == position) {
                return Err(unsupported());
            }
            test.push((position, value));
        }
        Ok(Self(test))
    }

    /// The primary key of the only row that it may hold for.
    pub(super) fn key(&self, definition: &Definition) -> Option<Key> {
        let mut tests = self.0.iter();
        let (_, value) = tests.find(|(position, _)| Some(*position) == definition.key)?;
        key_of(value)
    }

    /// The row, if the test holds for it.
    ///
    /// # Errors
    ///
    /// 1064 if MySQL's collation would have to decide.
    pub(super) fn filter(&self, row: Option<Arc<Row>>) -> Result<Option<Arc<Row>>> {
        let Some(row) = row else {
            return Ok(None);
        };
        for (position, value) in &self.0 {
            let holds = match (&row[*position], value) {
                (Value::Text(left), Value::Text(right)) => same_text(left, right)?,
                (left, right) => left == right,
            };
            if !holds {
                return Ok(None);
            }
        }
        Ok(Some(row))
    }
}

pub(super) fn key_of(value: &Value) -> Option<Key> {
    match value {
        Value::Integer(key) => Some(*key),
        Value::Null | Value::Text(_) => None,
    }
}

/// What stands in a column of the result.
enum Output {
    Column(usize),
    Constant(Value, Kind),
    Count,
}

/// Runs it without a table.
pub(super) fn select_values(select: &Select, context: Context<'_>) -> Result<Rows> {
    let environment = context.environment;
    let mut result = Rows::default();
    let mut row = Vec::new();
    for item in &select.items {
        let (value, kind, name) = match item {
            Item::All => return Err(ServerError::new(1096, *b"HY000", "No tables used")),
            Item::Expression {
                expression: Expression::Column(column),
                ..
            } if column.table.is_none() => {
                return Err(unknown_column(&column.name, "field list"));
            }
            Item::Expression { expression, name } => {
                let (value, kind) = environment.shown(expression)?;
                (value, kind, name)
            }
        };
        let results = environment.variables.results;
        result.columns.push(kind.describe(name, results));
        row.push(value.to_wire());
    }
    limit(select, context)?;
    result.rows.push(row);
    check_text(&result, environment)?;
    Ok(result)
}

/// Runs it on the table of this name, or says only which columns it has.
pub(super) fn select_rows(
    select: &Select,
    name: &str,
    context: Context<'_>,
    storage: &mut Storage,
) -> Result<Rows, Stop> {
    let database = context.environment.database.as_deref();
    let table = storage.get(database, name)?;
    let (id, definition) = (table.id, Arc::clone(&table.definition));
    let outputs = outputs(select, name, &definition, context.environment)?;
    let test = Test::resolve(&select.filter, name, &definition, context)?;
    let order = order(select, name, &definition, &outputs)?;
    let columns = outputs.iter().map(|(output, shown)| {
        let table = (database.unwrap_or_default(), name);
        describe(output, shown, table, &definition, context.environment)
    });
    let counts = outputs
        .iter()
        .any(|(output, _)| matches!(output, Output::Count));
    let mut result = Rows {
        columns: columns.collect(),
        no_index_used: !counts || !test.0.is_empty(),
        ..Rows::default()
    };
    let mut used = outputs.iter().map(|(output, _)| match output {
        Output::Column(position) => Some(*position),
        Output::Constant(..) | Output::Count => definition.key,
    });
    let by_key = test.key(&definition).is_some() || order.is_some();
    let only_key = used.all(|position| position == definition.key) && test.0.is_empty();
    if definition.key.is_some() && (by_key || only_key) {
        result.no_index_used = false;
    }
    if context.parameters.is_none() {
        return Ok(result);
    }
    storage.lock(context.owner, Request::Use(id))?;
    let mut rows = Vec::new();
    for row in storage.read(context.owner, id)? {
        rows.extend(test.filter(Some(row))?);
    }
    if order == Some(true) {
        rows.reverse();
    }
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let wire = |row: &[Value]| -> Vec<WireValue> {
        let values = outputs.iter().map(|(output, _)| match output {
            Output::Column(position) => row[*position].to_wire(),
            Output::Constant(value, _) => value.to_wire(),
            Output::Count => WireValue::Int(count),
        });
        values.collect()
    };
    let most = limit(select, context)?;
    if counts {
        result.rows = vec![wire(&[])];
    } else {
        result.rows = rows.iter().take(most).map(|row| wire(row)).collect();
    }
    check_text(&result, context.environment)?;
    Ok(result)
}

fn outputs(
    select: &Select,
    table: &str,
    definition: &Definition,
    environment: &Environment,
) -> Result<Vec<(Output, String)>> {
    let mut outputs = Vec::new();
    for item in &select.items {
        match item {
            Item::All => {
                let columns = definition.columns.iter().enumerate();
                let all = columns.map(|(at, column)| (Output::Column(at), column.name.clone()));
                outputs.extend(all);
            }
            Item::Expression { expression, name } => {
                let output = match expression {
                    Expression::Column(column) => {
                        Output::Column(definition.resolve(table, column, "field list")?)
                    }
                    Expression::CountRows => Output::Count,
                    // It would wait at each row.
                    Expression::Sleep(_) => return Err(unsupported()),
                    expression => {
                        let (value, kind) = environment.shown(expression)?;
                        Output::Constant(value, kind)
                    }
                };
                outputs.push((output, name.clone()));
            }
        }
    }
    let has = |wanted: fn(&Output) -> bool| outputs.iter().any(|(output, _)| wanted(output));
    if has(|output| matches!(output, Output::Count))
        && has(|output| matches!(output, Output::Column(_)))
    {
        return Err(unsupported());
    }
    Ok(outputs)
}

/// Whether the rows are in the order of the key, and in the reverse one.
///
/// # Errors
///
/// 1054 for an unknown column. 1064 for any order but the key's, and for one together with a
/// condition: how MySQL finds such rows depends on its statistics.
fn order(
    select: &Select,
    table: &str,
    definition: &Definition,
    outputs: &[(Output, String)],
) -> Result<Option<bool>> {
    let Some((column, descending)) = &select.order else {
        return Ok(None);
    };
    // `ORDER BY` finds the names of the result first.
    let other = outputs.iter().any(|(output, name)| {
        let is_key =
            matches!(output, Output::Column(position) if Some(*position) == definition.key);
        matches!(output, Output::Count) || !is_key && same_name(name, &column.name)
    });
    let position = definition.resolve(table, column, "order clause")?;
    if other || definition.key != Some(position) || !select.filter.is_empty() {
        return Err(unsupported());
    }
    Ok(Some(*descending))
}

fn describe(
    output: &Output,
    name: &str,
    (database, table): (&str, &str),
    definition: &Definition,
    environment: &Environment,
) -> Column {
    let results = environment.variables.results;
    match output {
        Output::Constant(_, kind) => kind.describe(name, results),
        Output::Count => Kind::integer(21, false, false).describe(name, results),
        Output::Column(position) => {
            let column = &definition.columns[*position];
            let (kind, length, mut flags) = column.data_type.wire();
            flags.set(ColumnFlags::NOT_NULL_FLAG, !column.nullable);
            if definition.key == Some(*position) {
                flags |= ColumnFlags::PRI_KEY_FLAG | ColumnFlags::PART_KEY_FLAG;
            }
            flags.set(ColumnFlags::AUTO_INCREMENT_FLAG, column.auto_increment);
            flags.set(
                ColumnFlags::NO_DEFAULT_VALUE_FLAG,
                !column.nullable && !column.auto_increment,
            );
            TableColumn {
                database,
                table,
                column: &column.name,
                name,
                kind,
                length,
                flags,
            }
            .describe(results)
        }
    }
}

/// How many rows `LIMIT` leaves: one at least.
fn limit(select: &Select, context: Context<'_>) -> Result<usize> {
    let Some(limit) = &select.limit else {
        return Ok(usize::MAX);
    };
    match context.environment.evaluate(limit, context.parameters)? {
        (Value::Integer(count @ 1..), _) => usize::try_from(count).map_err(|_| unsupported()),
        _ if context.parameters.is_none() => Ok(0),
        _ => Err(unsupported()),
    }
}

/// # Errors
///
/// 1064 for text that the client's character set may not have.
fn check_text(rows: &Rows, environment: &Environment) -> Result<()> {
    let results = environment.variables.results;
    let known = results.is_none_or(|results| results.character_set == "utf8mb4");
    let foreign = |value: &WireValue| matches!(value, WireValue::Bytes(bytes) if !bytes.is_ascii());
    if !known && rows.rows.iter().flatten().any(foreign) {
        return Err(unsupported());
    }
    Ok(())
}
