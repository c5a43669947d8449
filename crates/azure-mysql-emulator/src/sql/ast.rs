//! The statements that the small SQL knows.

use super::table::{ColumnName, Definition};

#[derive(Clone, Debug)]
pub(super) enum Command {
    Select(Select),
    Do(Vec<Expression>),
    Set(Vec<Assignment>),
    Show(Show),
    Use(String),
    Kill(u64),
    Begin,
    Commit,
    Rollback,
    CreateTable {
        table: String,
        if_not_exists: bool,
        definition: Definition,
    },
    DropTable {
        table: String,
        if_exists: bool,
    },
    /// To a table.
    Change(String, Change),
}

/// What a statement does to one row.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Insert {
        columns: Option<Vec<ColumnName>>,
        values: Vec<Expression>,
    },
    Update {
        changes: Vec<(ColumnName, New)>,
        filter: Filter,
    },
    Delete(Filter),
}

/// What an `UPDATE` gives a column.
#[derive(Clone, Debug)]
pub(super) enum New {
    Value(Expression),
    /// Its own value and an integer.
    Increment(Expression),
}

/// Columns and what they equal, all of them.
pub(super) type Filter = Vec<(ColumnName, Expression)>;

#[derive(Clone, Debug)]
pub(super) enum Expression {
    Null,
    Integer {
        value: i64,
        /// As MySQL counts them: with one for the sign.
        digits: u32,
    },
    Text(String),
    Parameter(usize),
    Column(ColumnName),
    /// `@@name`
    System(String),
    /// `@name`
    User(String),
    Function(Function),
    /// `SLEEP(seconds)`, or with `+` an integer behind it.
    Sleep(f64, Option<u32>),
    CountRows,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    CurrentUser,
    User,
    Database,
    Version,
    ConnectionId,
    ConnectionIdAsText,
    LastInsertId,
}

#[derive(Clone, Debug)]
pub(super) enum Item {
    All,
    Expression {
        expression: Expression,
        /// The alias, or the expression's own text.
        name: String,
    },
}

impl Item {
    pub(super) fn expression(&self) -> Option<&Expression> {
        match self {
            Self::All => None,
            Self::Expression { expression, .. } => Some(expression),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Select {
    pub(super) items: Vec<Item>,
    pub(super) from: Option<String>,
    pub(super) filter: Filter,
    /// A column, and whether it is `DESC`.
    pub(super) order: Option<(ColumnName, bool)>,
    pub(super) limit: Option<Expression>,
}

#[derive(Clone, Debug)]
pub(super) enum Assignment {
    /// Client, connection and results.
    Names {
        character_set: String,
        collation: Option<String>,
    },
    System(String, Expression),
    /// `sql_mode = CONCAT(@@sql_mode, '…')`
    MoreModes(String),
    User(String, Expression),
}

#[derive(Clone, Debug)]
pub(super) enum Show {
    Status { global: bool, name: String },
    Variables(String),
    Warnings,
}
