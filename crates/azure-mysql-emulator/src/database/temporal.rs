//! Dates, times and moments as microseconds.

use time::{Date, Duration, Month, OffsetDateTime};

pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const DAY: i64 = 86_400 * SECOND;
/// `838:59:59`, the longest `TIME`.
const LONGEST_TIME: i64 = (838 * 3600 + 59 * 60 + 59) * SECOND;

/// The parts of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) year: u16,
    pub(crate) month: u8,
    pub(crate) day: u8,
    pub(crate) hour: u8,
    pub(crate) minute: u8,
    pub(crate) second: u8,
    pub(crate) micros: u32,
}

impl Parts {
    pub(crate) fn micros_since_epoch(self) -> Option<i64> {
        if self.year == 0 || self.hour > 23 || self.minute > 59 || self.second > 59 {
            return None;
        }
        let date = date(self.year.into(), self.month, self.day)?;
        let seconds =
            i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        Some(date + seconds * SECOND + i64::from(self.micros))
    }

    /// `None` outside the years 1 to 9999.
    pub(crate) fn of(micros: i64) -> Option<Self> {
        let days = micros.div_euclid(DAY);
        let rest = micros.rem_euclid(DAY);
        let date = epoch_date().checked_add(Duration::days(days))?;
        if !(1..=9999).contains(&date.year()) {
            return None;
        }
        let seconds = rest / SECOND;
        Some(Self {
            year: u16::try_from(date.year()).ok()?,
            month: date.month().into(),
            day: date.day(),
            hour: u8::try_from(seconds / 3600).ok()?,
            minute: u8::try_from(seconds / 60 % 60).ok()?,
            second: u8::try_from(seconds % 60).ok()?,
            micros: u32::try_from(rest % SECOND).ok()?,
        })
    }
}

fn epoch_date() -> Date {
    OffsetDateTime::UNIX_EPOCH.date()
}

fn date(year: i32, month: u8, day: u8) -> Option<i64> {
    let month = Month::try_from(month).ok()?;
    let date = Date::from_calendar_date(year, month, day).ok()?;
    Some((date - epoch_date()).whole_days() * DAY)
}

/// Reads `2024-02-29`, `2024-02-29 12:30:00` and `2024-02-29 12:30:00.123456`, nothing that MySQL
/// reads besides.
pub(crate) fn parse_moment(text: &str) -> Option<i64> {
    let (date, time) = match text.split_once([' ', 'T']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut fields = date.split('-');
    let year = number(fields.next()?, 4, 4)?;
    let month = number(fields.next()?, 2, 2)?;
    let day = number(fields.next()?, 2, 2)?;
    if fields.next().is_some() {
        return None;
    }
    let (hour, minute, second, micros) = match time {
        Some(time) => clock(time, 2)?,
        None => (0, 0, 0, 0),
    };
    Parts {
        year: u16::try_from(year).ok()?,
        month: u8::try_from(month).ok()?,
        day: u8::try_from(day).ok()?,
        hour: u8::try_from(hour).ok()?,
        minute: u8::try_from(minute).ok()?,
        second: u8::try_from(second).ok()?,
        micros: u32::try_from(micros).ok()?,
    }
    .micros_since_epoch()
}

/// Reads `-838:59:59.123456` and shorter.
pub(crate) fn parse_time(text: &str) -> Option<i64> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (hour, minute, second, micros) = clock(text, 3)?;
    if minute > 59 || second > 59 {
        return None;
    }
    let total = (hour * 3600 + minute * 60 + second) * SECOND + micros;
    (total <= LONGEST_TIME).then_some(sign * total)
}

fn clock(text: &str, hour_digits: usize) -> Option<(i64, i64, i64, i64)> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let mut fields = whole.split(':');
    let hour = number(fields.next()?, 2, hour_digits)?;
    let minute = number(fields.next()?, 2, 2)?;
    let second = number(fields.next()?, 2, 2)?;
    if fields.next().is_some() {
        return None;
    }
    let micros = match fraction {
        None => 0,
        Some(fraction) => {
            let value = number(fraction, 1, 6)?;
            value * 10_i64.pow(6 - u32::try_from(fraction.len()).ok()?)
        }
    };
    Some((hour, minute, second, micros))
}

fn number(text: &str, least: usize, most: usize) -> Option<i64> {
    let fits = (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

/// Fewer digits after the point, rounded half up as MySQL does.
pub(crate) fn round(micros: i64, digits: u8) -> i64 {
    let unit = 10_i64.pow(6 - u32::from(digits.min(6)));
    let (sign, size) = (micros.signum(), micros.unsigned_abs());
    if sign < 0 {
        // Moments before 1970: half up is towards the future.
        return (micros + unit / 2).div_euclid(unit) * unit;
    }
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    size.saturating_add(unit / 2) / unit * unit
}

pub(crate) fn truncate(micros: i64, digits: u8) -> i64 {
    let unit = 10_i64.pow(6 - u32::from(digits.min(6)));
    micros.div_euclid(unit) * unit
}

pub(crate) fn format_date(micros: i64) -> Option<String> {
    let parts = Parts::of(micros)?;
    Some(format!(
        "{:04}-{:02}-{:02}",
        parts.year, parts.month, parts.day
    ))
}

pub(crate) fn format_moment(micros: i64, digits: u8) -> Option<String> {
    let parts = Parts::of(micros)?;
    let mut text = format!(
        "{} {:02}:{:02}:{:02}",
        format_date(micros)?,
        parts.hour,
        parts.minute,
        parts.second
    );
    push_fraction(&mut text, parts.micros, digits);
    Some(text)
}

pub(crate) fn format_time(micros: i64, digits: u8) -> String {
    let size = micros.unsigned_abs();
    let seconds = size / 1_000_000;
    let sign = if micros < 0 { "-" } else { "" };
    let mut text = format!(
        "{sign}{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    push_fraction(
        &mut text,
        u32::try_from(size % 1_000_000).unwrap_or(0),
        digits,
    );
    text
}

fn push_fraction(text: &mut String, micros: u32, digits: u8) {
    if digits > 0 {
        let fraction = format!("{micros:06}");
        text.push('.');
        text.push_str(&fraction[..usize::from(digits.min(6))]);
    }
}

/// Adds months, keeping to the last day of a shorter month.
pub(crate) fn add_months(micros: i64, months: i64) -> Option<i64> {
    let parts = Parts::of(micros)?;
    let count = i64::from(parts.year) * 12 + i64::from(parts.month) - 1;
    let count = count.checked_add(months)?;
    let year = i32::try_from(count.div_euclid(12)).ok()?;
    if !(1..=9999).contains(&year) {
        return None;
    }
    let month = u8::try_from(count.rem_euclid(12) + 1).ok()?;
    let last = Month::try_from(month).ok()?.length(year);
    Some(date(year, month, parts.day.min(last))? + micros.rem_euclid(DAY))
}

/// `+05:30` as microseconds.
pub(crate) fn parse_offset(text: &str) -> Option<i64> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (number(hours, 1, 2)?, number(minutes, 2, 2)?);
    let total = hours * 60 + minutes;
    let fits = minutes < 60
        && if sign > 0 {
            total <= 14 * 60
        } else {
            total < 14 * 60
        };
    fits.then_some(sign * total * 60 * SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_survive_a_round_trip() {
        for text in [
            "1000-01-01 00:00:00.000000",
            "1969-12-31 23:59:59.999999",
            "2024-02-29 12:30:01.000100",
            "9999-12-31 23:59:59.999999",
        ] {
            let micros = parse_moment(text).expect(text);
            assert_eq!(format_moment(micros, 6).as_deref(), Some(text));
        }
        for text in ["2023-02-29", "2024-1-1", "0000-00-00", "20240101", ""] {
            assert_eq!(parse_moment(text), None, "{text}");
        }
    }

    #[test]
    fn times_survive_a_round_trip() {
        for text in ["00:00:00.000000", "-838:59:59.000000", "12:34:56.789000"] {
            let micros = parse_time(text).expect(text);
            assert_eq!(format_time(micros, 6), text);
        }
        assert_eq!(parse_time("839:00:00"), None);
        assert_eq!(parse_time("12:60:00"), None);
    }

    #[test]
    fn a_month_later_is_not_past_the_end_of_a_shorter_month() {
        let last = parse_moment("2024-01-31 10:00:00").unwrap();
        let later = add_months(last, 1).unwrap();
        assert_eq!(format_moment(later, 0).unwrap(), "2024-02-29 10:00:00");
        assert_eq!(add_months(last, i64::MAX), None);
    }
}
