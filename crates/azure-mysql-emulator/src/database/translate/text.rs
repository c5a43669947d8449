//! Functions of text and bytes.

use rusqlite::types::Value;
use sqlparser::ast::{Expr, TrimWhereField};

use super::{Expression, Translator, comparison::common_collation};
use crate::database::{
    SqlError,
    types::{BIGINT, Type, varchar},
};

impl Translator<'_> {
    pub(crate) fn of_text(
        &mut self,
        name: &str,
        a: &[&Expr],
    ) -> Result<Option<Expression>, SqlError> {
        let result = match (name, a) {
            ("LOWER" | "LCASE", [text]) => self.same_length("my_lower", text)?,
            ("UPPER" | "UCASE", [text]) => self.same_length("my_upper", text)?,
            ("REVERSE", [text]) => self.same_length("my_reverse", text)?,
            ("LTRIM", [text]) => self.trim(Some(TrimWhereField::Leading), None, text)?,
            ("RTRIM", [text]) => self.trim(Some(TrimWhereField::Trailing), None, text)?,
            ("LENGTH" | "OCTET_LENGTH", [text]) => {
                let text = self.text_or_bytes(text)?;
                text.with(format!("my_length({})", text.sql), BIGINT)
            }
            ("CHAR_LENGTH" | "CHARACTER_LENGTH", [text]) => {
                let text = self.text_or_bytes(text)?;
                text.with(format!("my_characters({})", text.sql), BIGINT)
            }
            ("CONCAT", [_, ..]) => self.joined("my_concat", a)?,
            ("CONCAT_WS", [_, _, ..]) => self.joined("my_concat_ws", a)?,
            ("SUBSTRING" | "SUBSTR" | "MID", [text, from]) => self.substring(text, from, None)?,
            ("SUBSTRING" | "SUBSTR" | "MID", [text, from, length]) => {
                self.substring(text, from, Some(length))?
            }
            ("LEFT" | "RIGHT", [text, length]) => {
                let text = self.text_argument(text)?;
                let length = self.expression(length)?;
                let length = self.to_integer(&length)?;
                let sql = format!("my_{}({}, {})", name.to_lowercase(), text.sql, length.sql);
                Expression::of(
                    sql,
                    text.kind,
                    text.nullable || length.nullable,
                    &[&text, &length],
                )
            }
            ("REPLACE", [text, from, to]) => {
                let (text, from) = (self.text_argument(text)?, self.text_argument(from)?);
                let to = self.text_argument(to)?;
                let sql = format!("my_replace({}, {}, {})", text.sql, from.sql, to.sql);
                let nullable = text.nullable || from.nullable || to.nullable;
                Expression::of(sql, text.kind, nullable, &[&text, &from, &to])
            }
            ("REPEAT", [text, count]) => {
                let text = self.text_argument(text)?;
                let count = self.expression(count)?;
                let count = self.to_integer(&count)?;
                let sql = format!("my_repeat({}, {})", text.sql, count.sql);
                Expression::of(
                    sql,
                    text.kind,
                    text.nullable || count.nullable,
                    &[&text, &count],
                )
            }
            ("LPAD" | "RPAD", [text, length, with]) => {
                let (text, with) = (self.text_argument(text)?, self.text_argument(with)?);
                let length = self.expression(length)?;
                let length = self.to_integer(&length)?;
                let left = i32::from(name == "LPAD");
                let sql = format!("my_pad({}, {}, {}, {left})", text.sql, length.sql, with.sql);
                Expression::of(sql, text.kind, true, &[&text, &length, &with])
            }
            ("INSTR", [text, what]) => self.locate(text, what, None)?,
            ("LOCATE", [what, text]) => self.locate(text, what, None)?,
            ("LOCATE", [what, text, from]) => self.locate(text, what, Some(from))?,
            ("HEX", [value]) => {
                let value = self.expression(value)?;
                let usable = matches!(
                    value.kind,
                    Type::Integer { .. } | Type::Text { .. } | Type::Bytes { .. } | Type::Null
                );
                if !usable {
                    return Err(SqlError::unsupported("HEX of that"));
                }
                let length = value.kind.display_length().saturating_mul(8);
                value.with(format!("my_hex({})", value.sql), varchar(length))
            }
            ("UNHEX", [value]) => {
                let value = self.text_argument(value)?;
                let kind = Type::Bytes {
                    form: crate::database::types::TextForm::Varying,
                    length: value.kind.display_length() / 2,
                };
                let mut bytes = value.with(format!("my_unhex({})", value.sql), kind);
                bytes.nullable = true;
                bytes
            }
            ("JSON_VALID", [value]) => {
                let value = self.expression(value)?;
                if !matches!(value.kind, Type::Text { .. } | Type::Json | Type::Null) {
                    return Err(SqlError::unsupported("JSON_VALID of that"));
                }
                value.with(format!("my_json_valid({})", value.sql), BIGINT)
            }
            _ => return Ok(None),
        };
        Ok(Some(result))
    }

    pub(crate) fn same_length(
        &mut self,
        function: &str,
        text: &Expr,
    ) -> Result<Expression, SqlError> {
        let text = self.text_argument(text)?;
        Ok(text.with(format!("{function}({})", text.sql), text.kind))
    }

    pub(crate) fn text_or_bytes(&mut self, value: &Expr) -> Result<Expression, SqlError> {
        let value = self.expression(value)?;
        if matches!(value.kind, Type::Bytes { .. }) {
            return Ok(value);
        }
        self.to_text(&value)
    }

    pub(crate) fn joined(&mut self, function: &str, a: &[&Expr]) -> Result<Expression, SqlError> {
        let mut parts = Vec::new();
        for part in a {
            parts.push(self.text_argument(part)?);
        }
        let mut kind = Type::Null;
        let mut length: u32 = 0;
        for part in &parts {
            kind = crate::database::types::union(kind, part.kind)?;
            length = length.saturating_add(part.kind.display_length());
        }
        if let Type::Text { length: whole, .. } = &mut kind {
            *whole = length;
        }
        let sql: Vec<&str> = parts.iter().map(|part| part.sql.as_str()).collect();
        let nullable = if function == "my_concat" {
            parts.iter().any(|part| part.nullable)
        } else {
            parts[0].nullable
        };
        let whole: Vec<&Expression> = parts.iter().collect();
        Ok(Expression::of(
            format!("{function}({})", sql.join(", ")),
            kind,
            nullable,
            &whole,
        ))
    }

    pub(crate) fn substring(
        &mut self,
        text: &Expr,
        from: &Expr,
        length: Option<&Expr>,
    ) -> Result<Expression, SqlError> {
        let text = self.text_or_bytes(text)?;
        let from = self.expression(from)?;
        let from = self.to_integer(&from)?;
        let mut sql = format!("my_substring({}, {}", text.sql, from.sql);
        let mut nullable = text.nullable || from.nullable;
        let mut parts = vec![text.clone(), from];
        if let Some(length) = length {
            let length = self.expression(length)?;
            let length = self.to_integer(&length)?;
            sql.push_str(&format!(", {}", length.sql));
            nullable |= length.nullable;
            parts.push(length);
        }
        let parts: Vec<&Expression> = parts.iter().collect();
        Ok(Expression::of(sql + ")", text.kind, nullable, &parts))
    }

    pub(crate) fn trim(
        &mut self,
        ends: Option<TrimWhereField>,
        what: Option<&Expr>,
        text: &Expr,
    ) -> Result<Expression, SqlError> {
        let text = self.text_argument(text)?;
        let what = match what {
            Some(what) => self.text_argument(what)?,
            None => self.text(" ".to_owned()),
        };
        let ends = match ends {
            Some(TrimWhereField::Leading) => 1,
            Some(TrimWhereField::Trailing) => 2,
            None | Some(TrimWhereField::Both) => 3,
        };
        let sql = format!("my_trim({}, {}, {ends})", text.sql, what.sql);
        let nullable = text.nullable || what.nullable;
        Ok(Expression::of(sql, text.kind, nullable, &[&text, &what]))
    }

    pub(crate) fn locate(
        &mut self,
        text: &Expr,
        what: &Expr,
        from: Option<&Expr>,
    ) -> Result<Expression, SqlError> {
        let (text, what) = (self.text_argument(text)?, self.text_argument(what)?);
        let from = match from {
            Some(from) => {
                let from = self.expression(from)?;
                self.to_integer(&from)?
            }
            None => self.constant(Value::Integer(1), BIGINT),
        };
        let collation = common_collation(&text, &what)?;
        let sql = format!(
            "my_locate({}, {}, {}, '{}')",
            text.sql,
            what.sql,
            from.sql,
            collation.name()
        );
        let nullable = text.nullable || what.nullable || from.nullable;
        Ok(Expression::of(
            sql,
            BIGINT,
            nullable,
            &[&text, &what, &from],
        ))
    }
}
