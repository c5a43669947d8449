//! `LIKE`, and literals with a prefix.

use rusqlite::types::Value;
use sqlparser::ast::Expr;

use super::{Expression, Translator, comparison::common_collation};
use crate::database::{
    SqlError,
    types::{BIGINT, Type},
};

impl Translator<'_> {
    pub(crate) fn like(
        &mut self,
        text: &Expr,
        pattern: &Expr,
        escape: Option<&Expr>,
        negated: bool,
    ) -> Result<Expression, SqlError> {
        let text = self.expression(text)?;
        let pattern = self.expression(pattern)?;
        if matches!(text.kind, Type::Bytes { .. }) || matches!(pattern.kind, Type::Bytes { .. }) {
            return Err(SqlError::unsupported("LIKE of bytes"));
        }
        let (text, pattern) = (self.to_text(&text)?, self.to_text(&pattern)?);
        let collation = common_collation(&text, &pattern)?;
        let escape = match escape {
            None if self.context.variables.backslash_escapes() => self.text("\\".to_owned()),
            None => self.constant(Value::Null, Type::Null),
            Some(escape) => {
                let escape = self.expression(escape)?;
                match &escape.constant {
                    Some(Value::Text(text)) if text.chars().count() <= 1 => escape,
                    _ => {
                        return Err(SqlError::new(
                            1210,
                            *b"HY000",
                            "Incorrect arguments to ESCAPE",
                        ));
                    }
                }
            }
        };
        let not = if negated { "NOT " } else { "" };
        let sql = format!(
            "({not}my_like({}, {}, {}, '{}'))",
            text.sql,
            pattern.sql,
            escape.sql,
            collation.name()
        );
        let nullable = text.nullable || pattern.nullable;
        Ok(Expression::of(sql, BIGINT, nullable, &[&text, &pattern]))
    }

    pub(crate) fn prefixed(&mut self, prefix: &str, value: &Expr) -> Result<Expression, SqlError> {
        match prefix.to_ascii_lowercase().as_str() {
            "_utf8mb4" | "_utf8" | "_utf8mb3" => self.expression(value),
            "_binary" => {
                let text = self.expression(value)?;
                match text.constant {
                    Some(Value::Text(text)) => {
                        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
                        let kind = Type::Bytes {
                            form: crate::database::types::TextForm::Varying,
                            length,
                        };
                        Ok(self.constant(Value::Blob(text.into_bytes()), kind))
                    }
                    Some(Value::Blob(_)) => Ok(text),
                    _ => Err(SqlError::unsupported("_binary of that")),
                }
            }
            _ => Err(SqlError::unsupported(format!("the prefix {prefix}"))),
        }
    }
}
