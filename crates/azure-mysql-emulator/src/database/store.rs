//! A value on its way into a column: converted as MySQL does in its strict mode, or refused.

use rusqlite::types::Value;

use super::{
    SqlError,
    catalogue::Column,
    decimal, functions, temporal,
    types::{TextForm, Type},
};

/// Where a value goes to, for messages, and what conversions need.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) column: &'a Column,
    pub(crate) row: usize,
    /// Of the session's time zone: a `TIMESTAMP` is stored as UTC.
    pub(crate) offset: i64,
}

/// # Errors
///
/// What MySQL says to a value that does not fit; 1064 where it would convert in a way that is not
/// known here.
pub(crate) fn store(value: Value, kind: Type, place: Place<'_>) -> Result<Value, SqlError> {
    if value == Value::Null {
        return if place.column.nullable {
            Ok(Value::Null)
        } else {
            Err(SqlError::cannot_be_null(&place.column.name))
        };
    }
    match place.column.kind {
        Type::Integer { size, unsigned, .. } => {
            let (low, high) = size.range(unsigned);
            let number = whole_number(&value, kind, place)?;
            if !(i128::from(low)..=i128::from(high)).contains(&number) {
                if unsigned && high == i64::MAX && number > 0 && u64::try_from(number).is_ok() {
                    return Err(SqlError::unsupported("integers above 9223372036854775807"));
                }
                return Err(SqlError::out_of_range(&place.column.name, place.row));
            }
            Ok(Value::Integer(i64::try_from(number).unwrap_or(high)))
        }
        Type::Decimal { precision, scale } => {
            let (unscaled, from) = exact_number(&value, kind, place)?;
            let stored = decimal::rescale(unscaled.into(), from, scale)
                .map_err(|_| SqlError::out_of_range(&place.column.name, place.row))?;
            if i128::from(stored).abs() >= 10_i128.pow(precision.into()) {
                return Err(SqlError::out_of_range(&place.column.name, place.row));
            }
            Ok(Value::Integer(stored))
        }
        Type::Double | Type::Float => {
            let number = real_number(&value, kind, place)?;
            if place.column.kind == Type::Double {
                return Ok(Value::Real(number));
            }
            #[expect(clippy::cast_possible_truncation, reason = "a FLOAT holds no more")]
            let single = number as f32;
            if single.is_finite() {
                Ok(Value::Real(single.into()))
            } else {
                Err(SqlError::out_of_range(&place.column.name, place.row))
            }
        }
        Type::Text { form, length, .. } => text(value, kind, form, length, place),
        Type::Bytes { form, length } => bytes(value, kind, form, length, place),
        Type::Date | Type::DateTime { .. } | Type::Timestamp { .. } => moment(&value, kind, place),
        Type::Time { digits } => match (&value, kind) {
            (Value::Integer(micros), Type::Time { .. }) => {
                Ok(Value::Integer(temporal::round(*micros, digits)))
            }
            (Value::Text(text), _) => {
                let micros =
                    temporal::parse_time(text).ok_or_else(|| incorrect("time", text, place))?;
                Ok(Value::Integer(temporal::round(micros, digits)))
            }
            _ => Err(no_conversion(kind, place)),
        },
        Type::Json => match value {
            Value::Text(text) => functions::normalise_json(&text).map(Value::Text),
            _ => Err(no_conversion(kind, place)),
        },
        Type::Unknown | Type::Null => Err(no_conversion(kind, place)),
    }
}

fn no_conversion(kind: Type, place: Place<'_>) -> SqlError {
    SqlError::unsupported(format!(
        "{} stored as {}",
        kind.base_name(),
        place.column.kind.base_name()
    ))
}

fn incorrect(what: &str, text: &str, place: Place<'_>) -> SqlError {
    // Forms that MySQL reads and the emulator does not must not be called incorrect.
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let zone = text.get(19..).is_some_and(|rest| rest.contains(['+', '-']));
    let separators = text.bytes().filter(u8::is_ascii_punctuation).count();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if (!text.is_empty() && plain)
        || zone
        || (digits > 0 && separators > 0 && text.len() < 40) && !what_is_invalid(text)
    {
        return SqlError::unsupported(format!("'{text}' as a {what}"));
    }
    SqlError::new(
        1292,
        *b"22007",
        format!(
            "Incorrect {what} value: '{text}' for column '{}' at row {}",
            place.column.name, place.row
        ),
    )
}

/// In MySQL's own form, but no such day or time.
fn what_is_invalid(text: &str) -> bool {
    let shape: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '9' } else { c })
        .collect();
    ["9999-99-99", "9999-99-99 99:99:99", "99:99:99", "999:99:99"].contains(&shape.as_str())
}

fn whole_number(value: &Value, kind: Type, place: Place<'_>) -> Result<i128, SqlError> {
    match (value, kind) {
        (Value::Integer(number), Type::Integer { .. }) => Ok((*number).into()),
        (Value::Integer(unscaled), Type::Decimal { scale, .. }) => {
            decimal::rescale((*unscaled).into(), scale, 0).map(Into::into)
        }
        (Value::Real(number), _) => {
            let rounded = number.round_ties_even();
            if rounded.abs() >= 1e19 {
                return Err(SqlError::out_of_range(&place.column.name, place.row));
            }
            #[expect(clippy::cast_possible_truncation, reason = "checked above")]
            Ok(rounded as i128)
        }
        (Value::Text(text), _) => {
            let trimmed = text.trim_matches(' ');
            if let Ok(number) = trimmed.parse::<i128>() {
                return Ok(number);
            }
            if let Some((unscaled, scale)) = decimal::parse(trimmed) {
                return decimal::rescale(unscaled.into(), scale, 0).map(Into::into);
            }
            Err(not_a_number("integer", trimmed, place))
        }
        _ => Err(no_conversion(kind, place)),
    }
}

fn not_a_number(what: &str, text: &str, place: Place<'_>) -> SqlError {
    let first = text.trim_start_matches(['-', '+', '.']).bytes().next();
    if first.is_some_and(|byte| byte.is_ascii_digit()) {
        if text.contains(['e', 'E']) {
            return SqlError::unsupported(format!("'{text}' as a number"));
        }
        return SqlError::new(
            1265,
            *b"01000",
            format!(
                "Data truncated for column '{}' at row {}",
                place.column.name, place.row
            ),
        );
    }
    SqlError::new(
        1366,
        *b"HY000",
        format!(
            "Incorrect {what} value: '{text}' for column '{}' at row {}",
            place.column.name, place.row
        ),
    )
}

fn exact_number(value: &Value, kind: Type, place: Place<'_>) -> Result<(i64, u8), SqlError> {
    match (value, kind) {
        (Value::Integer(number), Type::Integer { .. }) => Ok((*number, 0)),
        (Value::Integer(unscaled), Type::Decimal { scale, .. }) => Ok((*unscaled, scale)),
        (Value::Real(number), _) => {
            // The shortest text that gives the same double.
            decimal::parse(&number.to_string()).ok_or_else(decimal::too_large)
        }
        (Value::Text(text), _) => {
            let trimmed = text.trim_matches(' ');
            let digits = trimmed.bytes().filter(u8::is_ascii_digit).count();
            decimal::parse(trimmed).ok_or_else(|| {
                if digits > usize::from(decimal::MOST_DIGITS) {
                    return decimal::too_large();
                }
                not_a_number("decimal", trimmed, place)
            })
        }
        _ => Err(no_conversion(kind, place)),
    }
}

fn real_number(value: &Value, kind: Type, place: Place<'_>) -> Result<f64, SqlError> {
    match (value, kind) {
        #[expect(clippy::cast_precision_loss, reason = "as MySQL does")]
        (Value::Integer(number), Type::Integer { .. }) => Ok(*number as f64),
        (Value::Integer(unscaled), Type::Decimal { scale, .. }) => {
            let text = decimal::format(*unscaled, scale);
            text.parse().map_err(|_| no_conversion(kind, place))
        }
        (Value::Real(number), _) => Ok(*number),
        (Value::Text(text), _) => {
            let trimmed = text.trim_matches(' ');
            let plain = trimmed
                .bytes()
                .all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
            match trimmed.parse::<f64>() {
                Ok(number) if plain && number.is_finite() => Ok(number),
                _ => Err(not_a_number("double", trimmed, place)),
            }
        }
        _ => Err(no_conversion(kind, place)),
    }
}

fn too_long(place: Place<'_>) -> SqlError {
    SqlError::new(
        1406,
        *b"22001",
        format!(
            "Data too long for column '{}' at row {}",
            place.column.name, place.row
        ),
    )
}

/// The most bytes of the forms that have no length of their own.
fn most_bytes(form: TextForm) -> usize {
    match form {
        TextForm::TinyLarge => 255,
        TextForm::Large => 65_535,
        TextForm::MediumLarge => 16_777_215,
        _ => usize::MAX,
    }
}

/// What a value is as text, as `CAST(… AS CHAR)` gives it.
pub(crate) fn as_text(value: Value, kind: Type) -> Option<String> {
    match (value, kind) {
        (Value::Text(text), _) => Some(text),
        (Value::Integer(number), Type::Integer { .. }) => Some(number.to_string()),
        (Value::Integer(unscaled), Type::Decimal { scale, .. }) => {
            Some(decimal::format(unscaled, scale))
        }
        (Value::Integer(micros), Type::Date) => temporal::format_date(micros),
        (Value::Integer(micros), Type::DateTime { digits } | Type::Timestamp { digits }) => {
            temporal::format_moment(micros, digits)
        }
        (Value::Integer(micros), Type::Time { digits }) => {
            Some(temporal::format_time(micros, digits))
        }
        _ => None,
    }
}

fn text(
    value: Value,
    kind: Type,
    form: TextForm,
    length: u32,
    place: Place<'_>,
) -> Result<Value, SqlError> {
    let text = match value {
        Value::Blob(bytes) => String::from_utf8(bytes).map_err(|_| {
            SqlError::new(
                1366,
                *b"HY000",
                format!(
                    "Incorrect string value for column '{}' at row {}",
                    place.column.name, place.row
                ),
            )
        })?,
        value => as_text(value, kind).ok_or_else(|| no_conversion(kind, place))?,
    };
    if !matches!(form, TextForm::Fixed | TextForm::Varying) {
        if text.len() > most_bytes(form) {
            return Err(too_long(place));
        }
        return Ok(Value::Text(text));
    }
    let most = usize::try_from(length).unwrap_or(usize::MAX);
    let cut = text.char_indices().nth(most).map(|(at, _)| at);
    let mut kept = match cut {
        // Blanks at the end may go.
        Some(at) if text[at..].bytes().all(|byte| byte == b' ') => text[..at].to_owned(),
        Some(_) => return Err(too_long(place)),
        None => text,
    };
    if form == TextForm::Fixed {
        kept.truncate(kept.trim_end_matches(' ').len());
    }
    Ok(Value::Text(kept))
}

fn bytes(
    value: Value,
    kind: Type,
    form: TextForm,
    length: u32,
    place: Place<'_>,
) -> Result<Value, SqlError> {
    let mut bytes = match value {
        Value::Blob(bytes) => bytes,
        Value::Text(text) => text.into_bytes(),
        _ => return Err(no_conversion(kind, place)),
    };
    let most = match form {
        TextForm::Fixed | TextForm::Varying => usize::try_from(length).unwrap_or(usize::MAX),
        form => most_bytes(form),
    };
    if bytes.len() > most {
        return Err(too_long(place));
    }
    if form == TextForm::Fixed {
        bytes.resize(most, 0);
    }
    Ok(Value::Blob(bytes))
}

fn moment(value: &Value, kind: Type, place: Place<'_>) -> Result<Value, SqlError> {
    let target = place.column.kind;
    let what = if target == Type::Date {
        "date"
    } else {
        "datetime"
    };
    let micros = match (value, kind) {
        (Value::Integer(micros), kind) if kind.is_moment() => *micros,
        (Value::Text(text), _) => {
            temporal::parse_moment(text).ok_or_else(|| incorrect(what, text, place))?
        }
        _ => return Err(no_conversion(kind, place)),
    };
    let stored = match target {
        Type::Date => micros.div_euclid(temporal::DAY) * temporal::DAY,
        _ => temporal::round(micros, target.scale()),
    };
    if let Type::Timestamp { .. } = target {
        let utc = stored - place.offset;
        // 1970-01-01 00:00:01 to 2038-01-19 03:14:07
        if !(temporal::SECOND..(1_i64 << 31) * temporal::SECOND).contains(&utc) {
            let text = temporal::format_moment(micros, 0).unwrap_or_default();
            return Err(SqlError::new(
                1292,
                *b"22007",
                format!(
                    "Incorrect datetime value: '{text}' for column '{}' at row {}",
                    place.column.name, place.row
                ),
            ));
        }
        return Ok(Value::Integer(utc));
    }
    Ok(Value::Integer(stored))
}

/// As MySQL shows a key in `Duplicate entry`.
pub(crate) fn key_text(value: &Value, kind: Type, offset: i64) -> String {
    let shifted = match (value, kind) {
        (Value::Integer(micros), Type::Timestamp { .. }) => Value::Integer(micros + offset),
        _ => value.clone(),
    };
    match shifted {
        Value::Null => "NULL".to_owned(),
        Value::Blob(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Value::Real(number) => number.to_string(),
        value => as_text(value, kind).unwrap_or_default(),
    }
}
