//! One type to another, within an expression.

use rusqlite::types::Value;

use super::{Expression, Translator};
use crate::database::{
    SqlError, decimal, temporal,
    types::{Collation, TextForm, Type, exact_digits, varchar},
};

impl Translator<'_> {
    /// The value as one of the type that `union` gave for it and others.
    pub(super) fn convert(&mut self, from: &Expression, to: Type) -> Result<Expression, SqlError> {
        let converted = match (from.kind, to) {
            (Type::Null | Type::Unknown, _) => from.with(from.sql.clone(), to),
            (Type::Integer { .. }, Type::Integer { .. })
            | (Type::Text { .. }, Type::Text { .. })
            | (Type::Bytes { .. }, Type::Bytes { .. })
            | (Type::Time { .. }, Type::Time { .. }) => from.with(from.sql.clone(), to),
            (from_kind, to) if from_kind == to => return Ok(from.clone()),
            (from_kind, to) if from_kind.is_moment() && to.is_moment() => {
                from.with(from.sql.clone(), to)
            }
            (from_kind, Type::Decimal { scale, .. }) if from_kind.is_exact() => {
                self.rescale(from, scale)?
            }
            (from_kind, Type::Float | Type::Double) if from_kind.is_number() => {
                self.to_double(from)
            }
            (from_kind, to) => {
                return Err(SqlError::unsupported(format!(
                    "{} as {}",
                    from_kind.base_name(),
                    to.base_name()
                )));
            }
        };
        Ok(converted)
    }

    /// An exact number with so many digits after the point.
    pub(super) fn rescale(&mut self, from: &Expression, scale: u8) -> Result<Expression, SqlError> {
        let (precision, present) = exact_digits(from.kind);
        let kind = Type::Decimal {
            precision: precision
                .saturating_add(scale)
                .saturating_sub(present)
                .min(65),
            scale,
        };
        if present == scale {
            return Ok(from.with(from.sql.clone(), kind));
        }
        if let Some(Value::Integer(value)) = from.constant {
            let value = decimal::rescale(value.into(), present, scale)?;
            return Ok(self.constant(Value::Integer(value), kind));
        }
        Ok(from.with(
            format!("my_rescale({}, {present}, {scale})", from.sql),
            kind,
        ))
    }

    pub(super) fn to_double(&mut self, from: &Expression) -> Expression {
        let sql = match from.kind {
            Type::Integer { .. } => format!("CAST({} AS REAL)", from.sql),
            Type::Decimal { scale, .. } => format!("my_double({}, {scale})", from.sql),
            _ => from.sql.clone(),
        };
        from.with(sql, Type::Double)
    }

    /// As `CONCAT` sees it.
    ///
    /// # Errors
    ///
    /// 1064 for doubles, which MySQL writes in its own way, and for bytes.
    pub(super) fn to_text(&mut self, from: &Expression) -> Result<Expression, SqlError> {
        let length = from.kind.display_length();
        let sql = match from.kind {
            Type::Null | Type::Unknown | Type::Text { .. } => {
                let kind = if from.kind.is_text() {
                    from.kind
                } else {
                    varchar(length)
                };
                return Ok(from.with(from.sql.clone(), kind));
            }
            Type::Json => {
                let kind = Type::Text {
                    form: TextForm::LongLarge,
                    length: u32::MAX,
                    collation: Collation::Binary,
                };
                return Ok(from.with(from.sql.clone(), kind));
            }
            Type::Integer { .. } => format!("CAST({} AS TEXT)", from.sql),
            Type::Decimal { scale, .. } => format!("my_decimal_text({}, {scale})", from.sql),
            Type::Date => format!("my_date_text({})", from.sql),
            Type::DateTime { digits } | Type::Timestamp { digits } => {
                format!("my_moment_text({}, {digits})", from.sql)
            }
            Type::Time { digits } => format!("my_time_text({}, {digits})", from.sql),
            Type::Float | Type::Double | Type::Bytes { .. } => {
                return Err(SqlError::unsupported(format!(
                    "{} as text",
                    from.kind.base_name()
                )));
            }
        };
        Ok(from.with(sql, varchar(length)))
    }

    /// As a date or moment: one already, or text in MySQL's own form.
    pub(super) fn to_moment(&mut self, from: &Expression) -> Result<Expression, SqlError> {
        match from.kind {
            kind if kind.is_moment() => Ok(from.clone()),
            Type::Null | Type::Unknown => {
                Ok(from.with(from.sql.clone(), Type::DateTime { digits: 0 }))
            }
            Type::Text { .. } => {
                let Some(Value::Text(text)) = &from.constant else {
                    let kind = Type::DateTime { digits: 6 };
                    return Ok(from.with(format!("my_text_to_moment({})", from.sql), kind));
                };
                let micros = temporal::parse_moment(text)
                    .ok_or_else(|| SqlError::unsupported(format!("'{text}' as a date")))?;
                let kind = if text.len() <= 10 {
                    Type::Date
                } else {
                    Type::DateTime {
                        digits: if text.contains('.') { 6 } else { 0 },
                    }
                };
                Ok(self.constant(Value::Integer(micros), kind))
            }
            kind => Err(SqlError::unsupported(format!(
                "{} as a date",
                kind.base_name()
            ))),
        }
    }

    /// An integer, for a length or a position.
    pub(super) fn to_integer(&mut self, from: &Expression) -> Result<Expression, SqlError> {
        match from.kind {
            Type::Integer { .. } | Type::Null | Type::Unknown => Ok(from.clone()),
            kind => Err(SqlError::unsupported(format!(
                "{} as an integer",
                kind.base_name()
            ))),
        }
    }

    /// As `WHERE` and `AND` see it.
    pub(super) fn to_condition(&mut self, from: &Expression) -> Result<Expression, SqlError> {
        match from.kind {
            Type::Null | Type::Unknown => Ok(from.clone()),
            kind if kind.is_number() => Ok(from.clone()),
            kind => Err(SqlError::unsupported(format!(
                "{} as a condition",
                kind.base_name()
            ))),
        }
    }
}
