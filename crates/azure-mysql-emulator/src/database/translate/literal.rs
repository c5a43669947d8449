//! Literals and parameters.

use rusqlite::types::Value;
use sqlparser::ast;

use super::{Expression, Translator};
use crate::database::{
    SqlError, decimal, temporal,
    types::{BIGINT, Collation, TextForm, Type},
};

impl Translator<'_> {
    pub(super) fn literal(&mut self, value: &ast::Value) -> Result<Expression, SqlError> {
        match value {
            ast::Value::Number(text, false) => self.number(text),
            ast::Value::SingleQuotedString(text)
            | ast::Value::DoubleQuotedString(text)
            | ast::Value::NationalStringLiteral(text) => Ok(self.text(text.clone())),
            ast::Value::HexStringLiteral(digits) => self.hexadecimal(digits),
            ast::Value::Boolean(value) => {
                Ok(self.constant(Value::Integer((*value).into()), BIGINT))
            }
            ast::Value::Null => Ok(self.constant(Value::Null, Type::Null)),
            ast::Value::Placeholder(name) => self.parameter(name),
            other => Err(SqlError::unsupported(format!("the literal {other}"))),
        }
    }

    pub(crate) fn constant(&mut self, value: Value, kind: Type) -> Expression {
        let sql = self.bind(value.clone());
        let mut expression = Expression::new(sql, kind, value == Value::Null);
        expression.constant = Some(value);
        expression
    }

    pub(crate) fn text(&mut self, text: String) -> Expression {
        let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        let kind = Type::Text {
            form: TextForm::Varying,
            length,
            collation: Collation::Default,
        };
        self.constant(Value::Text(text), kind)
    }

    fn number(&mut self, text: &str) -> Result<Expression, SqlError> {
        if let Some(digits) = text.strip_prefix("0x").or(text.strip_prefix("0X")) {
            return self.hexadecimal(digits);
        }
        if text.contains(['e', 'E']) {
            let value: f64 = text
                .parse()
                .map_err(|_| SqlError::unsupported(format!("the number {text}")))?;
            if !value.is_finite() {
                return Err(SqlError::new(
                    1367,
                    *b"22007",
                    format!("Illegal double '{text}' value found during parsing"),
                ));
            }
            return Ok(self.constant(Value::Real(value), Type::Double));
        }
        if !text.contains('.') {
            let value = text
                .parse()
                .map_err(|_| SqlError::unsupported(format!("the number {text}")))?;
            return Ok(self.constant(Value::Integer(value), BIGINT));
        }
        let (unscaled, scale) = decimal::parse(text)
            .ok_or_else(|| SqlError::unsupported(format!("the number {text}")))?;
        let whole = text
            .split('.')
            .next()
            .unwrap_or_default()
            .trim_start_matches('0');
        // What is before the point has few digits, or it would not have been parsed.
        let precision = u16::try_from(whole.len())
            .unwrap_or(u16::MAX)
            .saturating_add(scale.into())
            .max(1);
        let kind = decimal::kind(precision, scale.into())?;
        Ok(self.constant(Value::Integer(unscaled), kind))
    }

    fn hexadecimal(&mut self, digits: &str) -> Result<Expression, SqlError> {
        let even = if digits.len().is_multiple_of(2) {
            digits.to_owned()
        } else {
            format!("0{digits}")
        };
        let bytes: Option<Vec<u8>> = (0..even.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(even.get(at..at + 2)?, 16).ok())
            .collect();
        let bytes = bytes.ok_or_else(|| SqlError::unsupported("such hexadecimal digits"))?;
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let kind = Type::Bytes {
            form: TextForm::Varying,
            length,
        };
        Ok(self.constant(Value::Blob(bytes), kind))
    }

    fn parameter(&mut self, name: &str) -> Result<Expression, SqlError> {
        let index: usize = name
            .strip_prefix('?')
            .and_then(|number| number.parse().ok())
            .ok_or_else(|| SqlError::unsupported(format!("the placeholder {name}")))?;
        let index = index.wrapping_sub(1);
        match (self.parameters.get(index), self.parameter_kinds.get(index)) {
            (Some(value), Some(kind)) => {
                let (value, kind) = (value.clone(), *kind);
                Ok(self.constant(value, kind))
            }
            // While it is prepared.
            _ => Ok(Expression::new("NULL", Type::Unknown, true)),
        }
    }

    /// `DATE '2024-01-01'`
    pub(super) fn typed_literal(
        &mut self,
        literal: &ast::TypedString,
    ) -> Result<Expression, SqlError> {
        let (ast::Value::SingleQuotedString(text) | ast::Value::DoubleQuotedString(text)) =
            &literal.value.value
        else {
            return Err(SqlError::unsupported(literal));
        };
        let digits = || {
            let fraction = text
                .split_once('.')
                .map_or(0, |(_, fraction)| fraction.len());
            u8::try_from(fraction.min(6)).unwrap_or(6)
        };
        let (value, kind) = match literal.data_type {
            ast::DataType::Date if text.len() <= 10 => (temporal::parse_moment(text), Type::Date),
            ast::DataType::Timestamp(None, ast::TimezoneInfo::None) => {
                let digits = digits();
                (temporal::parse_moment(text), Type::DateTime { digits })
            }
            ast::DataType::Time(None, ast::TimezoneInfo::None) => {
                let digits = digits();
                (temporal::parse_time(text), Type::Time { digits })
            }
            _ => return Err(SqlError::unsupported(literal)),
        };
        let value = value.ok_or_else(|| SqlError::unsupported(literal))?;
        Ok(self.constant(Value::Integer(value), kind))
    }
}
