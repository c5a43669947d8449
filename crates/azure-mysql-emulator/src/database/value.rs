//! Values between the protocol and `SQLite`.

use mysql_common::{Value as Wire, constants::ColumnType, packets::Column};
use rusqlite::types::Value;

use super::{
    SqlError, decimal,
    temporal::{self, Parts, SECOND},
    types::{BIGINT, Collation, TextForm, Type},
};

/// A parameter as the protocol brought it.
///
/// # Errors
///
/// 1064 for an integer that `SQLite` does not hold; 1292 for a date that is none.
pub(crate) fn of_parameter(value: &Wire) -> Result<(Value, Type), SqlError> {
    Ok(match value {
        Wire::NULL => (Value::Null, Type::Null),
        Wire::Int(number) => (Value::Integer(*number), BIGINT),
        Wire::UInt(number) => {
            let number = i64::try_from(*number)
                .map_err(|_| SqlError::unsupported("integers above 9223372036854775807"))?;
            (Value::Integer(number), BIGINT)
        }
        Wire::Float(number) => (Value::Real((*number).into()), Type::Double),
        Wire::Double(number) => (Value::Real(*number), Type::Double),
        Wire::Bytes(bytes) => {
            if let Ok(text) = std::str::from_utf8(bytes) {
                let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
                let kind = Type::Text {
                    form: TextForm::Varying,
                    length,
                    collation: Collation::Default,
                };
                (Value::Text(text.to_owned()), kind)
            } else {
                let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                let kind = Type::Bytes {
                    form: TextForm::Varying,
                    length,
                };
                (Value::Blob(bytes.clone()), kind)
            }
        }
        Wire::Date(year, month, day, hour, minute, second, micros) => {
            let parts = Parts {
                year: *year,
                month: *month,
                day: *day,
                hour: *hour,
                minute: *minute,
                second: *second,
                micros: *micros,
            };
            let micros = parts.micros_since_epoch().ok_or_else(|| {
                SqlError::new(1292, *b"22007", "Incorrect datetime value of a parameter")
            })?;
            let digits = if parts.micros == 0 { 0 } else { 6 };
            (Value::Integer(micros), Type::DateTime { digits })
        }
        Wire::Time(negative, days, hours, minutes, seconds, micros) => {
            let hours = i64::from(*days) * 24 + i64::from(*hours);
            let total = (hours * 3600 + i64::from(*minutes) * 60 + i64::from(*seconds)) * SECOND
                + i64::from(*micros);
            let digits = if *micros == 0 { 0 } else { 6 };
            let signed = if *negative { -total } else { total };
            (Value::Integer(signed), Type::Time { digits })
        }
    })
}

/// A value of a result.
///
/// # Errors
///
/// 1690 for what is no value of its type: then arithmetic has overflowed.
pub(crate) fn to_wire(value: Value, kind: Type) -> Result<Wire, SqlError> {
    let out_of_range = || SqlError::new(1690, *b"22003", "a value is out of range");
    Ok(match (value, kind) {
        (Value::Null, _) => Wire::NULL,
        (Value::Integer(number), Type::Integer { unsigned, .. }) => {
            if unsigned {
                Wire::UInt(u64::try_from(number).map_err(|_| out_of_range())?)
            } else {
                Wire::Int(number)
            }
        }
        (Value::Integer(unscaled), Type::Decimal { scale, .. }) => {
            Wire::Bytes(decimal::format(unscaled, scale).into_bytes())
        }
        (Value::Real(number), Type::Double) => Wire::Double(number),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it was stored from a FLOAT"
        )]
        (Value::Real(number), Type::Float) => Wire::Float(number as f32),
        (Value::Text(text), _) => Wire::Bytes(text.into_bytes()),
        (Value::Blob(bytes), _) => Wire::Bytes(bytes),
        (Value::Integer(micros), Type::Date) => {
            let parts = Parts::of(micros).ok_or_else(out_of_range)?;
            Wire::Date(parts.year, parts.month, parts.day, 0, 0, 0, 0)
        }
        (Value::Integer(micros), Type::DateTime { .. } | Type::Timestamp { .. }) => {
            let parts = Parts::of(micros).ok_or_else(out_of_range)?;
            Wire::Date(
                parts.year,
                parts.month,
                parts.day,
                parts.hour,
                parts.minute,
                parts.second,
                parts.micros,
            )
        }
        (Value::Integer(micros), Type::Time { .. }) => {
            let size = micros.unsigned_abs();
            let seconds = size / 1_000_000;
            let part = |value: u64| u8::try_from(value).unwrap_or(0);
            Wire::Time(
                micros < 0,
                u32::try_from(seconds / 86_400).unwrap_or(0),
                part(seconds / 3600 % 24),
                part(seconds / 60 % 60),
                part(seconds % 60),
                u32::try_from(size % 1_000_000).unwrap_or(0),
            )
        }
        _ => return Err(out_of_range()),
    })
}

/// As the text protocol shows a value of a result; none for NULL.
pub(crate) fn shown(value: &Wire, column: &Column) -> Option<Vec<u8>> {
    let decimals = column.decimals();
    Some(match value {
        Wire::NULL => return None,
        Wire::Bytes(bytes) => bytes.clone(),
        Wire::Int(number) => number.to_string().into_bytes(),
        Wire::UInt(number) => number.to_string().into_bytes(),
        Wire::Double(number) => shown_double(*number),
        Wire::Float(number) => {
            // Six digits, as MySQL shows a FLOAT.
            let short: f64 = format!("{number:.5e}").parse().unwrap_or_default();
            shown_double(short)
        }
        Wire::Date(year, month, day, hour, minute, second, micros) => {
            let micros = Parts {
                year: *year,
                month: *month,
                day: *day,
                hour: *hour,
                minute: *minute,
                second: *second,
                micros: *micros,
            }
            .micros_since_epoch()?;
            if column.column_type() == ColumnType::MYSQL_TYPE_DATE {
                return temporal::format_date(micros).map(String::into_bytes);
            }
            temporal::format_moment(micros, decimals)?.into_bytes()
        }
        Wire::Time(..) => {
            let (Value::Integer(micros), _) = of_parameter(value).ok()? else {
                return None;
            };
            temporal::format_time(micros, decimals).into_bytes()
        }
    })
}

/// The shortest digits; an exponent from 1e15 on and below 1e-15.
fn shown_double(number: f64) -> Vec<u8> {
    let size = number.abs();
    if size != 0.0 && !(1e-15..1e15).contains(&size) {
        return format!("{number:e}").into_bytes();
    }
    number.to_string().into_bytes()
}
