//! `WHERE` on one table: what it says of a row, and what it says of the primary key.

use super::{
    ast::{ColumnName, Condition, Expression, Operator},
    error::SqlError,
    expression::Environment,
    locks::Key,
    storage::Row,
    table::{ColumnSpec, Definition, Value},
};

/// A table as a statement names it.
#[derive(Debug)]
pub(super) struct Named<'a> {
    pub(super) database: &'a str,
    /// The alias, or the table's name if it has none.
    pub(super) alias: &'a str,
    pub(super) definition: &'a Definition,
}

impl Named<'_> {
    /// # Errors
    ///
    /// 1054 if there is no such column.
    pub(super) fn resolve(&self, column: &ColumnName, place: &str) -> Result<usize, SqlError> {
        let here = match column.qualifiers.as_slice() {
            [] => true,
            [table] => table.to_lowercase() == self.alias,
            [database, table] => {
                database.to_lowercase() == self.database && table.to_lowercase() == self.alias
            }
            _ => false,
        };
        if here && let Some(position) = self.definition.position(&column.name) {
            return Ok(position);
        }
        let mut full = column.qualifiers.clone();
        full.push(column.name.clone());
        Err(SqlError::unknown_column(&full.join("."), place))
    }
}

/// A condition whose columns are known.
#[derive(Debug)]
pub(super) enum Test {
    Compare(usize, Operator, Value),
    IsNull(usize),
    And(Box<Test>, Box<Test>),
    Or(Box<Test>, Box<Test>),
    Not(Box<Test>),
}

/// Which rows a statement has to look at to change some.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Key(Key),
    All,
}

impl Test {
    /// # Errors
    ///
    /// 1054 for an unknown column, 1064 for a comparison of different types or by an order of text.
    pub(super) fn resolve(
        condition: &Condition,
        table: &Named<'_>,
        environment: &Environment,
        parameters: &[Value],
    ) -> Result<Self, SqlError> {
        let inner = |condition: &Condition| {
            Self::resolve(condition, table, environment, parameters).map(Box::new)
        };
        Ok(match condition {
            Condition::And(left, right) => Self::And(inner(left)?, inner(right)?),
            Condition::Or(left, right) => Self::Or(inner(left)?, inner(right)?),
            Condition::Not(negated) => Self::Not(inner(negated)?),
            Condition::IsNull(column) => Self::IsNull(table.resolve(column, "where clause")?),
            Condition::Compare(column, operator, constant) => {
                let position = table.resolve(column, "where clause")?;
                let (value, _) = match constant {
                    Expression::Default => return Err(SqlError::unsupported()),
                    constant => environment.evaluate(constant, parameters)?,
                };
                let column = &table.definition.columns[position];
                let equality = matches!(operator, Operator::Equal | Operator::NotEqual);
                match (&value, column.data_type.range()) {
                    (Value::Null | Value::Integer(_), Some(_)) => {}
                    (Value::Null | Value::Text(_), None) if equality => {}
                    _ => return Err(SqlError::unsupported()),
                }
                Self::Compare(position, *operator, value)
            }
        })
    }

    /// Whether it holds for a row; `None` if that is unknown.
    ///
    /// # Errors
    ///
    /// 1064 if MySQL's collation would have to decide.
    pub(super) fn holds(&self, row: &Row) -> Result<Option<bool>, SqlError> {
        Ok(match self {
            Self::Compare(column, operator, value) => match (&row[*column], value) {
                (Value::Integer(left), Value::Integer(right)) => Some(match operator {
                    Operator::Equal => left == right,
                    Operator::NotEqual => left != right,
                    Operator::Less => left < right,
                    Operator::LessOrEqual => left <= right,
                    Operator::Greater => left > right,
                    Operator::GreaterOrEqual => left >= right,
                }),
                (Value::Text(left), Value::Text(right)) => {
                    Some(same_text(left, right)? == (*operator == Operator::Equal))
                }
                _ => None,
            },
            Self::IsNull(column) => Some(row[*column] == Value::Null),
            Self::And(left, right) => match (left.holds(row)?, right.holds(row)?) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Self::Or(left, right) => match (left.holds(row)?, right.holds(row)?) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Self::Not(negated) => negated.holds(row)?.map(|holds| !holds),
        })
    }

    pub(super) fn columns(&self) -> Vec<usize> {
        match self {
            Self::Compare(column, ..) | Self::IsNull(column) => vec![*column],
            Self::And(left, right) | Self::Or(left, right) => {
                [left.columns(), right.columns()].concat()
            }
            Self::Not(negated) => negated.columns(),
        }
    }

    /// Whether MySQL can find the rows by the key, instead of looking at all.
    pub(super) fn narrows(&self, key: usize) -> bool {
        match self {
            Self::Compare(column, ..) | Self::IsNull(column) => *column == key,
            Self::And(left, right) => left.narrows(key) || right.narrows(key),
            Self::Or(left, right) => left.narrows(key) && right.narrows(key),
            Self::Not(negated) => negated.columns().iter().all(|column| *column == key),
        }
    }

    /// What a statement that changes rows has to lock.
    ///
    /// # Errors
    ///
    /// 1064 if that is not certain: where the key is used in another way than by equality, and where
    /// MySQL may see before it looks at rows that none or all of them match.
    pub(super) fn reach(&self, definition: &Definition) -> Result<Reach, SqlError> {
        let mut columns = self.columns();
        columns.sort_unstable();
        if columns.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(SqlError::unsupported());
        }
        self.check_constants(&definition.columns)?;
        let Some(key) = definition.key.filter(|key| columns.contains(key)) else {
            return Ok(Reach::All);
        };
        self.pinned(key)
            .map(Reach::Key)
            .ok_or_else(SqlError::unsupported)
    }

    fn pinned(&self, key: usize) -> Option<Key> {
        match self {
            Self::Compare(column, Operator::Equal, Value::Integer(value)) if *column == key => {
                Some(*value)
            }
            Self::And(left, right) => left.pinned(key).or_else(|| right.pinned(key)),
            _ => None,
        }
    }

    fn check_constants(&self, columns: &[ColumnSpec]) -> Result<(), SqlError> {
        let certain = match self {
            Self::Compare(column, _, value) => match (value, columns[*column].data_type.range()) {
                (Value::Null, _) => false,
                (Value::Integer(number), Some((lowest, highest))) => {
                    (lowest + 1..highest).contains(number)
                }
                _ => true,
            },
            Self::IsNull(column) => columns[*column].nullable,
            Self::And(left, right) | Self::Or(left, right) => {
                left.check_constants(columns)?;
                right.check_constants(columns)?;
                true
            }
            Self::Not(negated) => {
                negated.check_constants(columns)?;
                true
            }
        };
        certain.then_some(()).ok_or_else(SqlError::unsupported)
    }
}

/// Equality under `utf8mb4_0900_ai_ci`, of which only this is known here: what is the same bytes is
/// equal, and of printable ASCII only the letters' case makes no difference.
fn same_text(left: &str, right: &str) -> Result<bool, SqlError> {
    let printable = |text: &str| text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if left == right {
        Ok(true)
    } else if printable(left) && printable(right) {
        Ok(left.eq_ignore_ascii_case(right))
    } else {
        Err(SqlError::unsupported())
    }
}
