//! The type of a column, from its definition.

use sqlparser::ast::{BinaryLength, CharacterLength, DataType, ExactNumberInfo, TimezoneInfo};

use super::{
    SqlError, decimal,
    types::{Collation, IntegerSize, TextForm, Type},
};

/// The type of a column, and whether it is `SERIAL`-like in nothing: its collation comes apart.
///
/// # Errors
///
/// 1064 for a type that is not supported.
pub(crate) fn column_type(data_type: &DataType) -> Result<(Type, Option<Collation>), SqlError> {
    let unsupported = || SqlError::unsupported(format!("the type {data_type}"));
    let integer = |size, unsigned, width: &Option<u64>| Type::Integer {
        size,
        unsigned,
        boolean: size == IntegerSize::Tiny && !unsigned && *width == Some(1),
    };
    let text = |form, length: u32| Type::Text {
        form,
        length,
        collation: Collation::Default,
    };
    let bytes = |form, length: u32| Type::Bytes { form, length };
    let kind = match data_type {
        DataType::TinyInt(width) => integer(IntegerSize::Tiny, false, width),
        DataType::TinyIntUnsigned(width) => integer(IntegerSize::Tiny, true, width),
        DataType::SmallInt(width) => integer(IntegerSize::Small, false, width),
        DataType::SmallIntUnsigned(width) => integer(IntegerSize::Small, true, width),
        DataType::MediumInt(width) => integer(IntegerSize::Medium, false, width),
        DataType::MediumIntUnsigned(width) => integer(IntegerSize::Medium, true, width),
        DataType::Int(width) | DataType::Integer(width) => integer(IntegerSize::Int, false, width),
        DataType::IntUnsigned(width) | DataType::IntegerUnsigned(width) => {
            integer(IntegerSize::Int, true, width)
        }
        DataType::BigInt(width) => integer(IntegerSize::Big, false, width),
        DataType::BigIntUnsigned(width) => integer(IntegerSize::Big, true, width),
        DataType::Bool | DataType::Boolean => integer(IntegerSize::Tiny, false, &Some(1)),
        DataType::Float(ExactNumberInfo::None) => Type::Float,
        DataType::Double(ExactNumberInfo::None) | DataType::DoublePrecision | DataType::Real => {
            Type::Double
        }
        DataType::Decimal(info) | DataType::Numeric(info) | DataType::Dec(info) => {
            let (precision, scale) = match info {
                ExactNumberInfo::None => (10, 0),
                ExactNumberInfo::Precision(precision) => (*precision, 0),
                ExactNumberInfo::PrecisionAndScale(precision, scale) => (
                    *precision,
                    u64::try_from(*scale).map_err(|_| unsupported())?,
                ),
            };
            let precision = u8::try_from(precision).map_err(|_| unsupported())?;
            let scale = u8::try_from(scale).map_err(|_| unsupported())?;
            if precision > decimal::MOST_DIGITS {
                return Err(decimal::too_large());
            }
            if precision == 0 || scale > precision {
                return Err(unsupported());
            }
            Type::Decimal { precision, scale }
        }
        DataType::Char(length) | DataType::Character(length) => {
            text(TextForm::Fixed, characters(length.as_ref(), Some(1), 255)?)
        }
        DataType::Varchar(length) | DataType::CharacterVarying(length) => text(
            TextForm::Varying,
            characters(length.as_ref(), None, 16_383)?,
        ),
        DataType::TinyText => text(TextForm::TinyLarge, 255),
        DataType::Text => text(TextForm::Large, 65_535),
        DataType::MediumText => text(TextForm::MediumLarge, 16_777_215),
        DataType::LongText => text(TextForm::LongLarge, u32::MAX),
        DataType::Binary(length) => {
            let length = length.unwrap_or(1);
            if length > 255 {
                return Err(unsupported());
            }
            bytes(TextForm::Fixed, u32::try_from(length).unwrap_or(255))
        }
        DataType::Varbinary(Some(BinaryLength::IntegerLength { length })) if *length <= 65_533 => {
            bytes(TextForm::Varying, u32::try_from(*length).unwrap_or(0))
        }
        DataType::TinyBlob => bytes(TextForm::TinyLarge, 255),
        DataType::Blob(None) => bytes(TextForm::Large, 65_535),
        DataType::MediumBlob => bytes(TextForm::MediumLarge, 16_777_215),
        DataType::LongBlob => bytes(TextForm::LongLarge, u32::MAX),
        DataType::Date => Type::Date,
        DataType::Datetime(digits) => Type::DateTime {
            digits: second_digits(*digits)?,
        },
        DataType::Timestamp(digits, TimezoneInfo::None) => Type::Timestamp {
            digits: second_digits(*digits)?,
        },
        DataType::Time(digits, TimezoneInfo::None) => Type::Time {
            digits: second_digits(*digits)?,
        },
        DataType::JSON => Type::Json,
        _ => return Err(unsupported()),
    };
    Ok((kind, None))
}

/// # Errors
///
/// 1426 for more than six.
pub(crate) fn second_digits(digits: Option<u64>) -> Result<u8, SqlError> {
    match digits {
        None => Ok(0),
        Some(digits @ 0..=6) => Ok(u8::try_from(digits).unwrap_or(6)),
        Some(digits) => Err(SqlError::new(
            1426,
            *b"42000",
            format!("Too-big precision {digits} specified. Maximum is 6."),
        )),
    }
}

pub(crate) fn characters(
    length: Option<&CharacterLength>,
    default: Option<u32>,
    most: u32,
) -> Result<u32, SqlError> {
    match length {
        None => default.ok_or_else(|| SqlError::syntax("VARCHAR needs a length")),
        Some(CharacterLength::IntegerLength { length, unit: None }) => u32::try_from(*length)
            .ok()
            .filter(|length| *length <= most)
            .ok_or_else(|| {
                SqlError::new(
                    1074,
                    *b"42000",
                    format!("Column length too big (max = {most}); use BLOB or TEXT instead"),
                )
            }),
        Some(other) => Err(SqlError::unsupported(format!("the length {other}"))),
    }
}
