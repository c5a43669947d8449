//! `SELECT`.

use std::cmp::Ordering;

use mysql_common::{constants::ColumnFlags, packets::Column};

use super::{
    ast::{ColumnName, Expression, Item, Limit, Select},
    condition::{Named, Test},
    error::SqlError,
    expression::{Environment, check_shown, sleep_of},
    interface::Rows,
    locks::{Owner, Request},
    metadata::{Kind, TableColumn},
    storage::{Row, Stop, Storage},
    table::{Definition, Value},
};

/// What stands in a column of the result.
enum Output {
    Column(usize),
    Constant(Value, Kind),
    Count,
}

/// A `SELECT` whose names are known.
struct Plan {
    outputs: Vec<(Output, String)>,
    test: Option<Test>,
    order: Vec<(usize, bool)>,
}

/// Runs it without a table.
pub(super) fn select_values(
    select: &Select,
    environment: &Environment,
    parameters: &[Value],
) -> Result<Rows, SqlError> {
    let mut result = Rows::default();
    let mut row = Vec::new();
    for item in &select.items {
        let Item::Expression { expression, name } = item else {
            return Err(SqlError::new(1096, *b"HY000", "No tables used"));
        };
        if let Expression::Column(column) = expression {
            if !column.qualifiers.is_empty() {
                return Err(SqlError::unsupported());
            }
            return Err(SqlError::unknown_column(&column.name, "field list"));
        }
        let (value, kind) = environment.evaluate(expression, parameters)?;
        check_shown(expression, kind)?;
        result
            .columns
            .push(kind.describe(name, environment.variables.results));
        row.push(value);
    }
    if cut(
        vec![row],
        select.limit.as_ref(),
        environment,
        parameters,
        |row| {
            result.rows.push(row.iter().map(Value::to_wire).collect());
            Ok(())
        },
    )? {
        check_text(&result, environment)?;
    }
    Ok(result)
}

/// Runs it on a table, or says only which columns it has.
pub(super) fn select_rows(
    select: &Select,
    environment: &Environment,
    parameters: &[Value],
    (storage, owner): (&mut Storage, Owner),
    only_columns: bool,
) -> Result<Rows, Stop> {
    let Some((table_name, alias)) = &select.from else {
        return Err(SqlError::unsupported().into());
    };
    let (database, name) = super::names::locate(table_name, environment, storage)?;
    let table = super::names::find(storage, &database, &name)?;
    let (id, definition) = (table.id, table.definition.clone());
    let alias = alias.as_ref().map(|alias| alias.to_lowercase());
    let named = Named {
        database: &database,
        alias: alias.as_deref().unwrap_or(&name),
        definition: &definition,
    };
    let plan = plan(select, &named, environment, parameters)?;
    let mut result = Rows {
        columns: columns(&plan, &named, &name, environment),
        no_index_used: plan.no_index_used(&definition, select.limit.is_some()),
        ..Rows::default()
    };
    if only_columns {
        return Ok(result);
    }
    storage.lock(owner, Request::Use(id))?;
    let mut rows = Vec::new();
    for (_, row) in storage.read(owner, id)? {
        let holds = plan
            .test
            .as_ref()
            .map_or(Ok(Some(true)), |test| test.holds(&row))?;
        if holds == Some(true) {
            rows.push(row);
        }
    }
    if plan.counts() {
        let count = i128::try_from(rows.len()).unwrap_or(i128::MAX);
        rows = vec![Row::from([Value::Integer(count)])];
    }
    plan.sort(&mut rows)?;
    cut(
        rows,
        select.limit.as_ref(),
        environment,
        parameters,
        |row| {
            let values = plan.outputs.iter().map(|(output, _)| match output {
                Output::Column(column) => row[*column].to_wire(),
                Output::Constant(value, _) => value.to_wire(),
                Output::Count => row[0].to_wire(),
            });
            result.rows.push(values.collect());
            Ok(())
        },
    )?;
    check_text(&result, environment)?;
    Ok(result)
}

fn plan(
    select: &Select,
    table: &Named<'_>,
    environment: &Environment,
    parameters: &[Value],
) -> Result<Plan, SqlError> {
    let mut outputs = Vec::new();
    for item in &select.items {
        match item {
            Item::All(qualifiers) => {
                if qualifiers
                    .iter()
                    .any(|name| name.to_lowercase() != table.alias)
                {
                    return Err(SqlError::unsupported());
                }
                let columns = table.definition.columns.iter().enumerate();
                outputs.extend(
                    columns
                        .map(|(position, column)| (Output::Column(position), column.name.clone())),
                );
            }
            Item::Expression { expression, name } => {
                let output = output(expression, table, environment, parameters)?;
                // Without an alias a column is called as the table calls it.
                let name = match (&output, expression) {
                    (Output::Column(position), Expression::Column(column))
                        if column.name == *name =>
                    {
                        table.definition.columns[*position].name.clone()
                    }
                    _ => name.clone(),
                };
                outputs.push((output, name));
            }
        }
    }
    let test = match &select.filter {
        Some(condition) => Some(Test::resolve(condition, table, environment, parameters)?),
        None => None,
    };
    let mut order = Vec::new();
    for (column, descending) in &select.order {
        let position = ordering_column(column, &outputs, table)?;
        if table.definition.columns[position]
            .data_type
            .range()
            .is_none()
        {
            return Err(SqlError::unsupported());
        }
        order.push((position, *descending));
    }
    let plan = Plan {
        outputs,
        test,
        order,
    };
    let columns = plan
        .outputs
        .iter()
        .any(|(output, _)| matches!(output, Output::Column(_)));
    if plan.counts() && (columns || !plan.order.is_empty()) {
        return Err(SqlError::unsupported());
    }
    Ok(plan)
}

fn output(
    expression: &Expression,
    table: &Named<'_>,
    environment: &Environment,
    parameters: &[Value],
) -> Result<Output, SqlError> {
    Ok(match expression {
        Expression::Column(column) => Output::Column(table.resolve(column, "field list")?),
        Expression::CountRows => Output::Count,
        expression => {
            // It would wait at each row.
            if sleep_of(expression, parameters)? > 0.0 {
                return Err(SqlError::unsupported());
            }
            let (value, kind) = environment.evaluate(expression, parameters)?;
            check_shown(expression, kind)?;
            Output::Constant(value, kind)
        }
    })
}

/// `ORDER BY` finds the names of the result first.
fn ordering_column(
    column: &ColumnName,
    outputs: &[(Output, String)],
    table: &Named<'_>,
) -> Result<usize, SqlError> {
    if column.qualifiers.is_empty() {
        let mut found = None;
        for (output, name) in outputs {
            if super::table::same_name(name, &column.name) {
                match (output, found) {
                    (Output::Column(position), None) => found = Some(*position),
                    (Output::Column(position), Some(before)) if *position == before => {}
                    _ => return Err(SqlError::unsupported()),
                }
            }
        }
        if let Some(position) = found {
            return Ok(position);
        }
    }
    table.resolve(column, "order clause")
}

fn columns(
    plan: &Plan,
    table: &Named<'_>,
    org_table: &str,
    environment: &Environment,
) -> Vec<Column> {
    let results = environment.variables.results;
    let describe = |(output, name): &(Output, String)| match output {
        Output::Constant(_, kind) => kind.describe(name, results),
        Output::Count => Kind::integer(21, false, false).describe(name, results),
        Output::Column(position) => {
            let column = &table.definition.columns[*position];
            let (kind, length, mut flags) = column.data_type.wire();
            flags.set(ColumnFlags::NOT_NULL_FLAG, !column.nullable);
            if table.definition.key == Some(*position) {
                flags |= ColumnFlags::PRI_KEY_FLAG | ColumnFlags::PART_KEY_FLAG;
            }
            flags.set(ColumnFlags::AUTO_INCREMENT_FLAG, column.auto_increment);
            flags.set(
                ColumnFlags::NO_DEFAULT_VALUE_FLAG,
                column.default.is_none() && !column.auto_increment,
            );
            TableColumn {
                database: table.database,
                table: org_table,
                alias: table.alias,
                column: &column.name,
                name,
                kind,
                length,
                flags,
            }
            .describe(results)
        }
    };
    plan.outputs.iter().map(describe).collect()
}

impl Plan {
    fn counts(&self) -> bool {
        self.outputs
            .iter()
            .any(|(output, _)| matches!(output, Output::Count))
    }

    /// Whether MySQL looks at all rows, and says so. With a condition on the key it depends on the
    /// optimiser's statistics, too; here it never does.
    fn no_index_used(&self, definition: &Definition, limited: bool) -> bool {
        if self.counts() && self.test.is_none() {
            return false;
        }
        let Some(key) = definition.key else {
            return true;
        };
        if let Some(test) = &self.test {
            if test.narrows(key) {
                return false;
            }
        } else if limited && self.order.first().is_some_and(|(column, _)| *column == key) {
            return false;
        }
        let shown = self.outputs.iter().filter_map(|(output, _)| match output {
            Output::Column(column) => Some(*column),
            Output::Constant(..) | Output::Count => None,
        });
        let tested = self.test.iter().flat_map(Test::columns);
        let ordered = self.order.iter().map(|(column, _)| *column);
        let mut used = shown.chain(tested).chain(ordered);
        used.any(|column| column != key)
    }

    /// # Errors
    ///
    /// 1064 if the order of two different rows is not said: MySQL may choose either.
    fn sort(&self, rows: &mut [Row]) -> Result<(), SqlError> {
        let compare = |left: &Row, right: &Row| {
            let mut orders = self.order.iter().map(|(column, descending)| {
                let order = number(&left[*column]).cmp(&number(&right[*column]));
                if *descending { order.reverse() } else { order }
            });
            orders
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal)
        };
        if self.order.is_empty() {
            return Ok(());
        }
        rows.sort_by(compare);
        let unclear = |pair: &[Row]| {
            let mut shown = self.outputs.iter();
            compare(&pair[0], &pair[1]).is_eq()
                && shown.any(|(output, _)| match output {
                    Output::Column(column) => pair[0][*column] != pair[1][*column],
                    _ => false,
                })
        };
        if rows.windows(2).any(unclear) {
            return Err(SqlError::unsupported());
        }
        Ok(())
    }
}

/// NULL comes first.
fn number(value: &Value) -> Option<i128> {
    match value {
        Value::Integer(number) => Some(*number),
        Value::Null | Value::Text(_) => None,
    }
}

/// Hands on the rows that `LIMIT` leaves; true if there is any.
fn cut<T>(
    rows: Vec<T>,
    limit: Option<&Limit>,
    environment: &Environment,
    parameters: &[Value],
    mut take: impl FnMut(T) -> Result<(), SqlError>,
) -> Result<bool, SqlError> {
    let number = |expression: &Expression| match environment.evaluate(expression, parameters)? {
        (Value::Integer(number), _) => usize::try_from(number).map_err(|_| SqlError::unsupported()),
        _ => Err(SqlError::unsupported()),
    };
    let (mut skip, mut count) = (0, usize::MAX);
    if let Some(limit) = limit {
        count = number(&limit.count)?;
        skip = limit.offset.as_ref().map_or(Ok(0), number)?;
    }
    let mut any = false;
    for row in rows.into_iter().skip(skip).take(count) {
        any = true;
        take(row)?;
    }
    Ok(any)
}

/// # Errors
///
/// 1064 for text that the client's character set may not have.
fn check_text(rows: &Rows, environment: &Environment) -> Result<(), SqlError> {
    if environment
        .variables
        .results
        .is_none_or(|results| results.character_set == "utf8mb4")
    {
        return Ok(());
    }
    let foreign = |value: &mysql_common::Value| match value {
        mysql_common::Value::Bytes(bytes) => !bytes.is_ascii(),
        _ => false,
    };
    if rows.rows.iter().flatten().any(foreign) {
        return Err(SqlError::unsupported());
    }
    Ok(())
}
