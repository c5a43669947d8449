//! Functions of text and bytes. Positions and lengths count characters in text, bytes in bytes.

use rusqlite::{
    Connection,
    types::{Value, ValueRef},
};

use super::{super::decimal, Answer, Arguments, add, strict};
use crate::database::{SqlError, collation};

/// No function makes a longer value: MySQL's `max_allowed_packet`.
const LONGEST: usize = 64 << 20;

pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    strict(connection, "my_lower", 1, |a| {
        case(a, |c| single(c, c.to_lowercase()))
    })?;
    strict(connection, "my_upper", 1, |a| {
        case(a, |c| single(c, c.to_uppercase()))
    })?;
    strict(connection, "my_concat", -1, concat)?;
    add(connection, "my_concat_ws", -1, true, concat_with_separator)?;
    strict(connection, "my_length", 1, |a| Ok(count(a.bytes(0)?.len())))?;
    strict(connection, "my_characters", 1, |a| {
        Ok(count(match a.0.get_raw(0) {
            ValueRef::Blob(bytes) => bytes.len(),
            _ => a.text(0)?.chars().count(),
        }))
    })?;
    strict(connection, "my_substring", 2, |a| substring(a, None))?;
    strict(connection, "my_substring", 3, |a| {
        substring(a, Some(a.integer(2)?))
    })?;
    strict(connection, "my_left", 2, |a| {
        let text = a.text(0)?;
        let length = usize::try_from(a.integer(1)?).unwrap_or(0);
        Ok(Value::Text(text.chars().take(length).collect()))
    })?;
    strict(connection, "my_right", 2, |a| {
        let text = a.text(0)?;
        let length = usize::try_from(a.integer(1)?).unwrap_or(0);
        let skipped = text.chars().count().saturating_sub(length);
        Ok(Value::Text(text.chars().skip(skipped).collect()))
    })?;
    // The third says which end: 1 the start, 2 the end, 3 both.
    strict(connection, "my_trim", 3, trim)?;
    strict(connection, "my_replace", 3, |a| {
        let (text, from, to) = (a.text(0)?, a.text(1)?, a.text(2)?);
        if from.is_empty() {
            return Ok(Value::Text(text.to_owned()));
        }
        let longest = text.len() / from.len() * to.len() + text.len();
        bounded(longest)?;
        Ok(Value::Text(text.replace(from, to)))
    })?;
    strict(connection, "my_repeat", 2, |a| {
        let text = a.text(0)?;
        let times = usize::try_from(a.integer(1)?).unwrap_or(0);
        bounded(text.len().saturating_mul(times))?;
        Ok(Value::Text(text.repeat(times)))
    })?;
    strict(connection, "my_reverse", 1, |a| {
        Ok(Value::Text(a.text(0)?.chars().rev().collect()))
    })?;
    strict(connection, "my_pad", 4, pad)?;
    // Text, what to find, from which character, by which collation.
    strict(connection, "my_locate", 4, locate)?;
    add(connection, "my_like", 4, true, |a| {
        if a.is_null(0) || a.is_null(1) {
            return Ok(Value::Null);
        }
        let escape = if a.is_null(2) {
            None
        } else {
            a.text(2)?.chars().next()
        };
        let found = collation::like(a.collation(3)?, a.text(0)?, a.text(1)?, escape);
        Ok(Value::Integer(found.into()))
    })?;
    strict(connection, "my_hex", 1, |a| Ok(Value::Text(hex(a)?)))?;
    strict(connection, "my_unhex", 1, |a| Ok(unhex(a.bytes(0)?)))?;
    strict(connection, "my_decimal_text", 2, |a| {
        Ok(Value::Text(decimal::format(a.integer(0)?, a.small(1)?)))
    })?;
    strict(connection, "my_bytes", 1, |a| {
        Ok(Value::Blob(a.bytes(0)?.to_vec()))
    })?;
    strict(connection, "my_text_to_integer", 1, |a| {
        Ok(Value::Integer(leading_integer(a.text(0)?)?))
    })?;
    strict(connection, "my_group_text", 2, |a| {
        let text = a.text(0)?;
        let limit = usize::try_from(a.integer(1)?).unwrap_or(usize::MAX);
        Ok(Value::Text(text[..boundary(text, limit)].to_owned()))
    })?;
    add(connection, "my_uuid", 0, false, |_| {
        Ok(Value::Text(uuid::Uuid::new_v4().to_string()))
    })
}

/// The last character's end within a number of bytes.
fn boundary(text: &str, limit: usize) -> usize {
    (0..=limit.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

fn count(length: usize) -> Value {
    Value::Integer(i64::try_from(length).unwrap_or(i64::MAX))
}

fn bounded(length: usize) -> Result<(), SqlError> {
    if length > LONGEST {
        return Err(SqlError::unsupported("a value of more than 64 MiB"));
    }
    Ok(())
}

/// A character's other case, if that is one character: MySQL knows no other.
fn single(character: char, mut other: impl Iterator<Item = char>) -> char {
    match (other.next(), other.next()) {
        (Some(only), None) => only,
        _ => character,
    }
}

fn case(a: &Arguments<'_, '_>, change: fn(char) -> char) -> Answer {
    Ok(Value::Text(a.text(0)?.chars().map(change).collect()))
}

fn concat(a: &Arguments<'_, '_>) -> Answer {
    let mut all = String::new();
    for index in 0..a.0.len() {
        let next = a.text(index)?;
        bounded(all.len() + next.len())?;
        all.push_str(next);
    }
    Ok(Value::Text(all))
}

fn concat_with_separator(a: &Arguments<'_, '_>) -> Answer {
    if a.is_null(0) {
        return Ok(Value::Null);
    }
    let separator = a.text(0)?;
    let mut all = String::new();
    let mut first = true;
    for index in 1..a.0.len() {
        if a.is_null(index) {
            continue;
        }
        if !first {
            all.push_str(separator);
        }
        first = false;
        let next = a.text(index)?;
        bounded(all.len() + next.len() + separator.len())?;
        all.push_str(next);
    }
    Ok(Value::Text(all))
}

fn substring(a: &Arguments<'_, '_>, length: Option<i64>) -> Answer {
    let position = a.integer(1)?;
    let range = |total: usize| -> (usize, usize) {
        let total = i64::try_from(total).unwrap_or(i64::MAX);
        let start = match position {
            0 => return (0, 0),
            1.. => position - 1,
            _ => total.saturating_add(position),
        };
        let length = length.unwrap_or(i64::MAX);
        if start < 0 || start >= total || length <= 0 {
            return (0, 0);
        }
        let end = start.saturating_add(length).min(total);
        (
            usize::try_from(start).unwrap_or(0),
            usize::try_from(end - start).unwrap_or(0),
        )
    };
    if let ValueRef::Blob(bytes) = a.0.get_raw(0) {
        let (skip, take) = range(bytes.len());
        return Ok(Value::Blob(
            bytes.iter().copied().skip(skip).take(take).collect(),
        ));
    }
    let text = a.text(0)?;
    let (skip, take) = range(text.chars().count());
    Ok(Value::Text(text.chars().skip(skip).take(take).collect()))
}

fn trim(a: &Arguments<'_, '_>) -> Answer {
    let (mut text, what, ends) = (a.text(0)?, a.text(1)?, a.integer(2)?);
    if what.is_empty() {
        return Ok(Value::Text(text.to_owned()));
    }
    while ends & 1 != 0
        && let Some(rest) = text.strip_prefix(what)
    {
        text = rest;
    }
    while ends & 2 != 0
        && let Some(rest) = text.strip_suffix(what)
    {
        text = rest;
    }
    Ok(Value::Text(text.to_owned()))
}

/// Text, length, with what, and whether on the left.
fn pad(a: &Arguments<'_, '_>) -> Answer {
    let (text, with, left) = (a.text(0)?, a.text(2)?, a.integer(3)? != 0);
    let Ok(length) = usize::try_from(a.integer(1)?) else {
        return Ok(Value::Null);
    };
    bounded(length.saturating_mul(4))?;
    let present = text.chars().count();
    if present >= length {
        return Ok(Value::Text(text.chars().take(length).collect()));
    }
    if with.is_empty() {
        return Ok(Value::Text(text.to_owned()));
    }
    let padding: String = with.chars().cycle().take(length - present).collect();
    Ok(Value::Text(if left {
        padding + text
    } else {
        text.to_owned() + &padding
    }))
}

fn locate(a: &Arguments<'_, '_>) -> Answer {
    let (text, what, from) = (a.text(0)?, a.text(1)?, a.integer(2)?);
    let kind = a.collation(3)?;
    let text: Vec<char> = text.chars().collect();
    let length = what.chars().count();
    let Some(start) = usize::try_from(from)
        .ok()
        .and_then(|from| from.checked_sub(1))
    else {
        return Ok(Value::Integer(0));
    };
    if start > text.len() {
        return Ok(Value::Integer(0));
    }
    for at in start..=text.len().saturating_sub(length) {
        let Some(part) = text.get(at..at + length) else {
            break;
        };
        let part: String = part.iter().collect();
        if collation::compare(kind, &part, what).is_eq() {
            return Ok(count(at + 1));
        }
    }
    Ok(Value::Integer(0))
}

fn hex(a: &Arguments<'_, '_>) -> Result<String, SqlError> {
    use std::fmt::Write as _;

    if let ValueRef::Integer(value) = a.0.get_raw(0) {
        return Ok(format!("{value:X}"));
    }
    let bytes = a.bytes(0)?;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02X}");
    }
    Ok(text)
}

fn unhex(digits: &[u8]) -> Value {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    let mut bytes = Vec::with_capacity(digits.len() / 2 + 1);
    let mut rest = digits;
    if digits.len() % 2 == 1 {
        let Some(first) = digit(digits[0]) else {
            return Value::Null;
        };
        bytes.push(first);
        rest = &digits[1..];
    }
    for pair in rest.chunks_exact(2) {
        let (Some(high), Some(low)) = (digit(pair[0]), digit(pair[1])) else {
            return Value::Null;
        };
        bytes.push(high << 4 | low);
    }
    Value::Blob(bytes)
}

/// `CAST('12abc' AS SIGNED)`: what is a number at the start.
fn leading_integer(text: &str) -> Result<i64, SqlError> {
    let text = text.trim_start_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
    let (sign, digits) = match text.as_bytes().first() {
        Some(b'-') => ("-", &text[1..]),
        Some(b'+') => ("", &text[1..]),
        _ => ("", text),
    };
    let end = digits.bytes().take_while(u8::is_ascii_digit).count();
    if end == 0 {
        return Ok(0);
    }
    format!("{sign}{}", &digits[..end])
        .parse()
        .map_err(|_| SqlError::unsupported("so large a number as an integer"))
}
