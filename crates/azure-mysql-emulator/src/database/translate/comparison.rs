//! Comparisons: `SQLite` compares right only what is of one kind.

use rusqlite::types::Value;

use super::{Expression, Translator};
use crate::database::{
    SqlError, decimal, temporal,
    types::{BIGINT, Collation, Type},
};

impl Translator<'_> {
    /// `one OP other` with an operator that `SQLite` has too.
    pub(super) fn compare(
        &mut self,
        one: &Expression,
        operator: &str,
        other: &Expression,
    ) -> Result<Expression, SqlError> {
        let (left, right) = self.comparable(one, other)?;
        let nullable = (one.nullable || other.nullable) && operator != "IS";
        let sql = format!("({} {operator} {})", left.sql, right.sql);
        Ok(Expression::of(sql, BIGINT, nullable, &[one, other]))
    }

    /// Both in one form; text comes with its collation.
    pub(super) fn comparable(
        &mut self,
        one: &Expression,
        other: &Expression,
    ) -> Result<(Expression, Expression), SqlError> {
        let (left, right) = (one.kind, other.kind);
        let both = |left: &Expression, right: &Expression| (left.clone(), right.clone());
        match (left, right) {
            (Type::Null | Type::Unknown, _) | (_, Type::Null | Type::Unknown) => {
                Ok(both(one, other))
            }
            (Type::Integer { .. }, Type::Integer { .. })
            | (Type::Time { .. }, Type::Time { .. })
            | (Type::Bytes { .. }, Type::Bytes { .. }) => Ok(both(one, other)),
            (Type::Text { .. }, Type::Text { .. }) => {
                let collation = common_collation(one, other)?;
                let name = collation.name();
                Ok((
                    one.with(format!("{} COLLATE {name}", one.sql), one.kind),
                    other.with(format!("{} COLLATE {name}", other.sql), other.kind),
                ))
            }
            (Type::Text { .. }, Type::Bytes { .. }) | (Type::Bytes { .. }, Type::Text { .. }) => {
                let bytes =
                    |side: &Expression| side.with(format!("my_bytes({})", side.sql), side.kind);
                Ok((bytes(one), bytes(other)))
            }
            (left, right) if left.is_exact() && right.is_exact() => {
                let scale = left.scale().max(right.scale());
                Ok((self.rescale(one, scale)?, self.rescale(other, scale)?))
            }
            (left, right) if left.is_number() && right.is_number() => {
                Ok((self.to_double(one), self.to_double(other)))
            }
            (left, right) if left.is_moment() && right.is_moment() => Ok(both(one, other)),
            (left, Type::Text { .. }) if !left.is_text() => {
                let other = self.constant_like(other, one)?;
                self.comparable(one, &other)
            }
            (Type::Text { .. }, right) if !right.is_text() => {
                let one = self.constant_like(one, other)?;
                self.comparable(&one, other)
            }
            (left, right) => Err(SqlError::unsupported(format!(
                "comparing {} with {}",
                left.base_name(),
                right.base_name()
            ))),
        }
    }

    /// A text that is compared with a number or a date.
    fn constant_like(
        &mut self,
        text: &Expression,
        other: &Expression,
    ) -> Result<Expression, SqlError> {
        let unsupported = || {
            SqlError::unsupported(format!(
                "comparing {} with text that is not a literal of that type",
                other.kind.base_name()
            ))
        };
        let Some(Value::Text(value)) = &text.constant else {
            return Err(unsupported());
        };
        let (value, kind) = match other.kind {
            // MySQL compares these as doubles: exact for what a double holds.
            Type::Integer { .. } => {
                let (unscaled, scale) = decimal::parse(value).ok_or_else(unsupported)?;
                if scale != 0 || unscaled.abs() > 1 << 53 {
                    return Err(unsupported());
                }
                (Value::Integer(unscaled), BIGINT)
            }
            Type::Double | Type::Float => {
                decimal::parse(value).ok_or_else(unsupported)?;
                let double: f64 = value.parse().map_err(|_| unsupported())?;
                (Value::Real(double), Type::Double)
            }
            Type::Decimal { .. } => {
                let (unscaled, scale) = decimal::parse(value).ok_or_else(unsupported)?;
                let precision = 18;
                (Value::Integer(unscaled), Type::Decimal { precision, scale })
            }
            kind if kind.is_moment() => {
                let micros = temporal::parse_moment(value).ok_or_else(unsupported)?;
                (Value::Integer(micros), Type::DateTime { digits: 6 })
            }
            Type::Time { .. } => {
                let micros = temporal::parse_time(value).ok_or_else(unsupported)?;
                (Value::Integer(micros), Type::Time { digits: 6 })
            }
            _ => return Err(unsupported()),
        };
        Ok(self.constant(value, kind))
    }
}

/// The collation that two texts are compared by.
///
/// # Errors
///
/// 1267 if each has another.
pub(super) fn common_collation(
    one: &Expression,
    other: &Expression,
) -> Result<Collation, SqlError> {
    let (left, right) = (one.kind.collation(), other.kind.collation());
    if left == right || other.constant.is_some() {
        return Ok(left);
    }
    if one.constant.is_some() {
        return Ok(right);
    }
    // Of two columns, one of a binary collation wins over the other of the same character set.
    match (left, right) {
        (Collation::Binary, _) | (_, Collation::Binary) => Ok(Collation::Binary),
        _ => Err(SqlError::new(
            1267,
            *b"HY000",
            format!(
                "Illegal mix of collations ({},IMPLICIT) and ({},IMPLICIT) for operation '='",
                left.name(),
                right.name()
            ),
        )),
    }
}
