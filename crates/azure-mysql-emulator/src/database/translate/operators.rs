//! Arithmetic.

use rusqlite::types::Value;
use sqlparser::ast::{BinaryOperator, Expr, Interval};

use super::{Expression, Translator};
use crate::database::{
    SqlError, decimal,
    types::{BIGINT, BIGINT_UNSIGNED, Type, exact_digits, varchar},
};

/// `div_precision_increment`
const DIVISION_DIGITS: u16 = 4;

impl Translator<'_> {
    pub(super) fn arithmetic(
        &mut self,
        one: &Expression,
        operator: &BinaryOperator,
        other: &Expression,
    ) -> Result<Expression, SqlError> {
        if *operator == BinaryOperator::StringConcat {
            let (left, right) = (self.to_text(one)?, self.to_text(other)?);
            let length = left
                .kind
                .display_length()
                .saturating_add(right.kind.display_length());
            let nullable = one.nullable || other.nullable;
            let sql = format!("my_concat({}, {})", left.sql, right.sql);
            return Ok(Expression::of(
                sql,
                varchar(length),
                nullable,
                &[one, other],
            ));
        }
        let usable = |side: &Expression| {
            side.kind.is_number() || matches!(side.kind, Type::Null | Type::Unknown)
        };
        if !usable(one) || !usable(other) {
            return Err(SqlError::unsupported(format!(
                "the operator {operator} of {} and {}",
                one.kind.base_name(),
                other.kind.base_name()
            )));
        }
        if one.kind.is_exact() && other.kind.is_exact() {
            return self.exact(one, operator, other);
        }
        if matches!(one.kind, Type::Null | Type::Unknown)
            || matches!(other.kind, Type::Null | Type::Unknown)
        {
            let kind = if one.kind.is_number() {
                one.kind
            } else {
                other.kind
            };
            let kind = if kind.is_number() { kind } else { BIGINT };
            return Ok(Expression::of("NULL", kind, true, &[one, other]));
        }
        let (left, right) = (self.to_double(one), self.to_double(other));
        let symbol = match operator {
            BinaryOperator::Plus => "+",
            BinaryOperator::Minus => "-",
            BinaryOperator::Multiply => "*",
            BinaryOperator::Divide => "/",
            other => {
                return Err(SqlError::unsupported(format!(
                    "the operator {other} of doubles"
                )));
            }
        };
        let nullable = symbol == "/" || one.nullable || other.nullable;
        let sql = format!("my_double_check({} {symbol} {})", left.sql, right.sql);
        Ok(Expression::of(sql, Type::Double, nullable, &[one, other]))
    }

    fn exact(
        &mut self,
        one: &Expression,
        operator: &BinaryOperator,
        other: &Expression,
    ) -> Result<Expression, SqlError> {
        let integers =
            matches!(one.kind, Type::Integer { .. }) && matches!(other.kind, Type::Integer { .. });
        let unsigned = is_unsigned(one.kind) || is_unsigned(other.kind);
        let integer = if unsigned { BIGINT_UNSIGNED } else { BIGINT };
        let ((p, s), (q, t)) = (exact_digits(one.kind), exact_digits(other.kind));
        let nullable = one.nullable || other.nullable;
        let parts = [one, other];
        let (sql, kind, nullable) = match operator {
            BinaryOperator::Plus | BinaryOperator::Minus => {
                let function = if *operator == BinaryOperator::Plus {
                    "my_add"
                } else {
                    "my_subtract"
                };
                let scale = s.max(t);
                let (left, right) = (self.rescale(one, scale)?, self.rescale(other, scale)?);
                let kind = if integers {
                    integer
                } else {
                    let whole = (p.saturating_sub(s)).max(q.saturating_sub(t));
                    decimal::kind(wide(whole) + wide(scale) + 1, wide(scale))?
                };
                (
                    format!("{function}({}, {})", left.sql, right.sql),
                    kind,
                    nullable,
                )
            }
            BinaryOperator::Multiply => {
                let kind = if integers {
                    integer
                } else {
                    decimal::kind(wide(p) + wide(q), wide(s) + wide(t))?
                };
                (
                    format!("my_multiply({}, {})", one.sql, other.sql),
                    kind,
                    nullable,
                )
            }
            BinaryOperator::Divide => {
                let precision = wide(p) + DIVISION_DIGITS + wide(t);
                let kind = decimal::kind(precision, wide(s) + DIVISION_DIGITS)?;
                let digits = DIVISION_DIGITS + wide(t);
                (
                    format!("my_divide({}, {}, {digits})", one.sql, other.sql),
                    kind,
                    true,
                )
            }
            BinaryOperator::MyIntegerDivide => {
                let scale = s.max(t);
                let (left, right) = (self.rescale(one, scale)?, self.rescale(other, scale)?);
                (
                    format!("my_whole_divide({}, {})", left.sql, right.sql),
                    integer,
                    true,
                )
            }
            BinaryOperator::Modulo => {
                let scale = s.max(t);
                let (left, right) = (self.rescale(one, scale)?, self.rescale(other, scale)?);
                let kind = if integers {
                    if is_unsigned(one.kind) {
                        BIGINT_UNSIGNED
                    } else {
                        BIGINT
                    }
                } else {
                    decimal::kind(wide(p.max(q)), wide(scale))?
                };
                (
                    format!("my_remainder({}, {})", left.sql, right.sql),
                    kind,
                    true,
                )
            }
            other => return Err(SqlError::unsupported(format!("the operator {other}"))),
        };
        let sql = if kind == BIGINT_UNSIGNED && *operator == BinaryOperator::Minus {
            // MySQL refuses a negative difference of unsigned numbers; so does this, in its words.
            format!("my_unsigned_difference({sql})")
        } else {
            sql
        };
        Ok(Expression::of(sql, kind, nullable, &parts))
    }

    /// `DATE_ADD(moment, INTERVAL …)`
    pub(super) fn add_interval(
        &mut self,
        moment: &Expr,
        interval: &Interval,
        negative: bool,
    ) -> Result<Expression, SqlError> {
        let moment = self.expression(moment)?;
        if matches!(moment.kind, Type::Text { .. }) {
            // The result would be text too.
            return Err(SqlError::unsupported("an INTERVAL added to text"));
        }
        let moment = self.to_moment(&moment)?;
        let (Some(field), None, None, None) = (
            &interval.leading_field,
            interval.leading_precision,
            &interval.last_field,
            interval.fractional_seconds_precision,
        ) else {
            return Err(SqlError::unsupported(interval));
        };
        let count = self.expression(&interval.value)?;
        let count = match &count.constant {
            Some(Value::Text(text)) => {
                let number: i64 = text.parse().map_err(|_| SqlError::unsupported(interval))?;
                self.constant(Value::Integer(number), BIGINT)
            }
            _ => self.to_integer(&count)?,
        };
        let count_sql = if negative {
            format!("my_negate({})", count.sql)
        } else {
            count.sql.clone()
        };
        let field = field.to_string().to_ascii_uppercase();
        let digits = if field == "MICROSECOND" {
            6
        } else {
            moment.kind.scale()
        };
        let (sql, clock) = match field.as_str() {
            "YEAR" => (
                format!(
                    "my_add_months({}, my_multiply({count_sql}, 12))",
                    moment.sql
                ),
                false,
            ),
            "QUARTER" => (
                format!("my_add_months({}, my_multiply({count_sql}, 3))", moment.sql),
                false,
            ),
            "MONTH" => (format!("my_add_months({}, {count_sql})", moment.sql), false),
            "WEEK" => (micros(&moment, &count_sql, 7 * 86_400_000_000), false),
            "DAY" => (micros(&moment, &count_sql, 86_400_000_000), false),
            "HOUR" => (micros(&moment, &count_sql, 3_600_000_000), true),
            "MINUTE" => (micros(&moment, &count_sql, 60_000_000), true),
            "SECOND" => (micros(&moment, &count_sql, 1_000_000), true),
            "MICROSECOND" => (micros(&moment, &count_sql, 1), true),
            _ => return Err(SqlError::unsupported(interval)),
        };
        let kind = if moment.kind == Type::Date && !clock {
            Type::Date
        } else {
            Type::DateTime { digits }
        };
        Ok(Expression::of(sql, kind, true, &[&moment, &count]))
    }
}

/// Digits that are added up may be more than a type can have.
fn wide(digits: u8) -> u16 {
    digits.into()
}

fn micros(moment: &Expression, count: &str, unit: i64) -> String {
    format!("my_add_micros({}, {count}, {unit})", moment.sql)
}

pub(super) fn is_unsigned(kind: Type) -> bool {
    matches!(kind, Type::Integer { unsigned: true, .. })
}
