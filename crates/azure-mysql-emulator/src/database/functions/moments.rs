//! Functions of dates, times and moments.

use rusqlite::{Connection, types::Value};

use super::{super::temporal, Answer, Arguments, strict};
use crate::database::{
    SqlError,
    temporal::{DAY, Parts, SECOND},
};

pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    strict(connection, "my_date_text", 1, |a| {
        Ok(optional(temporal::format_date(a.integer(0)?)))
    })?;
    strict(connection, "my_moment_text", 2, |a| {
        Ok(optional(temporal::format_moment(
            a.integer(0)?,
            a.small(1)?,
        )))
    })?;
    strict(connection, "my_time_text", 2, |a| {
        Ok(Value::Text(temporal::format_time(
            a.integer(0)?,
            a.small(1)?,
        )))
    })?;
    strict(connection, "my_date", 1, |a| {
        Ok(Value::Integer(a.integer(0)?.div_euclid(DAY) * DAY))
    })?;
    strict(connection, "my_time_of", 1, |a| {
        Ok(Value::Integer(a.integer(0)?.rem_euclid(DAY)))
    })?;
    strict(connection, "my_round_moment", 2, |a| {
        Ok(Value::Integer(temporal::round(a.integer(0)?, a.small(1)?)))
    })?;
    strict(connection, "my_add_months", 2, |a| {
        let moment = temporal::add_months(a.integer(0)?, a.integer(1)?);
        Ok(moment.map_or(Value::Null, Value::Integer))
    })?;
    strict(connection, "my_add_micros", 3, |a| {
        let moment = a
            .integer(1)?
            .checked_mul(a.integer(2)?)
            .and_then(|micros| micros.checked_add(a.integer(0).ok()?))
            .filter(|moment| Parts::of(*moment).is_some());
        Ok(moment.map_or(Value::Null, Value::Integer))
    })?;
    strict(connection, "my_part", 2, part)?;
    strict(connection, "my_days_between", 2, |a| {
        let days = |index| a.integer(index).map(|micros| micros.div_euclid(DAY));
        Ok(Value::Integer(days(0)? - days(1)?))
    })?;
    strict(connection, "my_last_day", 1, |a| {
        let next = temporal::add_months(a.integer(0)?, 1).and_then(|later| {
            let parts = Parts::of(later)?;
            Some(later.div_euclid(DAY) * DAY - i64::from(parts.day) * DAY)
        });
        Ok(next.map_or(Value::Null, Value::Integer))
    })?;
    strict(connection, "my_date_format", 2, |a| {
        Ok(Value::Text(format_moment_by(a.integer(0)?, a.text(1)?)?))
    })?;
    strict(connection, "my_text_to_moment", 1, |a| {
        let text = a.text(0)?;
        let moment = temporal::parse_moment(text)
            .ok_or_else(|| SqlError::unsupported("text of that form as a date"))?;
        Ok(Value::Integer(moment))
    })?;
    strict(connection, "my_text_to_time", 1, |a| {
        let text = a.text(0)?;
        let time = temporal::parse_time(text)
            .ok_or_else(|| SqlError::unsupported("text of that form as a time"))?;
        Ok(Value::Integer(time))
    })?;
    strict(connection, "my_unix_time", 1, |a| {
        let micros = a.integer(0)?;
        Ok(Value::Integer(micros.max(0)))
    })
}

fn optional(text: Option<String>) -> Value {
    text.map_or(Value::Null, Value::Text)
}

fn part(a: &Arguments<'_, '_>) -> Answer {
    let micros = a.integer(0)?;
    let Some(parts) = Parts::of(micros) else {
        return Ok(Value::Null);
    };
    let days = micros.div_euclid(DAY);
    Ok(Value::Integer(match a.text(1)? {
        "YEAR" => parts.year.into(),
        "MONTH" => parts.month.into(),
        "DAY" => parts.day.into(),
        "HOUR" => parts.hour.into(),
        "MINUTE" => parts.minute.into(),
        "SECOND" => parts.second.into(),
        "MICROSECOND" => parts.micros.into(),
        "QUARTER" => i64::from((parts.month - 1) / 3 + 1),
        // 1970-01-01 was a Thursday.
        "DAYOFWEEK" => (days + 4).rem_euclid(7) + 1,
        "WEEKDAY" => (days + 3).rem_euclid(7),
        "DAYOFYEAR" => {
            let first = Parts {
                month: 1,
                day: 1,
                ..parts
            };
            let first = first.micros_since_epoch().unwrap_or(micros);
            days - first.div_euclid(DAY) + 1
        }
        "TIME_TO_SEC" => micros.rem_euclid(DAY) / SECOND,
        other => return Err(SqlError::unsupported(format!("the part {other} of a date"))),
    }))
}

/// `DATE_FORMAT`.
///
/// # Errors
///
/// 1064 for a letter that is not known.
pub(crate) fn format_moment_by(micros: i64, format: &str) -> Result<String, SqlError> {
    use std::fmt::Write as _;

    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const WEEKDAYS: [&str; 7] = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];
    let parts = Parts::of(micros).ok_or_else(|| SqlError::unsupported("a date out of range"))?;
    let month = MONTHS
        .get(usize::from(parts.month) - 1)
        .copied()
        .unwrap_or("");
    let weekday = usize::try_from((micros.div_euclid(DAY) + 3).rem_euclid(7)).unwrap_or(0);
    let half = if parts.hour % 12 == 0 {
        12
    } else {
        parts.hour % 12
    };
    let mut text = String::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        let _ = match letters.next() {
            Some('Y') => write!(text, "{:04}", parts.year),
            Some('y') => write!(text, "{:02}", parts.year % 100),
            Some('m') => write!(text, "{:02}", parts.month),
            Some('c') => write!(text, "{}", parts.month),
            Some('M') => write!(text, "{month}"),
            Some('b') => write!(text, "{}", &month[..3]),
            Some('d') => write!(text, "{:02}", parts.day),
            Some('e') => write!(text, "{}", parts.day),
            Some('H') => write!(text, "{:02}", parts.hour),
            Some('k') => write!(text, "{}", parts.hour),
            Some('h' | 'I') => write!(text, "{half:02}"),
            Some('l') => write!(text, "{half}"),
            Some('i') => write!(text, "{:02}", parts.minute),
            Some('s' | 'S') => write!(text, "{:02}", parts.second),
            Some('f') => write!(text, "{:06}", parts.micros),
            Some('p') => write!(text, "{}", if parts.hour < 12 { "AM" } else { "PM" }),
            Some('W') => write!(text, "{}", WEEKDAYS[weekday]),
            Some('a') => write!(text, "{}", &WEEKDAYS[weekday][..3]),
            Some('T') => write!(
                text,
                "{:02}:{:02}:{:02}",
                parts.hour, parts.minute, parts.second
            ),
            Some('%') => write!(text, "%"),
            other => {
                return Err(SqlError::unsupported(format!(
                    "DATE_FORMAT with %{}",
                    other.map(String::from).unwrap_or_default()
                )));
            }
        };
    }
    Ok(text)
}
