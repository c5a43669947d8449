//! `ALTER TABLE`.

use sqlparser::ast::{
    AlterColumnOperation, AlterTable, AlterTableOperation, ColumnDef, ColumnOption,
    ColumnOptionDef, MySQLColumnPosition, RenameTableNameKind,
};

use super::ddl::{rename, translator};
use super::rebuild::{altered, in_place, rebuild};
use super::{
    Done, SqlError,
    catalogue::{self, Column, Table, same_name},
    context::Context,
    definition::check_name,
    storage::Lease,
    translate::Translator,
    types::Type,
};

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

pub(crate) fn rename_references(
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

pub(crate) fn position(
    table: &Table,
    at: Option<&MySQLColumnPosition>,
) -> Result<Option<usize>, SqlError> {
    match at {
        None => Ok(None),
        Some(MySQLColumnPosition::First) => Ok(Some(0)),
        Some(MySQLColumnPosition::After(name)) => table
            .position(&name.value)
            .map(|position| Some(position + 1))
            .ok_or_else(|| SqlError::unknown_column(&name.value, &table.name)),
    }
}

pub(crate) fn find(table: &Table, name: &str) -> Result<usize, SqlError> {
    table
        .position(name)
        .ok_or_else(|| SqlError::unknown_column(name, &table.name))
}

pub(crate) fn cannot_drop(name: &str) -> SqlError {
    SqlError::new(
        1091,
        *b"42000",
        format!("Can't DROP '{name}'; check that column/key exists"),
    )
}

pub(crate) fn apply(
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

pub(crate) fn column(
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

pub(crate) fn redefine(
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

pub(crate) fn rename_column(table: &mut Table, from: &str, to: &str) -> Result<(), SqlError> {
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

pub(crate) fn drop_index(table: &mut Table, name: &str) -> Result<(), SqlError> {
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
