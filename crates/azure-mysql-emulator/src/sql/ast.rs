//! The statements that the small SQL knows.

use super::table::DataType;

#[derive(Clone, Debug)]
pub(super) enum Command {
    Select(Select),
    Do(Vec<Expression>),
    Set(Vec<Assignment>),
    Show(Show),
    Use(String),
    Kill(u64),
    Begin {
        read_only: bool,
        snapshot: bool,
    },
    Commit,
    Rollback,
    CreateTable(CreateTable),
    DropTable {
        tables: Vec<TableName>,
        if_exists: bool,
    },
    Insert(Insert),
    Update(Update),
    Delete {
        table: TableName,
        filter: Option<Condition>,
    },
}

#[derive(Clone, Debug)]
pub(super) struct TableName {
    pub(super) database: Option<String>,
    pub(super) name: String,
}

#[derive(Clone, Debug)]
pub(super) struct ColumnName {
    /// A table or its alias, and a database before it.
    pub(super) qualifiers: Vec<String>,
    pub(super) name: String,
}

#[derive(Clone, Debug)]
pub(super) enum Expression {
    Null,
    Integer {
        value: i128,
        /// As MySQL counts them: with one for the sign.
        digits: u32,
    },
    /// Seconds, for `SLEEP`.
    Decimal(f64),
    Text(String),
    Parameter(usize),
    Default,
    Column(ColumnName),
    System {
        global: bool,
        name: String,
    },
    User(String),
    Function(Function, Vec<Expression>),
    CountRows,
    Add(Box<Expression>, Box<Expression>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    CurrentUser,
    User,
    Database,
    Version,
    ConnectionId,
    LastInsertId,
    RowCount,
    Sleep,
    Concat,
    CastAsText,
}

#[derive(Clone, Debug)]
pub(super) enum Item {
    /// `*` or `table.*`
    All(Vec<String>),
    Expression {
        expression: Expression,
        /// The alias, or the expression's own text.
        name: String,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Select {
    pub(super) items: Vec<Item>,
    pub(super) from: Option<(TableName, Option<String>)>,
    pub(super) filter: Option<Condition>,
    /// Columns, and whether they are `DESC`.
    pub(super) order: Vec<(ColumnName, bool)>,
    pub(super) limit: Option<Limit>,
}

#[derive(Clone, Debug)]
pub(super) struct Limit {
    pub(super) count: Expression,
    pub(super) offset: Option<Expression>,
}

#[derive(Clone, Debug)]
pub(super) enum Condition {
    Compare(ColumnName, Operator, Expression),
    IsNull(ColumnName),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Debug)]
pub(super) enum Assignment {
    /// Client, connection and results; `None` is the server's own.
    Names {
        character_set: Option<String>,
        collation: Option<String>,
    },
    /// `SET CHARACTER SET`: client and results.
    CharacterSet(Option<String>),
    System(String, Expression),
    User(String, Expression),
    /// `SET [SESSION] TRANSACTION` to what a transaction is anyway.
    Transaction {
        session: bool,
    },
}

#[derive(Clone, Debug)]
pub(super) enum Show {
    Status { global: bool, name: String },
    Variables { global: bool, name: String },
    Warnings,
}

#[derive(Clone, Debug)]
pub(super) struct CreateTable {
    pub(super) table: TableName,
    pub(super) if_not_exists: bool,
    pub(super) columns: Vec<ColumnDefinition>,
    /// `PRIMARY KEY (column)` behind the columns.
    pub(super) key: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct ColumnDefinition {
    pub(super) name: String,
    pub(super) data_type: DataType,
    /// What was said about it.
    pub(super) nullable: Option<bool>,
    pub(super) default: Option<Expression>,
    pub(super) auto_increment: bool,
    pub(super) primary_key: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Insert {
    pub(super) table: TableName,
    pub(super) columns: Option<Vec<ColumnName>>,
    pub(super) rows: Vec<Vec<Expression>>,
}

#[derive(Clone, Debug)]
pub(super) struct Update {
    pub(super) table: TableName,
    pub(super) changes: Vec<(ColumnName, Expression)>,
    pub(super) filter: Option<Condition>,
}
