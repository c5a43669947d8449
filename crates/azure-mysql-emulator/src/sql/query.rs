//! `SELECT`, and `WHERE` on one table.

use std::sync::Arc;

use mysql_common::{Value as WireValue, constants::ColumnFlags, packets::Column};
use mysql_handshake::ServerError;

use super::{
    ast::{Expression, Filter, Item, Select},
    error::{Result, unknown_column, unsupported},
    expression::{Context, Environment},
    interface::ResultSet,
    locks::{Key, Request},
    metadata::Kind,
    storage::{Row, Stop, Storage},
    table::{DataType, Definition, Value, same_name, same_text},
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
            let data_type = definition.columns[position].data_type;
            let value = data_type.coerce(value);
            let certain = match (&value, data_type.range()) {
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
            let holds = match (&row.values[*position], value) {
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
        Value::Null | Value::Real(_) | Value::Text(_) => None,
    }
}

/// What stands in a column of the result.
enum Output {
    Column(usize),
    Constant(Value, Kind),
    Count,
}

/// Runs it, or says only which columns it has.
pub(super) fn select(
    select: &Select,
    context: Context<'_>,
    storage: &mut Storage,
) -> Result<ResultSet, Stop> {
    let environment = context.environment;
    let Some(name) = select.from.as_deref() else {
        let mut result = ResultSet::default();
        for (output, name) in outputs(select, "", None, context)? {
            let Output::Constant(value, kind) = output else {
                return Err(unsupported().into());
            };
            let results = environment.variables.results;
            result.columns.push(kind.describe(&name, results));
            result.rows.resize(1, Vec::new());
            result.rows[0].push(value.to_wire());
        }
        limit(select, context)?;
        check_text(&result, environment)?;
        return Ok(result);
    };
    let database = environment.database.as_deref();
    let table = storage.get(database, name)?;
    let (id, definition) = (table.id, Arc::clone(&table.definition));
    let outputs = outputs(select, name, Some(&definition), context)?;
    let test = Test::resolve(&select.filter, name, &definition, context)?;
    let order = order(select, name, &definition, &outputs)?;
    let columns = outputs.iter().map(|(output, shown)| {
        let table = (database.unwrap_or_default(), name);
        describe(output, shown, table, &definition, environment)
    });
    let mut result = ResultSet {
        columns: columns.collect(),
        no_index_used: reads_all(&outputs, &test, order.is_some(), definition.key),
        ..ResultSet::default()
    };
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
    result.rows = if counts(&outputs) {
        vec![wire(&[])]
    } else {
        rows.iter()
            .take(most)
            .map(|row| wire(&row.values))
            .collect()
    };
    check_text(&result, environment)?;
    Ok(result)
}

fn counts(outputs: &[(Output, String)]) -> bool {
    outputs
        .iter()
        .any(|(output, _)| matches!(output, Output::Count))
}

/// Whether MySQL looks at all rows without the help of the key, and says so.
fn reads_all(outputs: &[(Output, String)], test: &Test, ordered: bool, key: Option<usize>) -> bool {
    let other = |position: &usize| Some(*position) != key;
    let shows_other = outputs
        .iter()
        .any(|(output, _)| matches!(output, Output::Column(position) if other(position)));
    let tests_key = test.0.iter().any(|(position, _)| !other(position));
    let by_key = key.is_some() && (ordered || tests_key || test.0.is_empty() && !shows_other);
    !(by_key || counts(outputs) && test.0.is_empty())
}

fn outputs(
    select: &Select,
    table: &str,
    definition: Option<&Definition>,
    context: Context<'_>,
) -> Result<Vec<(Output, String)>> {
    let mut outputs = Vec::new();
    for item in &select.items {
        let (expression, name) = match (item, definition) {
            (Item::Expression { expression, name }, _) => (expression, name),
            (Item::All, None) => {
                return Err(ServerError::new(1096, *b"HY000", "No tables used"));
            }
            (Item::All, Some(definition)) => {
                let columns = definition.columns.iter().enumerate();
                let all = columns.map(|(at, column)| (Output::Column(at), column.name.clone()));
                outputs.extend(all);
                continue;
            }
        };
        let output = match (expression, definition) {
            (Expression::Column(column), Some(definition)) => {
                Output::Column(definition.resolve(table, column, "field list")?)
            }
            (Expression::Column(column), None) if column.table.is_none() => {
                return Err(unknown_column(&column.name, "field list"));
            }
            (Expression::CountRows, Some(_)) => Output::Count,
            // It would wait at each row.
            (Expression::Sleep(..) | Expression::Parameter(_), Some(_)) => {
                return Err(unsupported());
            }
            (expression, _) => {
                let (value, kind) = context
                    .environment
                    .evaluate(expression, context.parameters)?;
                Output::Constant(value, kind)
            }
        };
        outputs.push((output, name.clone()));
    }
    let has_column = |(output, _): &(Output, _)| matches!(output, Output::Column(_));
    if counts(&outputs) && outputs.iter().any(has_column) {
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
            let is_key = definition.key == Some(*position);
            let flag = |flag, is_so| if is_so { flag } else { ColumnFlags::empty() };
            let flags = flag(ColumnFlags::NOT_NULL_FLAG, !column.nullable)
                | flag(ColumnFlags::BLOB_FLAG, column.data_type == DataType::Text)
                | flag(ColumnFlags::PRI_KEY_FLAG, is_key)
                | flag(ColumnFlags::PART_KEY_FLAG, is_key)
                | flag(ColumnFlags::AUTO_INCREMENT_FLAG, column.auto_increment)
                | flag(
                    ColumnFlags::NO_DEFAULT_VALUE_FLAG,
                    !column.nullable && !column.auto_increment,
                );
            let names = (database, table, &*column.name);
            let kind = column.data_type.kind(flags);
            kind.describe_column(names, name, results)
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
fn check_text(rows: &ResultSet, environment: &Environment) -> Result<()> {
    let results = environment.variables.results;
    let known = results.is_none_or(|results| results.character_set == "utf8mb4");
    let foreign = |value: &WireValue| matches!(value, WireValue::Bytes(bytes) if !bytes.is_ascii());
    if !known && rows.rows.iter().flatten().any(foreign) {
        return Err(unsupported());
    }
    Ok(())
}
