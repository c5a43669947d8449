//! What a name in an expression means.

use mysql_common::constants::ColumnFlags;
use sqlparser::ast::Ident;

use super::{Expression, Origin, Translator};
use crate::database::{
    SqlError,
    catalogue::{DefaultValue, Table, quote, same_name},
    types::Type,
};

/// Something that a query selects from.
#[derive(Clone, Debug)]
pub(crate) struct Relation {
    /// As the query calls it.
    pub(crate) name: String,
    pub(crate) database: Option<String>,
    /// As `SQLite` calls it, quoted.
    pub(crate) alias: String,
    pub(crate) columns: Vec<RelationColumn>,
}

#[derive(Clone, Debug)]
pub(crate) struct RelationColumn {
    pub(crate) name: String,
    /// As `SQLite` calls it, quoted.
    pub(crate) column: String,
    pub(crate) kind: Type,
    pub(crate) nullable: bool,
    pub(crate) origin: Option<Origin>,
    /// Merged with one of the same name by `USING`: not shown again.
    pub(crate) hidden: bool,
}

/// The names of one `SELECT`.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) relations: Vec<Relation>,
    /// What is selected, by its alias: for `GROUP BY`, `HAVING` and `ORDER BY`.
    pub(super) selected: Vec<(String, Expression)>,
    /// Whether an alias goes before a column.
    pub(super) aliases_first: bool,
    /// In `HAVING` and `ORDER BY`, aliases count at all.
    pub(super) aliases_count: bool,
    /// Of what clause errors speak.
    pub(super) clause: &'static str,
}

impl Relation {
    pub(crate) fn of_table(table: &Table, name: &str, alias: String) -> Self {
        let columns = table
            .columns
            .iter()
            .map(|column| RelationColumn {
                name: column.name.clone(),
                column: quote(&column.name),
                kind: column.kind,
                nullable: column.nullable,
                hidden: false,
                origin: Some(Origin {
                    database: table.database.clone(),
                    alias: name.to_owned(),
                    table: table.name.clone(),
                    column: column.name.clone(),
                    flags: flags(table, &column.name),
                }),
            })
            .collect();
        Self {
            name: name.to_owned(),
            database: Some(table.database.clone()),
            alias,
            columns,
        }
    }

    /// The value of one of its columns.
    pub(crate) fn value(&self, column: &RelationColumn, offset: i64) -> Expression {
        let sql = if self.alias.is_empty() {
            // In the definition of the table itself.
            column.column.clone()
        } else {
            format!("{}.{}", self.alias, column.column)
        };
        let value = match column.kind {
            // Stored as UTC; what a subquery gives is in the session's zone already.
            Type::Timestamp { .. } if offset != 0 && self.database.is_some() => {
                format!("({sql} + {offset})")
            }
            _ => sql.clone(),
        };
        let mut expression = Expression::new(value, column.kind, column.nullable);
        expression.origin.clone_from(&column.origin);
        expression.columns.push(sql);
        expression
    }
}

/// What the protocol tells of a column besides its type.
fn flags(table: &Table, name: &str) -> ColumnFlags {
    let mut flags = ColumnFlags::empty();
    let Some(column) = table.column(name) else {
        return flags;
    };
    let (primary, unique, multiple) = table.in_key(name);
    if primary {
        flags |= ColumnFlags::PRI_KEY_FLAG | ColumnFlags::PART_KEY_FLAG;
    } else if unique {
        flags |= ColumnFlags::UNIQUE_KEY_FLAG | ColumnFlags::PART_KEY_FLAG;
    } else if multiple {
        flags |= ColumnFlags::MULTIPLE_KEY_FLAG | ColumnFlags::PART_KEY_FLAG;
    }
    if column.auto_increment {
        flags |= ColumnFlags::AUTO_INCREMENT_FLAG;
    }
    if !column.nullable && column.default.is_none() && !column.auto_increment {
        flags |= ColumnFlags::NO_DEFAULT_VALUE_FLAG;
    }
    if column.touched {
        flags |= ColumnFlags::ON_UPDATE_NOW_FLAG;
    }
    if matches!(column.kind, Type::Timestamp { .. })
        && (column.touched || column.default == Some(DefaultValue::Now))
    {
        flags |= ColumnFlags::TIMESTAMP_FLAG;
    }
    flags
}

impl Translator<'_> {
    /// Brings a relation into the innermost scope.
    pub(crate) fn see(&mut self, relation: Relation) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.relations.push(relation);
        }
    }

    pub(crate) fn close_scope(&mut self) {
        self.scopes.pop();
    }

    /// A name, with or without the table's before it.
    pub(super) fn resolve(&mut self, path: &[Ident]) -> Result<Expression, SqlError> {
        let (database, relation, name) = match path {
            [name] => (None, None, name),
            [relation, name] => (None, Some(relation), name),
            [database, relation, name] => (Some(database), Some(relation), name),
            _ => return Err(SqlError::unsupported("a name of so many parts")),
        };
        let offset = self.context.variables.time_offset();
        if let Some(inserted) = &self.inserted
            && relation.is_some_and(|relation| inserted.alias.as_ref() == Some(&relation.value))
        {
            return self.inserted_value(&name.value);
        }
        for (level, scope) in self.scopes.iter().enumerate().rev() {
            let innermost = level + 1 == self.scopes.len();
            let alias = || {
                (relation.is_none() && innermost && scope.aliases_count)
                    .then(|| {
                        scope
                            .selected
                            .iter()
                            .find(|(alias, _)| same_name(alias, &name.value))
                    })
                    .flatten()
                    .map(|(_, expression)| expression.clone())
            };
            if scope.aliases_first
                && let Some(expression) = alias()
            {
                return Ok(expression);
            }
            let mut found: Option<Expression> = None;
            for candidate in &scope.relations {
                let named = relation.is_none_or(|relation| relation.value == candidate.name)
                    && database.is_none_or(|database| {
                        candidate.database.as_deref() == Some(database.value.as_str())
                    });
                if !named {
                    continue;
                }
                for column in &candidate.columns {
                    if !same_name(&column.name, &name.value)
                        || (column.hidden && relation.is_none())
                    {
                        continue;
                    }
                    if found.is_some() {
                        return Err(SqlError::new(
                            1052,
                            *b"23000",
                            format!("Column '{}' in {} is ambiguous", joined(path), scope.clause),
                        ));
                    }
                    let mut expression = candidate.value(column, offset);
                    if !innermost {
                        // One of an outer query is like a constant here.
                        expression.columns.clear();
                    }
                    found = Some(expression);
                }
            }
            if let Some(found) = found.or_else(alias) {
                return Ok(found);
            }
        }
        let clause = self
            .scopes
            .last()
            .map_or("field list", |scope| scope.clause);
        Err(SqlError::unknown_column(&joined(path), clause))
    }
}

fn joined(path: &[Ident]) -> String {
    let parts: Vec<&str> = path.iter().map(|part| part.value.as_str()).collect();
    parts.join(".")
}
