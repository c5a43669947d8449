//! Expressions: what is not listed here is error 1064.

use rusqlite::types::Value;
use sqlparser::ast::{
    self, BinaryOperator, CastKind, CeilFloorKind, Expr, InTarget, UnaryOperator,
};

use super::{Expression, Translator, single_name};
use crate::database::{
    SqlError,
    types::{BIGINT, Collation, Type, union},
};

impl Translator<'_> {
    pub(crate) fn expression(&mut self, expression: &Expr) -> Result<Expression, SqlError> {
        self.deeper()?;
        let result = self.expression_inner(expression);
        self.depth -= 1;
        result
    }

    fn expression_inner(&mut self, expression: &Expr) -> Result<Expression, SqlError> {
        match expression {
            Expr::Identifier(name) if name.quote_style.is_none() && name.value.starts_with('@') => {
                self.variable(std::slice::from_ref(name))
            }
            Expr::Identifier(name) => self.resolve(std::slice::from_ref(name)),
            Expr::CompoundIdentifier(path)
                if path[0].quote_style.is_none() && path[0].value.starts_with('@') =>
            {
                self.variable(path)
            }
            Expr::CompoundIdentifier(path) => self.resolve(path),
            Expr::Value(value) => self.literal(&value.value),
            Expr::TypedString(literal) if !literal.uses_odbc_syntax => self.typed_literal(literal),
            Expr::Prefixed { prefix, value } => self.prefixed(&prefix.value, value),
            Expr::Nested(inner) => self.expression(inner),
            Expr::IsNull(inner) => self.is_null(inner, "IS"),
            Expr::IsNotNull(inner) => self.is_null(inner, "IS NOT"),
            Expr::IsTrue(inner) => self.truth(inner, "IS NOT NULL AND", "<> 0"),
            Expr::IsNotTrue(inner) => self.truth(inner, "IS NULL OR", "= 0"),
            Expr::IsFalse(inner) => self.truth(inner, "IS NOT NULL AND", "= 0"),
            Expr::IsNotFalse(inner) => self.truth(inner, "IS NULL OR", "<> 0"),
            Expr::IsUnknown(inner) => self.is_null(inner, "IS"),
            Expr::IsNotUnknown(inner) => self.is_null(inner, "IS NOT"),
            Expr::Between {
                expr,
                negated,
                low,
                high,
            } => self.between(expr, *negated, low, high),
            Expr::In {
                expr,
                target,
                negated,
                global: false,
            } => self.contained(expr, target, *negated),
            Expr::Like {
                negated,
                any: false,
                expr,
                pattern,
                escape_char,
            } => self.like(expr, pattern, escape_char.as_deref(), *negated),
            Expr::UnaryOp { op, expr } => self.unary(*op, expr),
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right),
            Expr::Case {
                operand,
                conditions,
                else_result,
                ..
            } => self.case(operand.as_deref(), conditions, else_result.as_deref()),
            Expr::Exists { subquery, negated } => {
                let query = self.subquery(subquery)?;
                let not = if *negated { "NOT " } else { "" };
                Ok(Expression::new(
                    format!("({not}EXISTS ({}))", query.sql),
                    BIGINT,
                    false,
                ))
            }
            Expr::Subquery(query) => {
                let query = self.subquery(query)?;
                let [column] = query.columns.as_slice() else {
                    return Err(operand_columns(1));
                };
                Ok(Expression::new(
                    format!("({})", query.sql),
                    column.kind,
                    true,
                ))
            }
            Expr::Function(function) => self.function(function),
            Expr::Cast {
                kind: CastKind::Cast,
                expr,
                data_type,
                format: None,
            } => self.cast(expr, data_type),
            Expr::Convert {
                is_try: false,
                expr,
                data_type,
                charset,
                target_before_value: false,
                styles,
            } if styles.is_empty() => match (data_type, charset) {
                (Some(data_type), None) => self.cast(expr, data_type),
                (None, Some(charset)) => {
                    let charset = single_name(charset)?;
                    super::super::variables::check_character_set(&charset.value)?;
                    let value = self.expression(expr)?;
                    self.to_text(&value)
                }
                _ => Err(SqlError::unsupported(expression)),
            },
            Expr::Collate { expr, collation } => {
                let collation = Collation::named(&single_name(collation)?.value)?;
                let inner = self.expression(expr)?;
                match inner.kind {
                    Type::Text { form, length, .. } => {
                        let kind = Type::Text {
                            form,
                            length,
                            collation,
                        };
                        Ok(inner.with(inner.sql.clone(), kind))
                    }
                    kind => Err(SqlError::unsupported(format!(
                        "COLLATE of {}",
                        kind.base_name()
                    ))),
                }
            }
            Expr::Extract {
                field,
                syntax: ast::ExtractSyntax::From,
                expr,
            } => self.extract(&field.to_string().to_ascii_uppercase(), expr),
            Expr::Ceil {
                expr,
                field: CeilFloorKind::DateTimeField(ast::DateTimeField::NoDateTime),
            } => self.rounded_to_whole(expr, "ceiling"),
            Expr::Floor {
                expr,
                field: CeilFloorKind::DateTimeField(ast::DateTimeField::NoDateTime),
            } => self.rounded_to_whole(expr, "floor"),
            Expr::Position { expr, r#in } => self.locate(r#in, expr, None),
            Expr::Substring {
                expr,
                substring_from: Some(from),
                substring_for,
                ..
            } => self.substring(expr, from, substring_for.as_deref()),
            Expr::Trim {
                trim_where,
                trim_what,
                expr,
                trim_characters: None,
            } => self.trim(*trim_where, trim_what.as_deref(), expr),
            Expr::Tuple(_) => Err(operand_columns(1)),
            other => Err(SqlError::unsupported(other)),
        }
    }

    fn is_null(&mut self, inner: &Expr, operator: &str) -> Result<Expression, SqlError> {
        let value = self.expression(inner)?;
        Ok(Expression::of(
            format!("({} {operator} NULL)", value.sql),
            BIGINT,
            false,
            &[&value],
        ))
    }

    fn truth(&mut self, inner: &Expr, null: &str, test: &str) -> Result<Expression, SqlError> {
        let value = self.expression(inner)?;
        let value = self.to_condition(&value)?;
        Ok(Expression::of(
            format!("({0} {null} {0} {test})", value.sql),
            BIGINT,
            false,
            &[&value],
        ))
    }

    fn between(
        &mut self,
        value: &Expr,
        negated: bool,
        low: &Expr,
        high: &Expr,
    ) -> Result<Expression, SqlError> {
        let value = self.expression(value)?;
        let (low, high) = (self.expression(low)?, self.expression(high)?);
        let above = self.compare(&value, ">=", &low)?;
        let below = self.compare(&value, "<=", &high)?;
        let not = if negated { "NOT " } else { "" };
        Ok(Expression::of(
            format!("({not}({} AND {}))", above.sql, below.sql),
            BIGINT,
            above.nullable || below.nullable,
            &[&above, &below],
        ))
    }

    fn contained(
        &mut self,
        value: &Expr,
        target: &InTarget,
        negated: bool,
    ) -> Result<Expression, SqlError> {
        let not = if negated { "NOT " } else { "" };
        match target {
            InTarget::List(items) => {
                let value = self.row(value)?;
                let mut nullable = value.iter().any(|part| part.nullable);
                let mut tests = Vec::with_capacity(items.len());
                let mut parts = Vec::new();
                for item in items {
                    let item = self.row(item)?;
                    if item.len() != value.len() {
                        return Err(operand_columns(value.len()));
                    }
                    let mut equal = Vec::new();
                    for (left, right) in value.iter().zip(&item) {
                        let test = self.compare(left, "=", right)?;
                        nullable |= test.nullable;
                        equal.push(test.sql.clone());
                        parts.push(test);
                    }
                    tests.push(equal.join(" AND "));
                }
                // Balanced, as SQLite limits how deep an expression is.
                let sql = format!("({not}{})", balanced(&tests, "OR"));
                let parts: Vec<&Expression> = parts.iter().collect();
                Ok(Expression::of(sql, BIGINT, nullable, &parts))
            }
            InTarget::Subquery(query) => {
                let value = self.expression(value)?;
                let query = self.subquery(query)?;
                let [column] = query.columns.as_slice() else {
                    return Err(operand_columns(1));
                };
                let inner = Expression::new("\"c1\"", column.kind, column.nullable);
                let (left, right) = self.comparable(&value, &inner)?;
                let alias = self.next_alias();
                let sql = format!(
                    "({not}{} IN (SELECT {} FROM ({}) AS {alias}))",
                    left.sql, right.sql, query.sql
                );
                Ok(Expression::of(sql, BIGINT, true, &[&value]))
            }
            _ => Err(SqlError::unsupported("IN with such a list")),
        }
    }

    /// One value, or several in brackets.
    pub(super) fn row(&mut self, expression: &Expr) -> Result<Vec<Expression>, SqlError> {
        match expression {
            Expr::Tuple(items) => items.iter().map(|item| self.expression(item)).collect(),
            single => Ok(vec![self.expression(single)?]),
        }
    }

    fn unary(&mut self, operator: UnaryOperator, inner: &Expr) -> Result<Expression, SqlError> {
        // The least integer is a number that is too great, negated.
        if operator == UnaryOperator::Minus
            && let Expr::Value(value) = inner
            && value.value == ast::Value::Number("9223372036854775808".to_owned(), false)
        {
            return Ok(self.constant(Value::Integer(i64::MIN), BIGINT));
        }
        let value = self.expression(inner)?;
        match operator {
            UnaryOperator::Not | UnaryOperator::BangNot => {
                let value = self.to_condition(&value)?;
                Ok(value.with(format!("(NOT {})", value.sql), BIGINT))
            }
            UnaryOperator::Plus if value.kind.is_number() => Ok(value),
            UnaryOperator::Minus => match (value.kind, &value.constant) {
                (kind, Some(Value::Integer(number))) if kind.is_exact() => {
                    let number = number
                        .checked_neg()
                        .ok_or_else(|| SqlError::unsupported("so great a number"))?;
                    Ok(self.constant(Value::Integer(number), kind))
                }
                (Type::Double, Some(Value::Real(number))) => {
                    let number = -number;
                    Ok(self.constant(Value::Real(number), Type::Double))
                }
                (kind, _) if kind.is_exact() => {
                    let kind = if matches!(kind, Type::Integer { .. }) {
                        BIGINT
                    } else {
                        kind
                    };
                    Ok(value.with(format!("my_negate({})", value.sql), kind))
                }
                (Type::Float | Type::Double, _) => {
                    Ok(value.with(format!("(-{})", value.sql), Type::Double))
                }
                (Type::Null | Type::Unknown, _) => Ok(value),
                (kind, _) => Err(SqlError::unsupported(format!("minus {}", kind.base_name()))),
            },
            other => Err(SqlError::unsupported(format!("the operator {other}"))),
        }
    }

    fn binary(
        &mut self,
        left: &Expr,
        operator: &BinaryOperator,
        right: &Expr,
    ) -> Result<Expression, SqlError> {
        let comparison = match operator {
            BinaryOperator::Eq => Some("="),
            BinaryOperator::NotEq => Some("<>"),
            BinaryOperator::Lt => Some("<"),
            BinaryOperator::LtEq => Some("<="),
            BinaryOperator::Gt => Some(">"),
            BinaryOperator::GtEq => Some(">="),
            BinaryOperator::Spaceship => Some("IS"),
            _ => None,
        };
        if let Some(comparison) = comparison {
            let (one, other) = (self.row(left)?, self.row(right)?);
            if let ([one], [other]) = (one.as_slice(), other.as_slice()) {
                return self.compare(one, comparison, other);
            }
            if one.len() != other.len() {
                return Err(operand_columns(one.len()));
            }
            if comparison != "=" {
                return Err(SqlError::unsupported(format!("rows with {comparison}")));
            }
            let mut tests = Vec::new();
            for (one, other) in one.iter().zip(&other) {
                tests.push(self.compare(one, comparison, other)?);
            }
            let sql: Vec<String> = tests.iter().map(|test| test.sql.clone()).collect();
            let parts: Vec<&Expression> = tests.iter().collect();
            return Ok(Expression::of(
                format!("({})", sql.join(" AND ")),
                BIGINT,
                true,
                &parts,
            ));
        }
        if let (BinaryOperator::Plus | BinaryOperator::Minus, Expr::Interval(interval)) =
            (operator, right)
        {
            return self.add_interval(left, interval, *operator == BinaryOperator::Minus);
        }
        let (one, other) = (self.expression(left)?, self.expression(right)?);
        let logical = match operator {
            BinaryOperator::And | BinaryOperator::PGOverlap => Some("AND"),
            BinaryOperator::Or => Some("OR"),
            BinaryOperator::Xor => Some("XOR"),
            _ => None,
        };
        if let Some(logical) = logical {
            let (one, other) = (self.to_condition(&one)?, self.to_condition(&other)?);
            let sql = if logical == "XOR" {
                format!("((NOT {}) <> (NOT {}))", one.sql, other.sql)
            } else {
                format!("({} {logical} {})", one.sql, other.sql)
            };
            let nullable = one.nullable || other.nullable;
            return Ok(Expression::of(sql, BIGINT, nullable, &[&one, &other]));
        }
        self.arithmetic(&one, operator, &other)
    }

    fn case(
        &mut self,
        operand: Option<&Expr>,
        conditions: &[ast::CaseWhen],
        otherwise: Option<&Expr>,
    ) -> Result<Expression, SqlError> {
        let operand = operand
            .map(|operand| self.expression(operand))
            .transpose()?;
        let mut tests = Vec::new();
        let mut results = Vec::new();
        for when in conditions {
            let condition = self.expression(&when.condition)?;
            tests.push(match &operand {
                Some(operand) => self.compare(operand, "=", &condition)?,
                None => self.to_condition(&condition)?,
            });
            results.push(self.expression(&when.result)?);
        }
        if let Some(otherwise) = otherwise {
            results.push(self.expression(otherwise)?);
        }
        let kind = self.common_kind(&results)?;
        let mut sql = String::from("(CASE");
        let mut nullable = otherwise.is_none();
        for (index, result) in results.iter().enumerate() {
            let converted = self.convert(result, kind)?;
            nullable |= result.nullable;
            match tests.get(index) {
                Some(test) => {
                    sql.push_str(&format!(" WHEN {} THEN {}", test.sql, converted.sql));
                }
                None => sql.push_str(&format!(" ELSE {}", converted.sql)),
            }
        }
        sql.push_str(" END)");
        let parts: Vec<&Expression> = tests.iter().chain(&results).chain(&operand).collect();
        Ok(Expression::of(sql, kind, nullable, &parts))
    }

    /// The type that all of these have in common.
    pub(super) fn common_kind(&self, results: &[Expression]) -> Result<Type, SqlError> {
        let mut kind = Type::Null;
        for result in results {
            kind = union(kind, result.kind)?;
        }
        Ok(kind)
    }
}

pub(super) fn operand_columns(count: usize) -> SqlError {
    SqlError::new(
        1241,
        *b"21000",
        format!("Operand should contain {count} column(s)"),
    )
}

/// Joins with an operator so that the tree is not deep.
fn balanced(terms: &[String], operator: &str) -> String {
    match terms {
        [] => "0".to_owned(),
        [only] => format!("({only})"),
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            format!(
                "({} {operator} {})",
                balanced(left, operator),
                balanced(right, operator)
            )
        }
    }
}
