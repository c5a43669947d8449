//! From the syntax tree of a MySQL statement to the text of an `SQLite` statement with the same
//! meaning.
//!
//! Each expression carries its MySQL type, so that only operations whose result is known to be
//! MySQL's are let through: all else is error 1064. Literals and parameters are bound, not pasted.

mod aggregates;
mod comparison;
mod convert;
mod expression;
mod from;
mod functions;
mod like;
mod literal;
mod moments;
mod operators;
mod query;
mod scope;
mod select;
mod text;

use rusqlite::types::Value;
use sqlparser::ast::{Ident, ObjectName, ObjectNamePart};

pub(crate) use scope::{Relation, RelationColumn};

use super::{SqlError, catalogue::Table, context::Context, storage::Lease, types::Type};
use scope::Scope;

/// An expression of `SQLite`, and what MySQL knows of it.
#[derive(Clone, Debug)]
pub(crate) struct Expression {
    pub(crate) sql: String,
    pub(crate) kind: Type,
    pub(crate) nullable: bool,
    /// The value of a literal or parameter.
    pub(crate) constant: Option<Value>,
    /// The column that it is.
    pub(crate) origin: Option<Origin>,
    /// Holds an aggregate of this query.
    pub(crate) aggregate: bool,
    /// The columns of this query outside of aggregates, as `SQLite` names them.
    pub(crate) columns: Vec<String>,
}

/// The column of a table that a result shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) database: String,
    /// The table's alias in the query.
    pub(crate) alias: String,
    pub(crate) table: String,
    pub(crate) column: String,
    pub(crate) flags: mysql_common::constants::ColumnFlags,
}

/// A query as `SQLite` runs it. Its columns are named `c1`, `c2`, ….
#[derive(Clone, Debug)]
pub(crate) struct Translated {
    pub(crate) sql: String,
    pub(crate) columns: Vec<OutputColumn>,
}

#[derive(Clone, Debug)]
pub(crate) struct OutputColumn {
    pub(crate) name: String,
    pub(crate) kind: Type,
    pub(crate) nullable: bool,
    pub(crate) origin: Option<Origin>,
}

pub(crate) struct Translator<'a> {
    pub(crate) context: &'a Context,
    pub(crate) connection: &'a mut Lease,
    parameters: &'a [Value],
    parameter_kinds: &'a [Type],
    /// What `?1`, `?2`, … of `SQLite` are.
    bindings: Vec<Value>,
    /// Literals are written out: where `SQLite` binds nothing, in the definition of a table.
    pub(crate) inline: bool,
    scopes: Vec<Scope>,
    common: Vec<(String, Relation)>,
    aliases: usize,
    depth: usize,
    /// How the text names each column of its outermost query.
    pub(crate) names: Vec<String>,
    /// The databases that it reads from with a lock.
    pub(crate) locked: bool,
    pub(crate) databases: Vec<String>,
    /// The row that `ON DUPLICATE KEY UPDATE` is about.
    pub(crate) inserted: Option<Inserted>,
}

/// A row that could not be inserted: `VALUES(column)` and `alias.column` are of it.
#[derive(Clone, Debug)]
pub(crate) struct Inserted {
    pub(crate) alias: Option<String>,
    pub(crate) table: Table,
    pub(crate) values: Vec<Value>,
}

/// Deeper expressions are refused: each level takes stack here and in `SQLite`.
const DEEPEST: usize = 200;

impl<'a> Translator<'a> {
    pub(crate) fn new(
        context: &'a Context,
        connection: &'a mut Lease,
        parameters: &'a [Value],
        parameter_kinds: &'a [Type],
    ) -> Self {
        Self {
            context,
            connection,
            parameters,
            parameter_kinds,
            bindings: Vec::new(),
            inline: false,
            scopes: Vec::new(),
            common: Vec::new(),
            aliases: 0,
            depth: 0,
            names: Vec::new(),
            locked: false,
            databases: Vec::new(),
            inserted: None,
        }
    }

    /// A value of the row that could not be inserted.
    fn inserted_value(&mut self, name: &str) -> Result<Expression, SqlError> {
        let value = self.inserted.as_ref().and_then(|inserted| {
            let position = inserted.table.position(name)?;
            let kind = inserted.table.columns[position].kind;
            Some((inserted.values.get(position)?.clone(), kind))
        });
        let (value, kind) = value.ok_or_else(|| SqlError::unknown_column(name, "field list"))?;
        let value = match (value, kind) {
            (Value::Integer(micros), Type::Timestamp { .. }) => {
                Value::Integer(micros + self.context.variables.time_offset())
            }
            (value, _) => value,
        };
        let mut expression = self.constant(value, kind);
        // No literal: it is not converted like one.
        expression.constant = None;
        Ok(expression)
    }

    pub(crate) fn bindings(&self) -> &[Value] {
        &self.bindings
    }

    /// A text for `SQLite` that stands for the value.
    fn bind(&mut self, value: Value) -> String {
        match value {
            Value::Null => return "NULL".to_owned(),
            // SQLite reads the least integer as a negated number that is too great.
            Value::Integer(value) if value > i64::MIN => return format!("({value})"),
            _ => {}
        }
        if self.inline {
            return match value {
                Value::Text(text) if !text.contains('\0') => {
                    format!("'{}'", text.replace('\'', "''"))
                }
                Value::Real(real) => format!("{real:?}"),
                Value::Blob(bytes) => {
                    let digits: Vec<String> =
                        bytes.iter().map(|byte| format!("{byte:02X}")).collect();
                    let digits = digits.concat();
                    format!("X'{digits}'")
                }
                _ => "NULL".to_owned(),
            };
        }
        let known = self
            .bindings
            .iter()
            .take(64)
            .position(|known| *known == value);
        let index = known.unwrap_or_else(|| {
            self.bindings.push(value);
            self.bindings.len() - 1
        });
        format!("?{}", index + 1)
    }

    fn next_alias(&mut self) -> String {
        self.aliases += 1;
        format!("\"r{}\"", self.aliases)
    }

    fn deeper(&mut self) -> Result<(), SqlError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(SqlError::unsupported("an expression so deeply nested"));
        }
        Ok(())
    }

    /// Finds a table, and makes its database known to the connection.
    ///
    /// # Errors
    ///
    /// 1146 if there is no such table.
    pub(crate) fn table(&mut self, name: &ObjectName) -> Result<Table, SqlError> {
        let (database, table) = split_name(name)?;
        if database.is_none()
            && let Some(temporary) = self.context.temporary.get(&table)
        {
            return Ok(temporary.clone());
        }
        let Some(database) = database.or_else(|| self.context.database.clone()) else {
            return Err(SqlError::no_database());
        };
        self.connection.attach(&database)?;
        if !self.databases.contains(&database) {
            self.databases.push(database.clone());
        }
        super::catalogue::load(self.connection, &database, &table)?
            .ok_or_else(|| SqlError::no_such_table(&database, &table))
    }
}

impl Expression {
    pub(crate) fn new(sql: impl Into<String>, kind: Type, nullable: bool) -> Self {
        Self {
            sql: sql.into(),
            kind,
            nullable,
            constant: None,
            origin: None,
            aggregate: false,
            columns: Vec::new(),
        }
    }

    /// An expression made of others.
    pub(crate) fn of(
        sql: impl Into<String>,
        kind: Type,
        nullable: bool,
        parts: &[&Expression],
    ) -> Self {
        let mut whole = Self::new(sql, kind, nullable);
        for part in parts {
            whole.aggregate |= part.aggregate;
            for column in &part.columns {
                if !whole.columns.contains(column) {
                    whole.columns.push(column.clone());
                }
            }
        }
        whole
    }

    /// The same value written another way.
    pub(crate) fn with(&self, sql: impl Into<String>, kind: Type) -> Self {
        Self::of(sql, kind, self.nullable, &[self])
    }

    /// With the collation named, where `SQLite` has to compare it.
    pub(crate) fn collated(&self) -> String {
        if self.kind.is_text() {
            format!("{} COLLATE {}", self.sql, self.kind.collation().name())
        } else {
            self.sql.clone()
        }
    }
}

/// The database, if it is named, and the name itself.
///
/// # Errors
///
/// 1064 for a name of more parts.
pub(crate) fn split_name(name: &ObjectName) -> Result<(Option<String>, String), SqlError> {
    match name.0.as_slice() {
        [ObjectNamePart::Identifier(table)] => Ok((None, table.value.clone())),
        [
            ObjectNamePart::Identifier(database),
            ObjectNamePart::Identifier(table),
        ] => Ok((Some(database.value.clone()), table.value.clone())),
        _ => Err(SqlError::unsupported(format!("the name {name}"))),
    }
}

/// A name that is one identifier.
pub(crate) fn single_name(name: &ObjectName) -> Result<&Ident, SqlError> {
    match name.0.as_slice() {
        [ObjectNamePart::Identifier(only)] => Ok(only),
        _ => Err(SqlError::unsupported(format!("the name {name}"))),
    }
}
