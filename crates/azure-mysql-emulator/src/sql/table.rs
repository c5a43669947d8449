//! What a table is made of, and which values its columns take.

use std::sync::Arc;

use mysql_common::{
    Value as WireValue,
    constants::{ColumnFlags, ColumnType},
};

use super::error::SqlError;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    Integer(i128),
    Text(Arc<str>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataType {
    Integer {
        size: IntegerSize,
        unsigned: bool,
    },
    Boolean,
    /// Of so many characters.
    Varchar(u32),
    Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IntegerSize {
    Tiny,
    Small,
    Normal,
    Big,
}

/// Bytes of a `TEXT`.
const LONGEST_TEXT: u32 = 65_535;

/// Bytes of a row, `TEXT` aside. Refused earlier than by MySQL, which counts some more bytes.
const LONGEST_ROW: u32 = 60_000;

/// Characters of a `VARCHAR`.
const LONGEST_VARCHAR: u32 = 16_383;

#[derive(Clone, Debug)]
pub(super) struct ColumnSpec {
    pub(super) name: String,
    pub(super) data_type: DataType,
    pub(super) nullable: bool,
    /// `None` if there is none and the column takes no NULL.
    pub(super) default: Option<Value>,
    pub(super) auto_increment: bool,
}

#[derive(Debug)]
pub(super) struct Definition {
    pub(super) columns: Vec<ColumnSpec>,
    /// The column that is the primary key.
    pub(super) key: Option<usize>,
}

impl Definition {
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.columns
            .iter()
            .position(|column| same_name(&column.name, name))
    }

    pub(super) fn auto_increment(&self) -> Option<usize> {
        self.columns.iter().position(|column| column.auto_increment)
    }

    /// # Errors
    ///
    /// 1064 for a table whose rows may be longer than MySQL's.
    pub(super) fn check_row_length(&self) -> Result<(), SqlError> {
        let bytes = self.columns.iter().map(|column| match column.data_type {
            DataType::Varchar(characters) => characters * 4 + 3,
            _ => 16,
        });
        if bytes.sum::<u32>() > LONGEST_ROW {
            return Err(SqlError::unsupported());
        }
        Ok(())
    }
}

/// Whether two names of columns are one. Those of other alphabets are compared as they are, so that
/// none is taken for another.
pub(super) fn same_name(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

impl IntegerSize {
    fn bits(self) -> u32 {
        match self {
            Self::Tiny => 8,
            Self::Small => 16,
            Self::Normal => 32,
            Self::Big => 64,
        }
    }
}

impl DataType {
    /// Lowest and highest integer; `None` if it is a type of text.
    pub(super) fn range(self) -> Option<(i128, i128)> {
        match self {
            Self::Integer { size, unsigned } => {
                let bits = size.bits();
                Some(if unsigned {
                    (0, (1 << bits) - 1)
                } else {
                    (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
                })
            }
            Self::Boolean => Some((-128, 127)),
            Self::Varchar(_) | Self::Text => None,
        }
    }

    pub(super) fn is_unsigned(self) -> bool {
        matches!(self, Self::Integer { unsigned: true, .. })
    }

    /// Type, length and flags for the protocol.
    pub(super) fn wire(self) -> (ColumnType, u32, ColumnFlags) {
        match self {
            Self::Boolean => (ColumnType::MYSQL_TYPE_TINY, 1, ColumnFlags::empty()),
            Self::Varchar(length) => (
                ColumnType::MYSQL_TYPE_VAR_STRING,
                length,
                ColumnFlags::empty(),
            ),
            Self::Text => (
                ColumnType::MYSQL_TYPE_BLOB,
                LONGEST_TEXT,
                ColumnFlags::BLOB_FLAG,
            ),
            Self::Integer { size, unsigned } => {
                let (kind, signed_length, unsigned_length) = match size {
                    IntegerSize::Tiny => (ColumnType::MYSQL_TYPE_TINY, 4, 3),
                    IntegerSize::Small => (ColumnType::MYSQL_TYPE_SHORT, 6, 5),
                    IntegerSize::Normal => (ColumnType::MYSQL_TYPE_LONG, 11, 10),
                    IntegerSize::Big => (ColumnType::MYSQL_TYPE_LONGLONG, 20, 20),
                };
                if unsigned {
                    (kind, unsigned_length, ColumnFlags::UNSIGNED_FLAG)
                } else {
                    (kind, signed_length, ColumnFlags::empty())
                }
            }
        }
    }

    /// # Errors
    ///
    /// 1074 if there is no such type.
    pub(super) fn check(self, column: &str) -> Result<(), SqlError> {
        match self {
            Self::Varchar(length) if length > LONGEST_VARCHAR => Err(SqlError::new(
                1074,
                *b"42000",
                format!(
                    "Column length too big for column '{column}' (max = {LONGEST_VARCHAR}); use \
                     BLOB or TEXT instead"
                ),
            )),
            _ => Ok(()),
        }
    }
}

/// A value as a column keeps it, and whether spaces at its end were cut.
pub(super) struct Coerced {
    pub(super) value: Value,
    pub(super) cut: bool,
}

impl ColumnSpec {
    /// # Errors
    ///
    /// What MySQL says of a value that the column does not take in strict mode; 1064 for one that
    /// would have to be converted in a way that is not known here.
    pub(super) fn coerce(&self, value: Value, row: usize) -> Result<Coerced, SqlError> {
        let name = &self.name;
        let whole = |value| Coerced { value, cut: false };
        match (value, self.data_type.range()) {
            (Value::Null, _) if self.nullable => Ok(whole(Value::Null)),
            (Value::Null, _) => {
                let message = format!("Column '{name}' cannot be null");
                Err(SqlError::new(1048, *b"23000", message))
            }
            (Value::Integer(number), Some((lowest, highest))) => {
                if (lowest..=highest).contains(&number) {
                    return Ok(whole(Value::Integer(number)));
                }
                let message = format!("Out of range value for column '{name}' at row {row}");
                Err(SqlError::new(1264, *b"22003", message))
            }
            (Value::Text(text), Some(_)) => {
                if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
                    let message = format!(
                        "Incorrect integer value: '{text}' for column '{name}' at row {row}"
                    );
                    return Err(SqlError::new(1366, *b"HY000", message));
                }
                Err(SqlError::unsupported())
            }
            (Value::Integer(_), None) => Err(SqlError::unsupported()),
            (Value::Text(text), None) => self.fit(text, row),
        }
    }

    fn fit(&self, text: Arc<str>, row: usize) -> Result<Coerced, SqlError> {
        let longest = match self.data_type {
            DataType::Varchar(length) => {
                let longest = usize::try_from(length).unwrap_or(usize::MAX);
                text.char_indices().nth(longest).map(|(at, _)| at)
            }
            _ => {
                let longest = LONGEST_TEXT as usize;
                (text.len() > longest).then_some(longest)
            }
        };
        let Some(longest) = longest else {
            return Ok(Coerced {
                value: Value::Text(text),
                cut: false,
            });
        };
        let is_varchar = matches!(self.data_type, DataType::Varchar(_));
        if is_varchar && text.bytes().skip(longest).all(|byte| byte == b' ') {
            return Ok(Coerced {
                value: Value::Text(text[..longest].into()),
                cut: true,
            });
        }
        let message = format!("Data too long for column '{}' at row {row}", self.name);
        Err(SqlError::new(1406, *b"22001", message))
    }
}

impl Value {
    /// What it takes in memory, about.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Null | Self::Integer(_) => 32,
            Self::Text(text) => 48 + text.len(),
        }
    }

    pub(super) fn to_wire(&self) -> WireValue {
        match self {
            Self::Null => WireValue::NULL,
            Self::Integer(number) => i64::try_from(*number)
                .map(WireValue::Int)
                .or_else(|_| u64::try_from(*number).map(WireValue::UInt))
                .unwrap_or(WireValue::NULL),
            Self::Text(text) => WireValue::Bytes(text.as_bytes().to_vec()),
        }
    }

    /// What a client sends with a prepared statement.
    ///
    /// # Errors
    ///
    /// 1064 for a type that no column has.
    pub(super) fn from_wire(value: &WireValue) -> Result<Self, SqlError> {
        match value {
            WireValue::NULL => Ok(Self::Null),
            WireValue::Int(number) => Ok(Self::Integer((*number).into())),
            WireValue::UInt(number) => Ok(Self::Integer((*number).into())),
            WireValue::Bytes(bytes) => std::str::from_utf8(bytes)
                .map(|text| Self::Text(text.into()))
                .map_err(|_| SqlError::unsupported()),
            _ => Err(SqlError::unsupported()),
        }
    }
}
