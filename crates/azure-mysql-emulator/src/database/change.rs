//! Rows that are written, changed and removed.

use rusqlite::types::Value;
use sqlparser::ast::{Assignment, Delete, FromTable, TableFactor, TableWithJoins, Update};

use super::written_row::Change;
use super::{
    Done, SqlError,
    catalogue::{DefaultValue, Table, quote},
    context::Context,
    inserted_rows::{is_default, target},
    storage::Lease,
    store::{self, Place},
    temporal,
    translate::{Relation, Translator},
    types::Type,
};

/// More than this in one result or change is too much.
const MOST_BYTES: usize = 64 << 20;

/// All rows of a query.
pub(crate) fn fetch(
    translator: &mut Translator<'_>,
    sql: &str,
    columns: usize,
) -> Result<Vec<Vec<Value>>, SqlError> {
    let bindings = translator.bindings().to_vec();
    let mut statement = translator.connection.prepare(sql)?;
    bind(&mut statement, &bindings)?;
    let mut rows = statement.raw_query();
    let mut all = Vec::new();
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        let mut values = Vec::with_capacity(columns);
        for index in 0..columns {
            let value: Value = row.get(index)?;
            bytes += size_of::<Value>()
                + match &value {
                    Value::Text(text) => text.len(),
                    Value::Blob(blob) => blob.len(),
                    _ => 0,
                };
            values.push(value);
        }
        if bytes > MOST_BYTES {
            return Err(SqlError::new(
                1114,
                *b"HY000",
                "The table is full: the emulator holds no more than 64 MiB of a result",
            ));
        }
        all.push(values);
    }
    Ok(all)
}

/// As many as the statement has.
fn bind(statement: &mut rusqlite::Statement<'_>, bindings: &[Value]) -> Result<(), SqlError> {
    let count = statement.parameter_count().min(bindings.len());
    for (index, value) in bindings.iter().take(count).enumerate() {
        statement.raw_bind_parameter(index + 1, value)?;
    }
    Ok(())
}

/// Changes rows of a table; tells how many were found and how many changed.
pub(crate) fn update_rows(
    translator: &mut Translator<'_>,
    table: &Table,
    alias: &str,
    assignments: &[Assignment],
    rest: impl FnOnce(&mut Translator<'_>) -> Result<String, SqlError>,
) -> Result<(u64, u64), SqlError> {
    translator.open_scope();
    let sql_alias = "\"target\"";
    translator.see(Relation::of_table(table, alias, sql_alias.to_owned()));
    let mut assigned: Vec<(usize, Option<Type>)> = Vec::new();
    let mut selected = vec![format!("{sql_alias}.{}", table.row_number()?)];
    for assignment in assignments {
        let name = target(assignment)?;
        let position = table
            .position(&name)
            .ok_or_else(|| SqlError::unknown_column(&name, "field list"))?;
        if is_default(&assignment.value) {
            assigned.push((position, None));
            selected.push("NULL".to_owned());
            continue;
        }
        let value = translator.expression(&assignment.value)?;
        if value.aggregate {
            return Err(SqlError::new(
                1111,
                *b"HY000",
                "Invalid use of group function",
            ));
        }
        for (earlier, _) in &assigned {
            let column = format!("{sql_alias}.{}", quote(&table.columns[*earlier].name));
            if value.columns.contains(&column) {
                return Err(SqlError::unsupported(
                    "an assignment that uses an earlier one",
                ));
            }
        }
        assigned.push((position, Some(value.kind)));
        selected.push(value.sql);
    }
    selected.extend(
        table
            .columns
            .iter()
            .map(|c| format!("{sql_alias}.{}", quote(&c.name))),
    );
    let rest = rest(translator)?;
    translator.close_scope();
    let sql = format!(
        "SELECT {} FROM {} AS {sql_alias}{rest}",
        selected.join(", "),
        table.sqlite_name()
    );
    let rows = fetch(translator, &sql, selected.len())?;
    let found = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let mut changed = 0;
    for (index, row) in rows.into_iter().enumerate() {
        changed += u64::from(update_row(translator, table, &assigned, row, index + 1)?);
    }
    Ok((found, changed))
}

/// The row holds its number, the new values and the old ones.
fn update_row(
    translator: &mut Translator<'_>,
    table: &Table,
    assigned: &[(usize, Option<Type>)],
    mut row: Vec<Value>,
    number: usize,
) -> Result<bool, SqlError> {
    let offset = translator.context.variables.time_offset();
    let old = row.split_off(1 + assigned.len());
    let mut new = old.clone();
    let mut row = row.into_iter();
    let Some(Value::Integer(row_number)) = row.next() else {
        return Err(SqlError::unsupported("a row without a number"));
    };
    for ((position, kind), value) in assigned.iter().zip(row) {
        let column = &table.columns[*position];
        let place = Place {
            column,
            row: number,
            offset,
        };
        new[*position] = match kind {
            Some(kind) => store::store(value, *kind, place)?,
            None => match &column.default {
                Some(DefaultValue::Literal(text)) => store::store(
                    Value::Text(text.clone()),
                    super::types::varchar(0),
                    Place { offset: 0, ..place },
                )?,
                Some(DefaultValue::Null) => Value::Null,
                _ => return Err(SqlError::unsupported("DEFAULT of that column")),
            },
        };
    }
    if new == old {
        return Ok(false);
    }
    for (position, column) in table.columns.iter().enumerate() {
        if column.touched && !assigned.iter().any(|(assigned, _)| *assigned == position) {
            let local = matches!(column.kind, Type::DateTime { .. });
            let now = translator.context.now + if local { offset } else { 0 };
            new[position] = Value::Integer(temporal::truncate(now, column.kind.scale()));
        }
    }
    let mut sets = Vec::new();
    let mut bound = Vec::new();
    for (position, column) in table.columns.iter().enumerate() {
        if new[position] != old[position] {
            bound.push(new[position].clone());
            sets.push(format!("{} = ?{}", quote(&column.name), bound.len()));
        }
    }
    bound.push(Value::Integer(row_number));
    let sql = format!(
        "UPDATE {} SET {} WHERE {} = ?{}",
        table.sqlite_name(),
        sets.join(", "),
        table.row_number()?,
        bound.len()
    );
    let child = table.foreign_keys.iter().any(|key| {
        key.columns.iter().any(|name| {
            table
                .position(name)
                .is_some_and(|position| new[position] != old[position])
        })
    });
    let change = Change::new(table, translator.context);
    change.write(
        translator.connection,
        &sql,
        &bound,
        &new,
        Some(row_number),
        child,
    )?;
    Ok(true)
}

/// The one table of an `UPDATE` or `DELETE`, and what the statement calls it.
fn single_table(
    translator: &mut Translator<'_>,
    tree: &TableWithJoins,
) -> Result<(Table, String), SqlError> {
    let TableFactor::Table {
        name,
        alias,
        args: None,
        with_hints,
        partitions,
        ..
    } = &tree.relation
    else {
        return Err(SqlError::unsupported(tree));
    };
    if !tree.joins.is_empty() || !with_hints.is_empty() || !partitions.is_empty() {
        return Err(SqlError::unsupported("a change of several tables"));
    }
    let table = translator.table(name)?;
    let shown = alias
        .as_ref()
        .map_or_else(|| table.name.clone(), |alias| alias.name.value.clone());
    Ok((table, shown))
}

fn conditions(
    translator: &mut Translator<'_>,
    selection: Option<&sqlparser::ast::Expr>,
    order_by: &[sqlparser::ast::OrderByExpr],
    limit: Option<&sqlparser::ast::Expr>,
) -> Result<String, SqlError> {
    let mut sql = String::new();
    if let Some(selection) = selection {
        let condition = translator.condition(selection)?;
        sql.push_str(&format!(" WHERE {condition}"));
    }
    let mut terms = Vec::new();
    for term in order_by {
        terms.push(translator.sorted(term)?);
    }
    if !terms.is_empty() {
        sql.push_str(&format!(" ORDER BY {}", terms.join(", ")));
    }
    if let Some(limit) = limit {
        sql.push_str(&format!(" LIMIT {}", translator.limit_number(limit)?));
    }
    Ok(sql)
}

pub(crate) fn update(
    context: &Context,
    lease: &mut Lease,
    update: &Update,
    parameters: (&[Value], &[Type]),
) -> Result<Done, SqlError> {
    let plain = update.on_cluster.is_none()
        && update.from.is_none()
        && update.returning.is_none()
        && update.output.is_none()
        && update.or.is_none()
        && update.settings.is_none();
    if !plain {
        return Err(SqlError::unsupported(update));
    }
    let mut translator = Translator::new(context, lease, parameters.0, parameters.1);
    let (table, alias) = single_table(&mut translator, &update.table)?;
    let (found, changed) = update_rows(
        &mut translator,
        &table,
        &alias,
        &update.assignments,
        |translator| {
            conditions(
                translator,
                update.selection.as_ref(),
                &update.order_by,
                update.limit.as_ref(),
            )
        },
    )?;
    Ok(Done {
        affected_rows: if context.count_found_rows {
            found
        } else {
            changed
        },
        last_insert_id: 0,
        info: format!("Rows matched: {found}  Changed: {changed}  Warnings: 0"),
    })
}

pub(crate) fn delete(
    context: &Context,
    lease: &mut Lease,
    delete: &Delete,
    parameters: (&[Value], &[Type]),
) -> Result<Done, SqlError> {
    let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
    let plain = delete.on_cluster.is_none()
        && delete.using.is_none()
        && delete.returning.is_none()
        && delete.output.is_none()
        && delete.settings.is_none()
        && delete.tables.is_empty();
    let ([from], true) = (from.as_slice(), plain) else {
        return Err(SqlError::unsupported(delete));
    };
    let mut translator = Translator::new(context, lease, parameters.0, parameters.1);
    let (table, alias) = single_table(&mut translator, from)?;
    translator.open_scope();
    translator.see(Relation::of_table(&table, &alias, "\"target\"".to_owned()));
    let rest = conditions(
        &mut translator,
        delete.selection.as_ref(),
        &delete.order_by,
        delete.limit.as_ref(),
    )?;
    translator.close_scope();
    let number = table.row_number()?;
    let sql = format!(
        "DELETE FROM {0} WHERE {number} IN (SELECT \"target\".{number} FROM {0} AS \"target\"{rest})",
        table.sqlite_name()
    );
    let bindings = translator.bindings().to_vec();
    let result = translator
        .connection
        .prepare(&sql)
        .map_err(SqlError::from)
        .and_then(|mut statement| {
            bind(&mut statement, &bindings)?;
            let change = Change::new(&table, context);
            statement
                .raw_execute()
                .map_err(|error| change.explain(lease_of(&translator), error, &[], None, false))
        });
    let deleted = result?;
    Ok(Done {
        affected_rows: u64::try_from(deleted).unwrap_or(u64::MAX),
        ..Done::default()
    })
}

fn lease_of<'a>(translator: &'a Translator<'_>) -> &'a Lease {
    translator.connection
}
