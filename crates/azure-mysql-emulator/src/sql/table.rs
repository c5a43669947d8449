//! What a table is made of, and which values its columns take.

use std::sync::Arc;

use mysql_common::{
    Value as WireValue,
    constants::{ColumnFlags, ColumnType},
};
use mysql_handshake::ServerError;

use super::{
    error::{Result, unknown_column, unsupported},
    metadata::{Collation, Kind},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    Integer(i64),
    /// An integer that came as a floating-point number.
    Real(i64),
    Text(Arc<str>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataType {
    Boolean,
    Int,
    BigInt,
    /// Of so many characters.
    Varchar(u32),
    Text,
}

/// Bytes of a `TEXT`.
const LONGEST_TEXT: u32 = 65_535;

/// Bytes of a row, `TEXT` aside. Refused earlier than by MySQL, which counts some more bytes.
const LONGEST_ROW: u32 = 60_000;

#[derive(Clone, Debug)]
pub(super) struct ColumnName {
    pub(super) table: Option<String>,
    pub(super) name: String,
}

#[derive(Clone, Debug)]
pub(super) struct ColumnSpec {
    pub(super) name: String,
    pub(super) data_type: DataType,
    pub(super) nullable: bool,
    pub(super) auto_increment: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Definition {
    pub(super) columns: Vec<ColumnSpec>,
    /// The column that is the primary key.
    pub(super) key: Option<usize>,
}

impl Definition {
    /// A table with these columns, and the positions of those that were said to be the primary key.
    pub(super) fn new(mut columns: Vec<ColumnSpec>, keys: &[usize]) -> Result<Self> {
        let key = keys.first().copied();
        if let Some(key) = key {
            columns[key].nullable = false;
        }
        let bytes = |column: &ColumnSpec| match column.data_type {
            DataType::Varchar(characters) => characters.saturating_mul(4).saturating_add(3),
            _ => 16,
        };
        let total = columns.iter().map(bytes).fold(0, u32::saturating_add);
        let is_wrong = |(at, column): (usize, &ColumnSpec)| {
            let is_key = key == Some(at);
            column.auto_increment && !is_key || is_key && column.data_type.range().is_none()
        };
        if total > LONGEST_ROW || keys.len() > 1 || columns.iter().enumerate().any(is_wrong) {
            return Err(unsupported());
        }
        Ok(Self { columns, key })
    }

    pub(super) fn resolve(&self, table: &str, column: &ColumnName, place: &str) -> Result<usize> {
        let qualifier = column.table.as_deref();
        if qualifier.is_none_or(|qualifier| qualifier.to_lowercase() == table)
            && let Some(position) =
                (self.columns.iter()).position(|known| same_name(&known.name, &column.name))
        {
            return Ok(position);
        }
        let full = match qualifier {
            Some(qualifier) => format!("{qualifier}.{}", column.name),
            None => column.name.clone(),
        };
        Err(unknown_column(&full, place))
    }
}

/// Whether two names of columns are one. Those of other alphabets are compared as they are, so that
/// none is taken for another.
pub(super) fn same_name(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

impl DataType {
    /// Lowest and highest integer; `None` if it is a type of text.
    pub(super) fn range(self) -> Option<(i64, i64)> {
        match self {
            Self::Boolean => Some((-128, 127)),
            Self::Int => Some((i32::MIN.into(), i32::MAX.into())),
            Self::BigInt => Some((i64::MIN, i64::MAX)),
            Self::Varchar(_) | Self::Text => None,
        }
    }

    /// For a column of integers, the integer that a value is which came as text or as a floating-point
    /// number: clients send them so whose language tells no integers apart. Every other value stays.
    pub(super) fn coerce(self, value: Value) -> Value {
        let integer = match &value {
            _ if self.range().is_none() => None,
            Value::Real(number) => Some(*number),
            // Only as MySQL itself would write it.
            Value::Text(text) => text
                .parse()
                .ok()
                .filter(|it: &i64| it.to_string() == **text),
            Value::Null | Value::Integer(_) => None,
        };
        integer.map_or(value, Value::Integer)
    }

    /// As the protocol describes it.
    pub(super) fn kind(self, flags: ColumnFlags) -> Kind {
        let text = Some(Collation::DEFAULT);
        let (column_type, length, collation) = match self {
            Self::Boolean => (ColumnType::MYSQL_TYPE_TINY, 1, None),
            Self::Int => (ColumnType::MYSQL_TYPE_LONG, 11, None),
            Self::BigInt => (ColumnType::MYSQL_TYPE_LONGLONG, 20, None),
            Self::Varchar(length) => (ColumnType::MYSQL_TYPE_VAR_STRING, length, text),
            Self::Text => (ColumnType::MYSQL_TYPE_BLOB, LONGEST_TEXT, text),
        };
        Kind {
            column_type,
            length,
            collation,
            flags,
            decimals: 0,
        }
    }
}

impl ColumnSpec {
    /// Looks whether a value is one that the column takes.
    pub(super) fn check(&self, value: &Value) -> Result<()> {
        let name = &self.name;
        let (number, state, message) = match (value, self.data_type.range()) {
            (Value::Null, _) if self.nullable => return Ok(()),
            (Value::Null, _) => (1048, b"23000", format!("Column '{name}' cannot be null")),
            (Value::Integer(number), Some((lowest, highest))) => {
                if (lowest..=highest).contains(number) {
                    return Ok(());
                }
                let message = format!("Out of range value for column '{name}' at row 1");
                (1264, b"22003", message)
            }
            (Value::Text(text), None) => {
                let fits = match self.data_type {
                    DataType::Varchar(length) => text.chars().count() <= length as usize,
                    _ => text.len() <= LONGEST_TEXT as usize,
                };
                if fits {
                    return Ok(());
                }
                // Spaces at its end would be cut.
                if text.ends_with(' ') {
                    return Err(unsupported());
                }
                let message = format!("Data too long for column '{name}' at row 1");
                (1406, b"22001", message)
            }
            _ => return Err(unsupported()),
        };
        Err(ServerError::new(number, *state, message))
    }
}

impl Value {
    /// What it takes in memory, about.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Null | Self::Integer(_) | Self::Real(_) => 32,
            Self::Text(text) => 48 + text.len(),
        }
    }

    pub(super) fn to_wire(&self) -> WireValue {
        match self {
            Self::Null => WireValue::NULL,
            Self::Integer(number) | Self::Real(number) => WireValue::Int(*number),
            Self::Text(text) => WireValue::Bytes(text.as_bytes().to_vec()),
        }
    }

    /// What a client sends with a prepared statement.
    pub(super) fn from_wire(value: &WireValue) -> Result<Self> {
        match value {
            WireValue::NULL => Some(Self::Null),
            WireValue::Int(number) => Some(Self::Integer(*number)),
            WireValue::UInt(number) => i64::try_from(*number).ok().map(Self::Integer),
            WireValue::Double(number) => whole(*number).map(Self::Real),
            WireValue::Bytes(bytes) => std::str::from_utf8(bytes)
                .ok()
                .map(|text| Self::Text(text.into())),
            _ => None,
        }
        .ok_or_else(unsupported)
    }
}

/// The integer that a floating-point number is, if it is one that both can tell from its neighbours.
#[expect(clippy::cast_possible_truncation, reason = "it was looked at before")]
fn whole(number: f64) -> Option<i64> {
    const LARGEST: f64 = 9_007_199_254_740_992.0;
    (number.fract() == 0.0 && number.abs() < LARGEST).then_some(number as i64)
}

/// Equality under `utf8mb4_0900_ai_ci`, of which only this is known here: what is the same bytes is
/// equal, and of printable ASCII only the letters' case makes no difference.
pub(super) fn same_text(left: &str, right: &str) -> Result<bool> {
    let printable = |text: &str| text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if left == right {
        Ok(true)
    } else if printable(left) && printable(right) {
        Ok(left.eq_ignore_ascii_case(right))
    } else {
        Err(unsupported())
    }
}
