//! Tables that are made, changed and removed.

use sqlparser::ast::{CreateIndex, CreateTable, ObjectName, ObjectType};

use super::alter::drop_index;
use super::rebuild::rebuild;
use super::{
    SqlError,
    catalogue::{self, Column, Table, same_name},
    constraint::{add_index, index_columns},
    context::Context,
    definition::check_name,
    storage::Lease,
    translate::{Translator, split_name},
};

pub(crate) fn translator<'a>(context: &'a Context, lease: &'a mut Lease) -> Translator<'a> {
    Translator::new(context, lease, &[], &[])
}

/// Whether a table was made.
pub(crate) fn create_table(
    context: &mut Context,
    lease: &mut Lease,
    create: &CreateTable,
) -> Result<bool, SqlError> {
    let (database, name) = split_name(&create.name)?;
    let Some(database) = database.or_else(|| context.database.clone()) else {
        return Err(SqlError::no_database());
    };
    lease.attach(&database)?;
    let tables = catalogue::load_all(lease, &database)?;
    let known = if create.temporary {
        context.temporary.contains_key(&name)
    } else {
        tables.iter().any(|table| table.name == name)
    };
    if known {
        if create.if_not_exists {
            return Ok(false);
        }
        return Err(exists(&name));
    }
    if !create.temporary && tables.iter().any(|table| same_name(&table.name, &name)) {
        return Err(SqlError::unsupported(
            "tables whose names differ in case only",
        ));
    }
    let mut translator = translator(context, lease);
    let table = translator.define(create)?;
    for check in &table.checks {
        if let Some(other) = tables
            .iter()
            .find(|t| t.checks.iter().any(|c| same_name(&c.name, &check.name)))
        {
            let _ = other;
            return Err(SqlError::new(
                3822,
                *b"HY000",
                format!("Duplicate check constraint name '{}'.", check.name),
            ));
        }
    }
    for key in &table.foreign_keys {
        if tables.iter().any(|t| {
            t.foreign_keys
                .iter()
                .any(|other| same_name(&other.name, &key.name))
        }) {
            return Err(SqlError::new(
                1826,
                *b"HY000",
                format!("Duplicate foreign key constraint name '{}'", key.name),
            ));
        }
    }
    for sql in translator.create_statements(&table, &table.name)? {
        translator.connection.execute_batch(&sql)?;
    }
    catalogue::save(lease, &table)?;
    if table.temporary {
        context.temporary.insert(table.name.clone(), table);
    } else {
        context.storage.set_next_id(&database, &name, None);
    }
    Ok(true)
}

fn exists(name: &str) -> SqlError {
    SqlError::new(1050, *b"42S01", format!("Table '{name}' already exists"))
}

/// `DROP TABLE`.
pub(crate) fn drop_tables(
    context: &mut Context,
    lease: &mut Lease,
    kind: ObjectType,
    names: &[ObjectName],
    (if_exists, temporary): (bool, bool),
) -> Result<(), SqlError> {
    if kind != ObjectType::Table {
        return Err(SqlError::unsupported(format!("DROP {kind}")));
    }
    let mut tables = Vec::new();
    let mut missing = Vec::new();
    for name in names {
        match translator(context, lease).table(name) {
            Ok(table) if !temporary || table.temporary => tables.push(table),
            Err(error) if error.number != 1146 && error.number != 1049 => return Err(error),
            _ => {
                let (database, table) = split_name(name)?;
                let database = database
                    .or_else(|| context.database.clone())
                    .unwrap_or_default();
                missing.push(format!("{database}.{table}"));
            }
        }
    }
    if !missing.is_empty() && !if_exists {
        return Err(SqlError::new(
            1051,
            *b"42S02",
            format!("Unknown table '{}'", missing.join(",")),
        ));
    }
    for table in &tables {
        if !table.temporary && context.variables.foreign_key_checks() {
            for child in catalogue::load_all(lease, &table.database)? {
                if tables.iter().any(|gone| gone.name == child.name) {
                    continue;
                }
                if let Some(key) = child
                    .foreign_keys
                    .iter()
                    .find(|key| key.table == table.name)
                {
                    return Err(SqlError::new(
                        3730,
                        *b"HY000",
                        format!(
                            "Cannot drop table '{}' referenced by a foreign key constraint '{}' on \
                             table '{}'.",
                            table.name, key.name, child.name
                        ),
                    ));
                }
            }
        }
        lease.execute_batch(&format!("DROP TABLE {}", table.sqlite_name()))?;
        catalogue::forget(lease, table)?;
        if table.temporary {
            context.temporary.remove(&table.name);
        } else {
            context
                .storage
                .set_next_id(&table.database, &table.name, None);
        }
    }
    Ok(())
}

pub(crate) fn truncate(
    context: &Context,
    lease: &mut Lease,
    name: &ObjectName,
) -> Result<(), SqlError> {
    let table = translator(context, lease).table(name)?;
    if !table.temporary && context.variables.foreign_key_checks() {
        for child in catalogue::load_all(lease, &table.database)? {
            let key = child
                .foreign_keys
                .iter()
                .find(|key| key.table == table.name);
            if let Some(key) = key.filter(|_| child.name != table.name) {
                return Err(SqlError::new(
                    1701,
                    *b"42000",
                    format!(
                        "Cannot truncate a table referenced in a foreign key constraint \
                         (`{}`.`{}`, CONSTRAINT `{}`)",
                        child.database, child.name, key.name
                    ),
                ));
            }
        }
    }
    lease.execute_batch(&format!("DELETE FROM {}", table.sqlite_name()))?;
    context
        .storage
        .set_next_id(&table.database, &table.name, Some(1));
    Ok(())
}

/// `CREATE INDEX`.
pub(crate) fn create_index(
    context: &mut Context,
    lease: &mut Lease,
    create: &CreateIndex,
) -> Result<(), SqlError> {
    let plain = !create.concurrently
        && !create.r#async
        && !create.if_not_exists
        && create.include.is_empty()
        && create.nulls_distinct.is_none()
        && create.with.is_empty()
        && create.predicate.is_none();
    let (Some(name), true) = (&create.name, plain) else {
        return Err(SqlError::unsupported(create));
    };
    let (_, name) = split_name(name)?;
    let columns = index_columns(&create.columns, create.unique)?;
    change_indexes(context, lease, &create.table_name, |table| {
        add_index(table, &name, columns, create.unique)
    })
}

pub(crate) fn drop_index_of(
    context: &mut Context,
    lease: &mut Lease,
    name: &str,
    table: &ObjectName,
) -> Result<(), SqlError> {
    change_indexes(context, lease, table, |table| drop_index(table, name))
}

fn change_indexes(
    context: &mut Context,
    lease: &mut Lease,
    name: &ObjectName,
    change: impl FnOnce(&mut Table) -> Result<(), SqlError>,
) -> Result<(), SqlError> {
    let old = translator(context, lease).table(name)?;
    let mut new = old.clone();
    change(&mut new)?;
    translator(context, lease).finish(&mut new)?;
    super::constraint::check_indexes(&new)?;
    if new.temporary {
        return Err(SqlError::unsupported("indexes of a temporary table"));
    }
    let sources: Vec<Option<Column>> = old.columns.iter().cloned().map(Some).collect();
    rebuild(context, lease, &old, &new, &sources)?;
    Ok(())
}

/// `RENAME TABLE`.
pub(crate) fn rename(
    context: &mut Context,
    lease: &mut Lease,
    from: &ObjectName,
    to: &ObjectName,
) -> Result<(), SqlError> {
    let old = translator(context, lease).table(from)?;
    let (database, name) = split_name(to)?;
    check_name(&name)?;
    if old.temporary || database.is_some_and(|database| database != old.database) {
        return Err(SqlError::unsupported("RENAME TABLE to another database"));
    }
    let tables = catalogue::load_all(lease, &old.database)?;
    if tables.iter().any(|table| table.name == name) {
        return Err(exists(&name));
    }
    if tables.iter().any(|table| same_name(&table.name, &name)) {
        return Err(SqlError::unsupported(
            "tables whose names differ in case only",
        ));
    }
    let mut new = old.clone();
    new.name.clone_from(&name);
    for key in &mut new.foreign_keys {
        if key.table == old.name {
            key.table.clone_from(&name);
        }
    }
    let sources: Vec<Option<Column>> = old.columns.iter().cloned().map(Some).collect();
    rebuild(context, lease, &old, &new, &sources)?;
    for child in tables {
        if child.name != old.name && child.foreign_keys.iter().any(|key| key.table == old.name) {
            let mut changed = child.clone();
            for key in &mut changed.foreign_keys {
                if key.table == old.name {
                    key.table.clone_from(&name);
                }
            }
            let sources: Vec<Option<Column>> = child.columns.iter().cloned().map(Some).collect();
            rebuild(context, lease, &child, &changed, &sources)?;
        }
    }
    let next = context.storage.next_id(&old.database, &old.name);
    context.storage.set_next_id(&old.database, &old.name, None);
    context.storage.set_next_id(&old.database, &name, next);
    Ok(())
}
