//! The types of MySQL's values, and how `SQLite` holds each.

use mysql_common::{
    constants::{ColumnFlags, ColumnType},
    packets,
};
use serde::{Deserialize, Serialize};

use super::SqlError;

/// A type of MySQL. `SQLite` holds
/// - integers as they are,
/// - a decimal as an integer, scaled by its digits after the point,
/// - a date, a time and a moment as microseconds (since 1970, in the session's zone; a `TIMESTAMP`
///   column holds UTC),
///
/// so that comparing and sorting are exact, and indexes work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Type {
    /// A parameter that has no value yet: while a statement is prepared.
    Unknown,
    Null,
    Integer {
        size: IntegerSize,
        unsigned: bool,
        /// `TINYINT(1)`
        boolean: bool,
    },
    Decimal {
        precision: u8,
        scale: u8,
    },
    Float,
    Double,
    Text {
        form: TextForm,
        /// The most characters.
        length: u32,
        collation: Collation,
    },
    Bytes {
        form: TextForm,
        /// The most bytes.
        length: u32,
    },
    Date,
    DateTime {
        digits: u8,
    },
    Timestamp {
        digits: u8,
    },
    Time {
        digits: u8,
    },
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum IntegerSize {
    /// What `YEAR()` gives.
    Year,
    Tiny,
    Small,
    Medium,
    Int,
    Big,
}

/// Of text and of bytes alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TextForm {
    Fixed,
    Varying,
    TinyLarge,
    Large,
    MediumLarge,
    LongLarge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Collation {
    /// `utf8mb4_0900_ai_ci`, the default.
    Default,
    /// `utf8mb4_unicode_ci`: as the default, but blanks at the end do not count.
    Unicode,
    /// `utf8mb4_general_ci`
    General,
    /// `utf8mb4_bin`
    Binary,
    /// `utf8mb4_0900_bin`
    BinaryNoPad,
}

pub(crate) const COLLATIONS: [(Collation, &str, u16); 5] = [
    (Collation::Default, "utf8mb4_0900_ai_ci", 255),
    (Collation::Unicode, "utf8mb4_unicode_ci", 224),
    (Collation::General, "utf8mb4_general_ci", 45),
    (Collation::Binary, "utf8mb4_bin", 46),
    (Collation::BinaryNoPad, "utf8mb4_0900_bin", 309),
];

impl Collation {
    pub(crate) fn named(name: &str) -> Result<Self, SqlError> {
        let plain = name.to_ascii_lowercase();
        let plain = match plain
            .strip_prefix("utf8_")
            .or(plain.strip_prefix("utf8mb3_"))
        {
            Some(rest) => format!("utf8mb4_{rest}"),
            None => plain,
        };
        COLLATIONS
            .iter()
            .find(|known| known.1 == plain)
            .map(|known| known.0)
            .ok_or_else(|| SqlError::unsupported(format!("the collation {name}")))
    }

    pub(crate) fn name(self) -> &'static str {
        COLLATIONS
            .iter()
            .find(|known| known.0 == self)
            .map_or("", |known| known.1)
    }

    pub(crate) fn case_sensitive(self) -> bool {
        matches!(self, Self::Binary | Self::BinaryNoPad)
    }
}

pub(crate) const BIGINT: Type = integer(IntegerSize::Big, false);
pub(crate) const INT: Type = integer(IntegerSize::Int, false);
pub(crate) const BIGINT_UNSIGNED: Type = integer(IntegerSize::Big, true);

const fn integer(size: IntegerSize, unsigned: bool) -> Type {
    Type::Integer {
        size,
        unsigned,
        boolean: false,
    }
}

/// A `VARCHAR` of the default collation.
pub(crate) const fn varchar(length: u32) -> Type {
    Type::Text {
        form: TextForm::Varying,
        length,
        collation: Collation::Default,
    }
}

impl IntegerSize {
    /// The least and the greatest value. Of `BIGINT UNSIGNED` only what fits into `SQLite`'s integers.
    pub(crate) fn range(self, unsigned: bool) -> (i64, i64) {
        let bits = match self {
            Self::Tiny | Self::Year => 8,
            Self::Small => 16,
            Self::Medium => 24,
            Self::Int => 32,
            Self::Big => 64,
        };
        match (bits, unsigned) {
            (64, true) => (0, i64::MAX),
            (64, false) => (i64::MIN, i64::MAX),
            (_, true) => (0, (1 << bits) - 1),
            (_, false) => (-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
        }
    }

    /// Digits of the longest value, a sign included.
    fn digits(self, unsigned: bool) -> u32 {
        match (self, unsigned) {
            (Self::Year, _) => 4,
            (Self::Tiny, true) => 3,
            (Self::Tiny, false) => 4,
            (Self::Small, true) => 5,
            (Self::Small, false) => 6,
            (Self::Medium, true) => 8,
            (Self::Medium, false) => 9,
            (Self::Int, true) => 10,
            (Self::Int, false) => 11,
            (Self::Big, _) => 20,
        }
    }
}

impl Type {
    pub(crate) fn is_number(self) -> bool {
        matches!(
            self,
            Self::Integer { .. } | Self::Decimal { .. } | Self::Float | Self::Double
        )
    }

    pub(crate) fn is_exact(self) -> bool {
        matches!(self, Self::Integer { .. } | Self::Decimal { .. })
    }

    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::Text { .. })
    }

    /// A date, or a moment.
    pub(crate) fn is_moment(self) -> bool {
        matches!(
            self,
            Self::Date | Self::DateTime { .. } | Self::Timestamp { .. }
        )
    }

    pub(crate) fn collation(self) -> Collation {
        match self {
            Self::Text { collation, .. } => collation,
            _ => Collation::BinaryNoPad,
        }
    }

    /// Digits after the point, of a decimal or of a second.
    pub(crate) fn scale(self) -> u8 {
        match self {
            Self::Decimal { scale, .. } => scale,
            Self::DateTime { digits } | Self::Timestamp { digits } | Self::Time { digits } => {
                digits
            }
            _ => 0,
        }
    }

    /// Characters of the longest value as text.
    pub(crate) fn display_length(self) -> u32 {
        let fraction = |digits: u8| {
            if digits == 0 {
                0
            } else {
                u32::from(digits) + 1
            }
        };
        match self {
            Self::Unknown | Self::Null => 0,
            Self::Integer { boolean: true, .. } => 1,
            Self::Integer { size, unsigned, .. } => size.digits(unsigned),
            Self::Decimal { precision, scale } => u32::from(precision) + 1 + u32::from(scale > 0),
            Self::Float => 12,
            Self::Double => 22,
            Self::Text { length, .. } | Self::Bytes { length, .. } => length,
            Self::Date => 10,
            Self::DateTime { digits } | Self::Timestamp { digits } => 19 + fraction(digits),
            Self::Time { digits } => 10 + fraction(digits),
            Self::Json => u32::MAX,
        }
    }

    /// What the strict tables of `SQLite` call it.
    pub(crate) fn sqlite(self) -> &'static str {
        match self {
            Self::Float | Self::Double => "REAL",
            Self::Text { .. } | Self::Json => "TEXT",
            Self::Bytes { .. } => "BLOB",
            _ => "INTEGER",
        }
    }

    /// As MySQL writes it in `SHOW CREATE TABLE`.
    pub(crate) fn name(self) -> String {
        let digits = |name: &str, digits: u8| match digits {
            0 => name.to_owned(),
            _ => format!("{name}({digits})"),
        };
        match self {
            Self::Unknown | Self::Null => "null".to_owned(),
            Self::Integer { boolean: true, .. } => "tinyint(1)".to_owned(),
            Self::Integer { size, unsigned, .. } => {
                let name = self.base_name();
                let _ = size;
                format!("{name}{}", if unsigned { " unsigned" } else { "" })
            }
            Self::Decimal { precision, scale } => format!("decimal({precision},{scale})"),
            Self::Text { form, length, .. } | Self::Bytes { form, length } => match form {
                TextForm::Fixed | TextForm::Varying => format!("{}({length})", self.base_name()),
                _ => self.base_name().to_owned(),
            },
            Self::DateTime { digits: d } => digits("datetime", d),
            Self::Timestamp { digits: d } => digits("timestamp", d),
            Self::Time { digits: d } => digits("time", d),
            _ => self.base_name().to_owned(),
        }
    }

    /// `DATA_TYPE` of `information_schema.columns`.
    pub(crate) fn base_name(self) -> &'static str {
        match self {
            Self::Unknown | Self::Null => "null",
            Self::Integer { size, .. } => match size {
                IntegerSize::Year => "year",
                IntegerSize::Tiny => "tinyint",
                IntegerSize::Small => "smallint",
                IntegerSize::Medium => "mediumint",
                IntegerSize::Int => "int",
                IntegerSize::Big => "bigint",
            },
            Self::Decimal { .. } => "decimal",
            Self::Float => "float",
            Self::Double => "double",
            Self::Text { form, .. } => match form {
                TextForm::Fixed => "char",
                TextForm::Varying => "varchar",
                TextForm::TinyLarge => "tinytext",
                TextForm::Large => "text",
                TextForm::MediumLarge => "mediumtext",
                TextForm::LongLarge => "longtext",
            },
            Self::Bytes { form, .. } => match form {
                TextForm::Fixed => "binary",
                TextForm::Varying => "varbinary",
                TextForm::TinyLarge => "tinyblob",
                TextForm::Large => "blob",
                TextForm::MediumLarge => "mediumblob",
                TextForm::LongLarge => "longblob",
            },
            Self::Date => "date",
            Self::DateTime { .. } => "datetime",
            Self::Timestamp { .. } => "timestamp",
            Self::Time { .. } => "time",
            Self::Json => "json",
        }
    }

    /// The protocol's description of a column of this type.
    pub(crate) fn describe(self, nullable: bool) -> packets::Column {
        let kind = match self {
            Self::Null => ColumnType::MYSQL_TYPE_NULL,
            Self::Unknown => ColumnType::MYSQL_TYPE_VAR_STRING,
            Self::Integer { size, .. } => match size {
                IntegerSize::Year => ColumnType::MYSQL_TYPE_YEAR,
                IntegerSize::Tiny => ColumnType::MYSQL_TYPE_TINY,
                IntegerSize::Small => ColumnType::MYSQL_TYPE_SHORT,
                IntegerSize::Medium => ColumnType::MYSQL_TYPE_INT24,
                IntegerSize::Int => ColumnType::MYSQL_TYPE_LONG,
                IntegerSize::Big => ColumnType::MYSQL_TYPE_LONGLONG,
            },
            Self::Decimal { .. } => ColumnType::MYSQL_TYPE_NEWDECIMAL,
            Self::Float => ColumnType::MYSQL_TYPE_FLOAT,
            Self::Double => ColumnType::MYSQL_TYPE_DOUBLE,
            Self::Text { form, .. } | Self::Bytes { form, .. } => match form {
                TextForm::Fixed => ColumnType::MYSQL_TYPE_STRING,
                TextForm::Varying => ColumnType::MYSQL_TYPE_VAR_STRING,
                _ => ColumnType::MYSQL_TYPE_BLOB,
            },
            Self::Date => ColumnType::MYSQL_TYPE_DATE,
            Self::DateTime { .. } => ColumnType::MYSQL_TYPE_DATETIME,
            Self::Timestamp { .. } => ColumnType::MYSQL_TYPE_TIMESTAMP,
            Self::Time { .. } => ColumnType::MYSQL_TYPE_TIME,
            Self::Json => ColumnType::MYSQL_TYPE_JSON,
        };
        let text = matches!(self, Self::Text { .. } | Self::Unknown);
        let mut flags = ColumnFlags::empty();
        if !nullable {
            flags |= ColumnFlags::NOT_NULL_FLAG;
        }
        if !text || self.collation().case_sensitive() && self.is_text() {
            flags |= ColumnFlags::BINARY_FLAG;
        }
        if let Self::Integer { unsigned: true, .. } = self {
            flags |= ColumnFlags::UNSIGNED_FLAG;
        }
        if kind == ColumnType::MYSQL_TYPE_BLOB || self == Self::Json {
            flags |= ColumnFlags::BLOB_FLAG;
        }
        let decimals = match self {
            Self::Float | Self::Double => 31,
            Self::Unknown => 31,
            _ => self.scale(),
        };
        let length = if text {
            self.display_length().saturating_mul(4)
        } else {
            self.display_length()
        };
        packets::Column::new(kind)
            .with_flags(flags)
            .with_character_set(if text { 255 } else { 63 })
            .with_column_length(length)
            .with_decimals(decimals)
    }
}

/// The type of what is one or the other: of `COALESCE`, `CASE`, `UNION`.
///
/// # Errors
///
/// 1064 for types that MySQL would turn into text or another form.
pub(crate) fn union(one: Type, other: Type) -> Result<Type, SqlError> {
    Ok(match (one, other) {
        (one, other) if one == other => one,
        (Type::Null | Type::Unknown, kind) | (kind, Type::Null | Type::Unknown) => kind,
        (
            Type::Integer {
                size: a,
                unsigned: u,
                ..
            },
            Type::Integer {
                size: b,
                unsigned: v,
                ..
            },
        ) => {
            let size = if u == v { a.max(b) } else { IntegerSize::Big };
            integer(size, u && v)
        }
        (
            Type::Decimal { .. } | Type::Integer { .. },
            Type::Decimal { .. } | Type::Integer { .. },
        ) => {
            let (a, b) = (exact_digits(one), exact_digits(other));
            let scale = a.1.max(b.1);
            let whole = (a.0.saturating_sub(a.1)).max(b.0.saturating_sub(b.1));
            Type::Decimal {
                precision: (whole + scale).min(65),
                scale,
            }
        }
        (one, other) if one.is_number() && other.is_number() => Type::Double,
        (
            Type::Text {
                form,
                length,
                collation,
            },
            Type::Text {
                form: other_form,
                length: other_length,
                collation: other_collation,
            },
        ) => Type::Text {
            form: wider_form(form, other_form),
            length: length.max(other_length),
            collation: if collation == Collation::Default {
                other_collation
            } else {
                collation
            },
        },
        (Type::Bytes { length: a, form: f }, Type::Bytes { length: b, form: g }) => Type::Bytes {
            length: a.max(b),
            form: if f == g { f } else { TextForm::Varying },
        },
        (one, other) if one.is_moment() && other.is_moment() => Type::DateTime {
            digits: one.scale().max(other.scale()),
        },
        (Type::Time { digits: a }, Type::Time { digits: b }) => Type::Time { digits: a.max(b) },
        _ => {
            return Err(SqlError::unsupported(format!(
                "one value that is either {} or {}",
                one.base_name(),
                other.base_name()
            )));
        }
    })
}

fn wider_form(one: TextForm, other: TextForm) -> TextForm {
    match (one, other) {
        (one, other) if one == other => one,
        (TextForm::Fixed | TextForm::Varying, TextForm::Fixed | TextForm::Varying) => {
            TextForm::Varying
        }
        (TextForm::LongLarge, _) | (_, TextForm::LongLarge) => TextForm::LongLarge,
        (TextForm::MediumLarge, _) | (_, TextForm::MediumLarge) => TextForm::MediumLarge,
        _ => TextForm::Large,
    }
}

/// All digits and those after the point.
pub(crate) fn exact_digits(kind: Type) -> (u8, u8) {
    match kind {
        Type::Decimal { precision, scale } => (precision, scale),
        Type::Integer { size, unsigned, .. } => {
            let digits = size.digits(unsigned) - u32::from(!unsigned && size != IntegerSize::Big);
            (u8::try_from(digits.min(19)).unwrap_or(19), 0)
        }
        _ => (0, 0),
    }
}
