//! Decimals as integers, scaled by their digits after the point.

use super::{SqlError, types::Type};

/// The most digits after the point and before it together that fit into `SQLite`'s integers.
pub(crate) const MOST_DIGITS: u8 = 18;

/// The most digits of a decimal of MySQL, and the most of them after the point.
const MOST_PRECISE: u16 = 65;
const FINEST: u16 = 30;

/// A decimal of so many digits, and so many of them after the point.
///
/// # Errors
///
/// 1064 where MySQL would cut digits after the point off.
pub(crate) fn kind(precision: u16, scale: u16) -> Result<Type, SqlError> {
    match (
        u8::try_from(precision.min(MOST_PRECISE)),
        u8::try_from(scale),
    ) {
        (Ok(precision), Ok(scale)) if u16::from(scale) <= FINEST => {
            Ok(Type::Decimal { precision, scale })
        }
        _ => Err(SqlError::unsupported(format!(
            "decimals of more than {FINEST} digits after the point"
        ))),
    }
}

/// Takes `12.50` apart into 1250 and 2.
pub(crate) fn parse(text: &str) -> Option<(i64, u8)> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let scale = u8::try_from(fraction.len()).ok()?;
    let mut unscaled: i64 = 0;
    for digit in whole.bytes().chain(fraction.bytes()) {
        if !digit.is_ascii_digit() {
            return None;
        }
        unscaled = unscaled
            .checked_mul(10)?
            .checked_add(i64::from(digit - b'0'))?;
    }
    Some((if negative { -unscaled } else { unscaled }, scale))
}

pub(crate) fn format(unscaled: i64, scale: u8) -> String {
    let scale = usize::from(scale);
    if scale == 0 {
        return unscaled.to_string();
    }
    let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let sign = if unscaled < 0 { "-" } else { "" };
    format!("{sign}{whole}.{fraction}")
}

/// Another number of digits after the point; what is cut off is rounded, half away from zero.
pub(crate) fn rescale(unscaled: i128, from: u8, to: u8) -> Result<i64, SqlError> {
    let scaled = if to >= from {
        10_i128
            .checked_pow(u32::from(to - from))
            .and_then(|factor| unscaled.checked_mul(factor))
    } else {
        10_i128
            .checked_pow(u32::from(from - to))
            .map(|divisor| divide(unscaled, divisor))
    };
    scaled
        .and_then(|scaled| i64::try_from(scaled).ok())
        .ok_or_else(too_large)
}

/// Divides and rounds half away from zero.
pub(crate) fn divide(dividend: i128, divisor: i128) -> i128 {
    let (quotient, rest) = (dividend / divisor, dividend % divisor);
    if rest.unsigned_abs() * 2 >= divisor.unsigned_abs() {
        quotient
            + if (dividend < 0) == (divisor < 0) {
                1
            } else {
                -1
            }
    } else {
        quotient
    }
}

pub(crate) fn too_large() -> SqlError {
    SqlError::unsupported("decimals of more than 18 digits")
}

#[cfg(test)]
mod tests {
    use super::{format, parse, rescale};

    #[test]
    fn a_decimal_survives_a_round_trip() {
        for text in ["0", "0.05", "-0.05", "12.50", "-1234567890.12345678"] {
            let (unscaled, scale) = parse(text).expect(text);
            assert_eq!(format(unscaled, scale), text);
        }
        assert_eq!(parse("1e3"), None);
        assert_eq!(parse("."), None);
        assert_eq!(parse("99999999999999999999"), None);
    }

    #[test]
    fn digits_that_do_not_fit_are_rounded_away_from_zero() {
        assert_eq!(rescale(125, 2, 1), Ok(13));
        assert_eq!(rescale(-125, 2, 1), Ok(-13));
        assert_eq!(rescale(124, 2, 1), Ok(12));
        assert!(rescale(i128::from(i64::MAX), 0, 1).is_err());
    }
}
