//! `CREATE TABLE` and `DROP TABLE`.

use super::{
    ast::{ColumnDefinition, CreateTable, Expression, TableName},
    error::SqlError,
    expression::Environment,
    locks::{Owner, Request},
    names,
    storage::{Stop, Storage},
    table::{ColumnSpec, DataType, Definition, Value},
};

/// Makes a table; gives the error that is only a note if the statement says `IF NOT EXISTS`.
pub(super) fn create_table(
    create: &CreateTable,
    environment: &Environment,
    storage: &mut Storage,
) -> Result<Option<SqlError>, SqlError> {
    check_name(&create.table.name, 1103, "table")?;
    let (database, name) = names::locate(&create.table, environment, storage)?;
    let definition = definition(create)?;
    if storage.find(&database, &name).is_some() {
        let message = format!("Table '{name}' already exists");
        let exists = SqlError::new(1050, *b"42S01", message);
        return if create.if_not_exists {
            Ok(Some(exists))
        } else {
            Err(exists)
        };
    }
    storage.create(&database, &name, definition)?;
    Ok(None)
}

fn check_name(name: &str, number: u16, what: &str) -> Result<(), SqlError> {
    if name.ends_with(' ') {
        let message = format!("Incorrect {what} name '{name}'");
        return Err(SqlError::new(number, *b"42000", message));
    }
    Ok(())
}

fn definition(create: &CreateTable) -> Result<Definition, SqlError> {
    let mut columns: Vec<ColumnSpec> = Vec::new();
    for definition in &create.columns {
        check_name(&definition.name, 1166, "column")?;
        // Which of several faults MySQL names is not known here.
        columns.push(column(definition)?);
    }
    for (index, column) in columns.iter().enumerate() {
        let earlier = &columns[..index];
        if earlier
            .iter()
            .any(|earlier| super::table::same_name(&earlier.name, &column.name))
        {
            let message = format!("Duplicate column name '{}'", column.name);
            return Err(SqlError::new(1060, *b"42S21", message));
        }
    }
    let mut keys = create
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.primary_key);
    let mut key = keys.next().map(|(position, _)| position);
    if keys.next().is_some() || key.is_some() && create.key.is_some() {
        return Err(SqlError::new(
            1068,
            *b"42000",
            "Multiple primary key defined",
        ));
    }
    let mut definition = Definition { columns, key };
    if let Some(name) = &create.key {
        key = definition.position(name);
        if key.is_none() {
            let message = format!("Key column '{name}' doesn't exist in table");
            return Err(SqlError::new(1072, *b"42000", message));
        }
        definition.key = key;
    }
    let auto: Vec<usize> = (0..definition.columns.len())
        .filter(|position| definition.columns[*position].auto_increment)
        .collect();
    if auto.len() > 1 || auto.first().is_some_and(|auto| key != Some(*auto)) {
        return Err(SqlError::new(
            1075,
            *b"42000",
            "Incorrect table definition; there can be only one auto column and it must be defined as \
             a key",
        ));
    }
    if let Some(key) = key {
        set_key(&mut definition.columns[key], &create.columns[key])?;
    }
    definition.check_row_length()?;
    Ok(definition)
}

fn set_key(column: &mut ColumnSpec, said: &ColumnDefinition) -> Result<(), SqlError> {
    if column.data_type.range().is_none() {
        return Err(SqlError::unsupported());
    }
    if said.nullable == Some(true) {
        return Err(SqlError::new(
            1171,
            *b"42000",
            "All parts of a PRIMARY KEY must be NOT NULL; if you need NULL in a key, use UNIQUE \
             instead",
        ));
    }
    if matches!(said.default, Some(Expression::Null)) {
        return Err(SqlError::unsupported());
    }
    column.nullable = false;
    if column.default == Some(Value::Null) {
        column.default = None;
    }
    Ok(())
}

fn column(said: &ColumnDefinition) -> Result<ColumnSpec, SqlError> {
    let name = &said.name;
    said.data_type.check(name)?;
    let nullable = said.nullable != Some(false) && !said.auto_increment;
    let mut column = ColumnSpec {
        name: name.clone(),
        data_type: said.data_type,
        nullable,
        default: nullable.then_some(Value::Null),
        auto_increment: said.auto_increment,
    };
    if said.auto_increment
        && (said.default.is_some()
            || said.data_type.range().is_none()
            || said.nullable == Some(true))
    {
        return Err(SqlError::unsupported());
    }
    let Some(default) = &said.default else {
        return Ok(column);
    };
    let value = match default {
        Expression::Null => Value::Null,
        Expression::Integer { value, .. } => Value::Integer(*value),
        Expression::Text(text) => Value::Text(text.as_str().into()),
        _ => return Err(SqlError::unsupported()),
    };
    if said.data_type == DataType::Text && value != Value::Null {
        let message =
            format!("BLOB, TEXT, GEOMETRY or JSON column '{name}' can't have a default value");
        return Err(SqlError::new(1101, *b"42000", message));
    }
    let invalid = |error: SqlError| {
        if error.number == 1064 {
            return error;
        }
        SqlError::new(
            1067,
            *b"42000",
            format!("Invalid default value for '{name}'"),
        )
    };
    let coerced = column.coerce(value, 1).map_err(invalid)?;
    if coerced.cut {
        return Err(SqlError::unsupported());
    }
    column.default = Some(coerced.value);
    Ok(column)
}

/// Drops tables; gives the error that is only a note if the statement says `IF EXISTS`, for each table
/// that is not there.
pub(super) fn drop_tables(
    tables: &[TableName],
    if_exists: bool,
    environment: &Environment,
    (storage, owner): (&mut Storage, Owner),
) -> Result<Vec<SqlError>, Stop> {
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for table in tables {
        let (database, name) = names::locate(table, environment, storage)?;
        match storage.find(&database, &name) {
            Some(table) if found.contains(&table.id) => {
                let message = format!("Not unique table/alias: '{name}'");
                return Err(SqlError::new(1066, *b"42000", message).into());
            }
            Some(table) => found.push(table.id),
            None => missing.push(format!("{database}.{name}")),
        }
    }
    if !if_exists && !missing.is_empty() {
        let message = format!("Unknown table '{}'", missing.join(","));
        return Err(SqlError::new(1051, *b"42S02", message).into());
    }
    for id in &found {
        storage.lock(owner, Request::Drop(*id))?;
    }
    for id in found {
        storage.drop_table(id);
    }
    let note = |name: &String| SqlError::new(1051, *b"42S02", format!("Unknown table '{name}'"));
    Ok(missing.iter().map(note).collect())
}
