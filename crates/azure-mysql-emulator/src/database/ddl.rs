//! Tables that are made, changed and removed.

use sqlparser::ast::{
    AlterColumnOperation, AlterTable, AlterTableOperation, ColumnDef, ColumnOption,
    ColumnOptionDef, CreateIndex, CreateTable, MySQLColumnPosition, ObjectName, ObjectType,
    RenameTableNameKind,
};

use super::{
    Done, SqlError,
    catalogue::{self, Column, Table, quote, same_name},
    context::Context,
    definition::{self, add_index, check_name, index_columns},
    storage::Lease,
    store::{self, Place},
    translate::{Translator, split_name},
    types::{TextForm, Type},
};

fn translator<'a>(context: &'a Context, lease: &'a mut Lease) -> Translator<'a> {
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

/// Puts a table in the place of the one it was, with its rows.
///
/// `sources` has for each column the old one that its values come from.
fn rebuild(
    context: &Context,
    lease: &mut Lease,
    old: &Table,
    new: &Table,
    sources: &[Option<Column>],
) -> Result<u64, SqlError> {
    const INTERIM: &str = "interim ";
    let mut translator = translator(context, lease);
    let statements = translator.create_statements(new, INTERIM)?;
    translator.connection.execute_batch(&statements[0])?;
    let interim = Table {
        name: INTERIM.to_owned(),
        ..new.clone()
    };
    let rows = copy(context, lease, old, &interim, sources)?;
    lease.execute_batch(&format!("DROP TABLE {}", old.sqlite_name()))?;
    lease.execute_batch(&format!(
        "ALTER TABLE {} RENAME TO {}",
        interim.sqlite_name(),
        quote(&new.name)
    ))?;
    let mut translator = self::translator(context, lease);
    for sql in translator.create_statements(new, &new.name)?.iter().skip(1) {
        translator
            .connection
            .execute_batch(sql)
            .map_err(|error| match &error {
                rusqlite::Error::SqliteFailure(failure, _)
                    if failure.code == rusqlite::ErrorCode::ConstraintViolation =>
                {
                    SqlError::new(
                        1062,
                        *b"23000",
                        format!("Duplicate entry for a key of '{}'", new.name),
                    )
                }
                _ => error.into(),
            })?;
    }
    catalogue::forget(lease, old)?;
    catalogue::save(lease, new)?;
    Ok(rows)
}

/// What `ALTER TABLE` tells.
pub(crate) fn altered(rows: u64) -> Done {
    Done {
        affected_rows: rows,
        last_insert_id: 0,
        info: format!("Records: {rows}  Duplicates: 0  Warnings: 0"),
    }
}

/// Whether `InnoDB` changes the type without a copy of the table.
fn in_place(from: Type, to: Type) -> bool {
    match (from, to) {
        (
            Type::Text {
                form: TextForm::Varying,
                length: a,
                collation: c,
            },
            Type::Text {
                form: TextForm::Varying,
                length: b,
                collation: d,
            },
        ) => c == d && a <= b && (a <= 63) == (b <= 63),
        (from, to) => from == to,
    }
}

fn copy(
    context: &Context,
    lease: &mut Lease,
    old: &Table,
    new: &Table,
    sources: &[Option<Column>],
) -> Result<u64, SqlError> {
    let selected: Vec<String> = sources
        .iter()
        .map(|source| {
            source
                .as_ref()
                .map_or("NULL".to_owned(), |c| quote(&c.name))
        })
        .collect();
    let sql = format!("SELECT {} FROM {}", selected.join(", "), old.sqlite_name());
    let mut translator = translator(context, lease);
    let rows = super::change::fetch(&mut translator, &sql, sources.len())?;
    let change = super::change::Change::new(new, context);
    let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    for (index, row) in rows.into_iter().enumerate() {
        let mut values = Vec::with_capacity(row.len());
        for ((value, source), column) in row.into_iter().zip(sources).zip(&new.columns) {
            values.push(match source {
                Some(source)
                    if source.kind == column.kind
                        && (column.nullable || value != rusqlite::types::Value::Null) =>
                {
                    value
                }
                Some(source) => {
                    let place = Place {
                        column,
                        row: index + 1,
                        offset: 0,
                    };
                    store::store(value, source.kind, place).map_err(|error| match error.number {
                        // A NULL that may be no longer.
                        1048 => SqlError::new(1138, *b"22004", "Invalid use of NULL value"),
                        _ => error,
                    })?
                }
                None if column.auto_increment => {
                    rusqlite::types::Value::Integer(i64::try_from(index + 1).unwrap_or(i64::MAX))
                }
                None => added(column, context, index + 1)?,
            });
        }
        change.insert(lease, &values)?;
    }
    Ok(count)
}

/// What rows that were there get in a new column.
fn added(
    column: &Column,
    context: &Context,
    row: usize,
) -> Result<rusqlite::types::Value, SqlError> {
    use rusqlite::types::Value;

    match super::insert::default(column, context, row) {
        Err(error) if error.number == 1364 => Ok(match column.kind {
            // The implicit default of the type.
            Type::Text { .. } => Value::Text(String::new()),
            Type::Bytes { form, length } => match form {
                TextForm::Fixed => Value::Blob(vec![0; usize::try_from(length).unwrap_or(0)]),
                _ => Value::Blob(Vec::new()),
            },
            Type::Float | Type::Double => Value::Real(0.0),
            Type::Integer { .. } | Type::Decimal { .. } | Type::Time { .. } => Value::Integer(0),
            // A zero date, which the strict mode refuses.
            _ => {
                return Err(SqlError::unsupported(
                    "a new date column NOT NULL without a default",
                ));
            }
        }),
        other => other,
    }
}

pub(crate) fn alter(
    context: &mut Context,
    lease: &mut Lease,
    alter: &AlterTable,
) -> Result<Done, SqlError> {
    if alter.if_exists
        || alter.only
        || alter.location.is_some()
        || alter.on_cluster.is_some()
        || alter.table_type.is_some()
    {
        return Err(SqlError::unsupported(alter));
    }
    let old = translator(context, lease).table(&alter.name)?;
    let mut new = old.clone();
    let mut sources: Vec<Option<Column>> = old.columns.iter().cloned().map(Some).collect();
    let mut renamed = None;
    for operation in &alter.operations {
        if let AlterTableOperation::RenameTable { table_name } = operation {
            let (RenameTableNameKind::To(name) | RenameTableNameKind::As(name)) = table_name;
            renamed = Some(name.clone());
            continue;
        }
        apply(
            &mut translator(context, lease),
            &mut new,
            &mut sources,
            operation,
        )?;
    }
    translator(context, lease).finish(&mut new)?;
    let mut copied = 0;
    if new != old {
        if new.temporary {
            return Err(SqlError::unsupported("ALTER TABLE of a temporary table"));
        }
        let rows = rebuild(context, lease, &old, &new, &sources)?;
        // MySQL copies the rows if a type changes, and counts them then.
        let of_types = sources.iter().zip(&new.columns).any(|(source, column)| {
            source
                .as_ref()
                .is_some_and(|source| !in_place(source.kind, column.kind))
        });
        copied = if of_types { rows } else { 0 };
        rename_references(lease, &old, &new, &sources)?;
        context.storage.set_next_id(&new.database, &new.name, None);
    }
    if let Some(name) = renamed {
        rename(context, lease, &alter.name, &name)?;
        if new == old {
            return Ok(Done::default());
        }
    }
    Ok(altered(copied))
}

fn rename_references(
    lease: &Lease,
    old: &Table,
    new: &Table,
    sources: &[Option<Column>],
) -> Result<(), SqlError> {
    let renamed = |name: &str| {
        sources
            .iter()
            .zip(&new.columns)
            .find(|(source, _)| {
                source
                    .as_ref()
                    .is_some_and(|source| same_name(&source.name, name))
            })
            .map(|(_, column)| column.name.clone())
    };
    for child in catalogue::load_all(lease, &old.database)? {
        let affected = child.foreign_keys.iter().any(|key| {
            key.table == old.name
                && key
                    .referred
                    .iter()
                    .any(|name| renamed(name).as_ref() != Some(name))
        });
        if affected && child.name != new.name {
            return Err(SqlError::unsupported(
                "a change of a column that a foreign key refers to",
            ));
        }
    }
    Ok(())
}

fn position(table: &Table, at: Option<&MySQLColumnPosition>) -> Result<Option<usize>, SqlError> {
    match at {
        None => Ok(None),
        Some(MySQLColumnPosition::First) => Ok(Some(0)),
        Some(MySQLColumnPosition::After(name)) => table
            .position(&name.value)
            .map(|position| Some(position + 1))
            .ok_or_else(|| SqlError::unknown_column(&name.value, &table.name)),
    }
}

fn find(table: &Table, name: &str) -> Result<usize, SqlError> {
    table
        .position(name)
        .ok_or_else(|| SqlError::unknown_column(name, &table.name))
}

fn cannot_drop(name: &str) -> SqlError {
    SqlError::new(
        1091,
        *b"42000",
        format!("Can't DROP '{name}'; check that column/key exists"),
    )
}

fn apply(
    translator: &mut Translator<'_>,
    table: &mut Table,
    sources: &mut Vec<Option<Column>>,
    operation: &AlterTableOperation,
) -> Result<(), SqlError> {
    match operation {
        AlterTableOperation::AddColumn {
            if_not_exists: false,
            column_def,
            column_position,
            ..
        } => {
            let at = position(table, column_position.as_ref())?;
            translator.add_column(table, column_def, None, at)?;
            sources.insert(at.unwrap_or(sources.len()), None);
        }
        AlterTableOperation::DropColumn {
            column_names,
            if_exists: false,
            drop_behavior: None,
            ..
        } => {
            for name in column_names {
                let Some(index) = table.position(&name.value) else {
                    return Err(cannot_drop(&name.value));
                };
                if table
                    .foreign_keys
                    .iter()
                    .any(|key| key.columns.iter().any(|c| same_name(c, &name.value)))
                {
                    return Err(SqlError::new(
                        1828,
                        *b"HY000",
                        format!(
                            "Cannot drop column '{}': needed in a foreign key constraint",
                            name.value
                        ),
                    ));
                }
                table.columns.remove(index);
                sources.remove(index);
                for index in &mut table.indexes {
                    index
                        .columns
                        .retain(|column| !same_name(column, &name.value));
                }
                table.indexes.retain(|index| !index.columns.is_empty());
            }
        }
        AlterTableOperation::RenameColumn {
            old_column_name,
            new_column_name,
        } => {
            rename_column(table, &old_column_name.value, &new_column_name.value)?;
        }
        AlterTableOperation::ModifyColumn {
            col_name,
            data_type,
            options,
            column_position,
        } => {
            let definition = column(col_name.clone(), data_type.clone(), options);
            redefine(
                translator,
                table,
                sources,
                &col_name.value,
                &definition,
                column_position.as_ref(),
            )?;
        }
        AlterTableOperation::ChangeColumn {
            old_name,
            new_name,
            data_type,
            options,
            column_position,
        } => {
            rename_column(table, &old_name.value, &new_name.value)?;
            let definition = column(new_name.clone(), data_type.clone(), options);
            redefine(
                translator,
                table,
                sources,
                &new_name.value,
                &definition,
                column_position.as_ref(),
            )?;
        }
        AlterTableOperation::AlterColumn { column_name, op } => {
            let index = find(table, &column_name.value)?;
            match op {
                AlterColumnOperation::DropDefault => table.columns[index].default = None,
                AlterColumnOperation::SetDefault { value } => {
                    let definition = table.columns[index].clone();
                    table.columns[index].default =
                        Some(translator.default_value(value, &definition)?);
                }
                other => return Err(SqlError::unsupported(other)),
            }
        }
        AlterTableOperation::AddConstraint {
            constraint,
            not_valid: false,
        } => {
            translator.add_constraint(table, constraint)?;
        }
        AlterTableOperation::DropPrimaryKey {
            drop_behavior: None,
        } => {
            drop_index(table, "PRIMARY")?;
        }
        AlterTableOperation::DropIndex { name } => drop_index(table, &name.value)?,
        AlterTableOperation::DropForeignKey {
            name,
            drop_behavior: None,
        } => {
            let before = table.foreign_keys.len();
            table
                .foreign_keys
                .retain(|key| !same_name(&key.name, &name.value));
            if table.foreign_keys.len() == before {
                return Err(cannot_drop(&name.value));
            }
        }
        AlterTableOperation::DropConstraint {
            if_exists: false,
            name,
            drop_behavior: None,
        } => {
            let before = (table.foreign_keys.len(), table.checks.len());
            table
                .foreign_keys
                .retain(|key| !same_name(&key.name, &name.value));
            table
                .checks
                .retain(|check| !same_name(&check.name, &name.value));
            if (table.foreign_keys.len(), table.checks.len()) == before {
                drop_index(table, &name.value).map_err(|_| {
                    SqlError::new(
                        3940,
                        *b"HY000",
                        format!("Constraint '{}' does not exist.", name.value),
                    )
                })?;
            }
        }
        AlterTableOperation::Algorithm { .. } | AlterTableOperation::Lock { .. } => {}
        other => return Err(SqlError::unsupported(format!("ALTER TABLE … {other}"))),
    }
    Ok(())
}

fn column(
    name: sqlparser::ast::Ident,
    data_type: sqlparser::ast::DataType,
    options: &[ColumnOption],
) -> ColumnDef {
    ColumnDef {
        name,
        data_type,
        options: options
            .iter()
            .map(|option| ColumnOptionDef {
                name: None,
                option: option.clone(),
            })
            .collect(),
    }
}

fn redefine(
    translator: &mut Translator<'_>,
    table: &mut Table,
    sources: &mut Vec<Option<Column>>,
    name: &str,
    definition: &ColumnDef,
    at: Option<&MySQLColumnPosition>,
) -> Result<(), SqlError> {
    let index = find(table, name)?;
    let was = table.columns.remove(index);
    let source = sources.remove(index);
    let place = match at {
        None => index,
        at => position(table, at)?.unwrap_or(index),
    };
    translator.add_column(table, definition, None, Some(place))?;
    // The collation stays unless another is named.
    let named = definition
        .options
        .iter()
        .any(|option| matches!(option.option, ColumnOption::Collation(_)));
    if let (Type::Text { collation, .. }, false, true) =
        (&mut table.columns[place].kind, named, was.kind.is_text())
    {
        *collation = was.kind.collation();
    }
    sources.insert(place, source);
    Ok(())
}

fn rename_column(table: &mut Table, from: &str, to: &str) -> Result<(), SqlError> {
    check_name(to)?;
    let index = find(table, from)?;
    if !same_name(from, to) && table.column(to).is_some() {
        return Err(SqlError::new(
            1060,
            *b"42S21",
            format!("Duplicate column name '{to}'"),
        ));
    }
    if !table.checks.is_empty() && from != to {
        return Err(SqlError::unsupported(
            "renaming a column of a table with a CHECK",
        ));
    }
    to.clone_into(&mut table.columns[index].name);
    let rename = |names: &mut Vec<String>| {
        for name in names.iter_mut().filter(|name| same_name(name, from)) {
            to.clone_into(name);
        }
    };
    for index in &mut table.indexes {
        rename(&mut index.columns);
    }
    let own = table.name.clone();
    for key in &mut table.foreign_keys {
        rename(&mut key.columns);
        if key.table == own {
            rename(&mut key.referred);
        }
    }
    Ok(())
}

fn drop_index(table: &mut Table, name: &str) -> Result<(), SqlError> {
    let Some(index) = table
        .indexes
        .iter()
        .position(|index| same_name(&index.name, name))
    else {
        return Err(cannot_drop(name));
    };
    let gone = table.indexes.remove(index);
    let needed = table.foreign_keys.iter().any(|key| {
        let covers = |columns: &[String]| {
            columns.len() >= key.columns.len()
                && columns
                    .iter()
                    .zip(&key.columns)
                    .all(|(a, b)| same_name(a, b))
        };
        covers(&gone.columns) && !table.indexes.iter().any(|index| covers(&index.columns))
    });
    if needed {
        return Err(SqlError::new(
            1553,
            *b"HY000",
            format!("Cannot drop index '{name}': needed in a foreign key constraint"),
        ));
    }
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
    definition::check_indexes(&new)?;
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
