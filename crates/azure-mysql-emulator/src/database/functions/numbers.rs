//! Arithmetic that is exact, or an error.

use rusqlite::{Connection, types::Value};

use super::{super::decimal, Answer, Arguments, add, out_of_range, strict};
use crate::database::SqlError;

pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    strict(connection, "my_add", 2, |a| exact(a, i64::checked_add))?;
    strict(connection, "my_subtract", 2, |a| exact(a, i64::checked_sub))?;
    strict(connection, "my_multiply", 2, |a| exact(a, i64::checked_mul))?;
    strict(connection, "my_negate", 1, |a| {
        let value = a.integer(0)?.checked_neg();
        value
            .map(Value::Integer)
            .ok_or_else(|| out_of_range("BIGINT"))
    })?;
    strict(connection, "my_absolute", 1, |a| {
        let value = a.integer(0)?.checked_abs();
        value
            .map(Value::Integer)
            .ok_or_else(|| out_of_range("BIGINT"))
    })?;
    strict(connection, "my_rescale", 3, |a| {
        let value = decimal::rescale(a.integer(0)?.into(), a.small(1)?, a.small(2)?)?;
        Ok(Value::Integer(value))
    })?;
    strict(connection, "my_divide", 3, divide)?;
    strict(connection, "my_whole_divide", 2, |a| {
        let (dividend, divisor) = (a.integer(0)?, a.integer(1)?);
        if divisor == 0 {
            return Ok(Value::Null);
        }
        let value = dividend.checked_div(divisor);
        value
            .map(Value::Integer)
            .ok_or_else(|| out_of_range("BIGINT"))
    })?;
    strict(connection, "my_remainder", 2, |a| {
        let value = a.integer(0)?.checked_rem(a.integer(1)?);
        Ok(value.map_or(Value::Null, Value::Integer))
    })?;
    strict(connection, "my_double", 2, |a| {
        let text = decimal::format(a.integer(0)?, a.small(1)?);
        let value = text.parse().map_err(|_| out_of_range("DOUBLE"))?;
        Ok(Value::Real(value))
    })?;
    strict(connection, "my_double_check", 1, |a| finite(a.double(0)?))?;
    strict(connection, "my_double_round", 1, |a| {
        finite(a.double(0)?.round_ties_even())
    })?;
    strict(connection, "my_double_floor", 1, |a| {
        finite(a.double(0)?.floor())
    })?;
    strict(connection, "my_double_ceiling", 1, |a| {
        finite(a.double(0)?.ceil())
    })?;
    strict(connection, "my_double_to_integer", 1, |a| {
        to_integer(a.double(0)?)
    })?;
    // To so many digits: rounded, cut, down, up.
    strict(connection, "my_floor", 2, |a| toward(a, i128::div_euclid))?;
    strict(connection, "my_ceiling", 2, |a| {
        toward(a, |v, unit| -(-v).div_euclid(unit))
    })?;
    strict(connection, "my_truncate", 2, |a| {
        toward(a, |v, unit| v / unit)
    })?;
    strict(connection, "my_unsigned", 1, |a| {
        let value = a.integer(0)?;
        if value < 0 {
            return Err(SqlError::unsupported("a negative number as UNSIGNED"));
        }
        Ok(Value::Integer(value))
    })?;
    strict(connection, "my_unsigned_difference", 1, |a| {
        match a.integer(0)? {
            negative if negative < 0 => Err(out_of_range("BIGINT UNSIGNED")),
            value => Ok(Value::Integer(value)),
        }
    })?;
    strict(connection, "my_sign", 1, |a| {
        Ok(Value::Integer(a.integer(0)?.signum()))
    })?;
    // With the largest precision that it may have, the value must fit.
    strict(connection, "my_decimal_fits", 2, |a| {
        let (value, precision) = (a.integer(0)?, a.small(1)?);
        let limit = 10_i128.checked_pow(precision.into());
        if limit.is_some_and(|limit| i128::from(value).abs() >= limit) {
            return Err(SqlError::unsupported(
                "a CAST to a DECIMAL that is too small",
            ));
        }
        Ok(Value::Integer(value))
    })?;
    add(connection, "my_random", 0, false, |_| {
        let random = uuid::Uuid::new_v4().as_u128() >> 75;
        #[expect(clippy::cast_precision_loss, reason = "53 bits")]
        Ok(Value::Real(random as f64 / (1_u64 << 53) as f64))
    })
}

fn exact(a: &Arguments<'_, '_>, operation: fn(i64, i64) -> Option<i64>) -> Answer {
    operation(a.integer(0)?, a.integer(1)?)
        .map(Value::Integer)
        .ok_or_else(|| out_of_range("BIGINT"))
}

/// `my_divide(a, b, n)` is a·10ⁿ / b, rounded.
fn divide(a: &Arguments<'_, '_>) -> Answer {
    let (dividend, divisor, digits) = (a.integer(0)?, a.integer(1)?, a.integer(2)?);
    if divisor == 0 {
        return Ok(Value::Null);
    }
    let digits = u32::try_from(digits).map_err(|_| decimal::too_large())?;
    let scaled = 10_i128
        .checked_pow(digits)
        .and_then(|factor| factor.checked_mul(dividend.into()))
        .ok_or_else(decimal::too_large)?;
    i64::try_from(decimal::divide(scaled, divisor.into()))
        .map(Value::Integer)
        .map_err(|_| decimal::too_large())
}

/// Cuts so many digits from the end.
fn toward(a: &Arguments<'_, '_>, operation: fn(i128, i128) -> i128) -> Answer {
    let unit = 10_i128
        .checked_pow(u32::from(a.small(1)?))
        .ok_or_else(decimal::too_large)?;
    i64::try_from(operation(a.integer(0)?.into(), unit))
        .map(Value::Integer)
        .map_err(|_| out_of_range("BIGINT"))
}

fn finite(value: f64) -> Answer {
    if value.is_finite() {
        Ok(Value::Real(value))
    } else {
        Err(out_of_range("DOUBLE"))
    }
}

fn to_integer(value: f64) -> Answer {
    let rounded = value.round_ties_even();
    // 2⁶³ is the first that does not fit.
    if rounded.abs() >= 9_223_372_036_854_775_808.0 {
        return Err(SqlError::unsupported("so large a number as an integer"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked above")]
    Ok(Value::Integer(rounded as i64))
}
