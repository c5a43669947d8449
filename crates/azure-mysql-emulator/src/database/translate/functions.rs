//! Functions of one row.

use rusqlite::types::Value;
use sqlparser::ast::{
    DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident,
};

use super::{Expression, Translator, aggregates, single_name};
use crate::database::{
    SqlError, column_type,
    types::{BIGINT, BIGINT_UNSIGNED, Type, exact_digits, varchar},
};

impl Translator<'_> {
    pub(super) fn function(&mut self, function: &Function) -> Result<Expression, SqlError> {
        let plain = !function.uses_odbc_syntax
            && function.parameters == FunctionArguments::None
            && function.within_group.is_empty()
            && function.filter.is_none()
            && function.null_treatment.is_none()
            && function.over.is_none();
        if !plain {
            return Err(SqlError::unsupported(function));
        }
        let name = single_name(&function.name)?.value.to_ascii_uppercase();
        if aggregates::NAMES.contains(&name.as_str()) {
            return self.aggregate(&name, function);
        }
        let empty = Vec::new();
        let list = match &function.args {
            FunctionArguments::None => &empty,
            FunctionArguments::List(list)
                if list.duplicate_treatment.is_none() && list.clauses.is_empty() =>
            {
                &list.args
            }
            _ => return Err(SqlError::unsupported(function)),
        };
        let mut arguments = Vec::with_capacity(list.len());
        for argument in list {
            let FunctionArg::Unnamed(FunctionArgExpr::Expr(argument)) = argument else {
                return Err(SqlError::unsupported(function));
            };
            arguments.push(argument);
        }
        if let ("VALUES", [Expr::Identifier(column)], true) =
            (name.as_str(), arguments.as_slice(), self.inserted.is_some())
        {
            return self.inserted_value(&column.value);
        }
        if let Some(result) = self.of_session(&name, &arguments)? {
            return Ok(result);
        }
        if let Some(result) = self.of_moments(&name, &arguments)? {
            return Ok(result);
        }
        if let Some(result) = self.of_numbers(&name, &arguments)? {
            return Ok(result);
        }
        if let Some(result) = self.of_text(&name, &arguments)? {
            return Ok(result);
        }
        if let Some(result) = self.of_choice(&name, &arguments)? {
            return Ok(result);
        }
        Err(SqlError::unsupported(format!(
            "the function {name} with {} arguments",
            arguments.len()
        )))
    }

    /// What the session and the server know.
    fn of_session(&mut self, name: &str, a: &[&Expr]) -> Result<Option<Expression>, SqlError> {
        let text = |this: &mut Self, text: &str| Some(this.text(text.to_owned()));
        let result = match (name, a) {
            ("DATABASE" | "SCHEMA", []) => match self.context.database.clone() {
                Some(database) => {
                    let mut database = self.text(database);
                    database.kind = varchar(64);
                    database.nullable = true;
                    Some(database)
                }
                None => Some(Expression::new("NULL", varchar(64), true)),
            },
            ("USER" | "SESSION_USER" | "SYSTEM_USER", []) => {
                let user = format!("{}@localhost", self.context.information.user);
                text(self, &user)
            }
            ("CURRENT_USER", []) => {
                let user = format!("{}@%", self.context.information.user);
                text(self, &user)
            }
            ("VERSION", []) => {
                let version = self.context.server.version().to_owned();
                text(self, &version)
            }
            ("CURRENT_ROLE", []) => text(self, "NONE"),
            ("CONNECTION_ID", []) => {
                let id = self.context.information.connection_id;
                Some(self.constant(Value::Integer(id.into()), BIGINT_UNSIGNED))
            }
            ("LAST_INSERT_ID", []) => {
                let id = i64::try_from(self.context.last_insert_id).unwrap_or(i64::MAX);
                Some(self.constant(Value::Integer(id), BIGINT_UNSIGNED))
            }
            ("ROW_COUNT", []) => {
                Some(self.constant(Value::Integer(self.context.row_count), BIGINT))
            }
            ("FOUND_ROWS", []) => {
                let rows = i64::try_from(self.context.found_rows).unwrap_or(i64::MAX);
                Some(self.constant(Value::Integer(rows), BIGINT))
            }
            ("UUID", []) => Some(Expression::new("my_uuid()", varchar(36), false)),
            ("SLEEP", [seconds]) => {
                let seconds = self.expression(seconds)?;
                let seconds = self.to_double(&seconds);
                Some(seconds.with(format!("my_sleep({})", seconds.sql), BIGINT))
            }
            ("GET_LOCK", [name, timeout]) => {
                let (name, timeout) = (self.text_argument(name)?, self.expression(timeout)?);
                let timeout = self.to_double(&timeout);
                let owner = self.context.information.connection_id;
                let sql = format!("my_get_lock({}, {}, {owner})", name.sql, timeout.sql);
                Some(Expression::of(sql, BIGINT, true, &[&name, &timeout]))
            }
            ("RELEASE_LOCK", [name]) => {
                let name = self.text_argument(name)?;
                let owner = self.context.information.connection_id;
                let sql = format!("my_release_lock({}, {owner})", name.sql);
                Some(Expression::of(sql, BIGINT, true, &[&name]))
            }
            ("RELEASE_ALL_LOCKS", []) => {
                let owner = self.context.information.connection_id;
                let sql = format!("my_release_all_locks({owner})");
                Some(Expression::new(sql, BIGINT_UNSIGNED, false))
            }
            ("IS_FREE_LOCK", [name]) => {
                let name = self.text_argument(name)?;
                let sql = format!("(my_lock_owner({}) IS NULL)", name.sql);
                Some(Expression::of(sql, BIGINT, true, &[&name]))
            }
            ("IS_USED_LOCK", [name]) => {
                let name = self.text_argument(name)?;
                let sql = format!("my_lock_owner({})", name.sql);
                Some(Expression::of(sql, BIGINT_UNSIGNED, true, &[&name]))
            }
            _ => None,
        };
        Ok(result)
    }

    fn of_numbers(&mut self, name: &str, a: &[&Expr]) -> Result<Option<Expression>, SqlError> {
        let result = match (name, a) {
            ("ABS", [value]) => {
                let value = self.expression(value)?;
                match value.kind {
                    kind if kind.is_exact() => {
                        value.with(format!("my_absolute({})", value.sql), wider(kind))
                    }
                    Type::Float | Type::Double => {
                        value.with(format!("abs({})", value.sql), Type::Double)
                    }
                    _ => return Err(not_a_number(name, &value)),
                }
            }
            ("MOD", [one, other]) => {
                let (one, other) = (self.expression(one)?, self.expression(other)?);
                self.arithmetic(&one, &sqlparser::ast::BinaryOperator::Modulo, &other)?
            }
            ("CEIL" | "CEILING", [value]) => self.rounded_to_whole(value, "ceiling")?,
            ("FLOOR", [value]) => self.rounded_to_whole(value, "floor")?,
            ("ROUND", [value]) => self.round(value, None)?,
            ("ROUND", [value, digits]) => self.round(value, Some(digits))?,
            ("RAND", []) => Expression::new("my_random()", Type::Double, false),
            ("SIGN", [value]) => {
                let value = self.expression(value)?;
                if !value.kind.is_exact() {
                    return Err(not_a_number(name, &value));
                }
                value.with(format!("my_sign({})", value.sql), BIGINT)
            }
            _ => return Ok(None),
        };
        Ok(Some(result))
    }

    pub(super) fn rounded_to_whole(
        &mut self,
        value: &Expr,
        way: &str,
    ) -> Result<Expression, SqlError> {
        let value = self.expression(value)?;
        Ok(match value.kind {
            Type::Integer { .. } => value.with(value.sql.clone(), wider(value.kind)),
            Type::Decimal { precision, scale } => {
                let kind = if precision.saturating_sub(scale) < 18 {
                    BIGINT
                } else {
                    return Err(SqlError::unsupported("rounding of so large a decimal"));
                };
                value.with(format!("my_{way}({}, {scale})", value.sql), kind)
            }
            Type::Float | Type::Double => {
                let mut whole = value.with(format!("my_double_{way}({})", value.sql), Type::Double);
                whole.nullable = value.nullable;
                whole
            }
            _ => return Err(not_a_number(way, &value)),
        })
    }

    fn round(&mut self, value: &Expr, digits: Option<&Expr>) -> Result<Expression, SqlError> {
        let value = self.expression(value)?;
        let digits = match digits {
            None => 0,
            Some(digits) => match self.expression(digits)?.constant {
                Some(Value::Integer(digits @ 0..=30)) => u8::try_from(digits).unwrap_or(0),
                _ => return Err(SqlError::unsupported("ROUND to such digits")),
            },
        };
        match value.kind {
            Type::Integer { .. } => Ok(value.with(value.sql.clone(), wider(value.kind))),
            Type::Decimal { precision, scale } => {
                if digits >= scale {
                    return Ok(value);
                }
                let rounded = self.rescale(&value, digits)?;
                let kind = Type::Decimal {
                    precision: precision
                        .saturating_sub(scale)
                        .saturating_add(digits)
                        .saturating_add(1),
                    scale: digits,
                };
                Ok(rounded.with(rounded.sql.clone(), kind))
            }
            Type::Float | Type::Double if digits == 0 => {
                Ok(value.with(format!("my_double_round({})", value.sql), Type::Double))
            }
            _ => Err(not_a_number("ROUND", &value)),
        }
    }

    pub(super) fn text_argument(&mut self, value: &Expr) -> Result<Expression, SqlError> {
        let value = self.expression(value)?;
        self.to_text(&value)
    }

    fn of_choice(&mut self, name: &str, a: &[&Expr]) -> Result<Option<Expression>, SqlError> {
        let mut parts = Vec::new();
        if matches!(
            name,
            "COALESCE" | "IFNULL" | "NULLIF" | "IF" | "GREATEST" | "LEAST" | "ISNULL"
        ) {
            for part in a {
                parts.push(self.expression(part)?);
            }
        }
        let result = match (name, parts.as_slice()) {
            ("COALESCE", [_, ..]) | ("IFNULL", [_, _]) => {
                let kind = self.common_kind(&parts)?;
                let mut sql = Vec::new();
                for part in &parts {
                    sql.push(self.convert(part, kind)?.sql);
                }
                let nullable = parts.iter().all(|part| part.nullable);
                let whole: Vec<&Expression> = parts.iter().collect();
                let sql = match sql.as_slice() {
                    [only] => only.clone(),
                    many => format!("COALESCE({})", many.join(", ")),
                };
                Expression::of(sql, kind, nullable, &whole)
            }
            ("NULLIF", [one, other]) => {
                let equal = self.compare(one, "=", other)?;
                let sql = format!("(CASE WHEN {} THEN NULL ELSE {} END)", equal.sql, one.sql);
                Expression::of(sql, one.kind, true, &[one, other])
            }
            ("IF", [condition, one, other]) => {
                let condition = self.to_condition(condition)?;
                let kind = self.common_kind(&parts[1..])?;
                let (left, right) = (self.convert(one, kind)?, self.convert(other, kind)?);
                let sql = format!(
                    "(CASE WHEN {} THEN {} ELSE {} END)",
                    condition.sql, left.sql, right.sql
                );
                let nullable = one.nullable || other.nullable;
                Expression::of(sql, kind, nullable, &[&condition, one, other])
            }
            ("ISNULL", [value]) => {
                Expression::of(format!("({} IS NULL)", value.sql), BIGINT, false, &[value])
            }
            ("GREATEST" | "LEAST", [_, _, ..]) => {
                let kind = self.common_kind(&parts)?;
                if kind == Type::Json {
                    return Err(SqlError::unsupported(format!("{name} of JSON")));
                }
                let mut sql = Vec::new();
                for part in &parts {
                    sql.push(self.convert(part, kind)?.collated());
                }
                let function = if name == "GREATEST" { "max" } else { "min" };
                let nullable = parts.iter().any(|part| part.nullable);
                let whole: Vec<&Expression> = parts.iter().collect();
                Expression::of(
                    format!("{function}({})", sql.join(", ")),
                    kind,
                    nullable,
                    &whole,
                )
            }
            _ => return Ok(None),
        };
        Ok(Some(result))
    }

    pub(super) fn cast(&mut self, value: &Expr, target: &DataType) -> Result<Expression, SqlError> {
        let value = self.expression(value)?;
        let unsupported =
            || SqlError::unsupported(format!("CAST of {} to {target}", value.kind.base_name()));
        let null = matches!(value.kind, Type::Null | Type::Unknown);
        match target {
            DataType::Signed
            | DataType::SignedInteger
            | DataType::Unsigned
            | DataType::UnsignedInteger => {
                let unsigned = matches!(target, DataType::Unsigned | DataType::UnsignedInteger);
                let kind = if unsigned { BIGINT_UNSIGNED } else { BIGINT };
                let sql = match value.kind {
                    _ if null => "NULL".to_owned(),
                    Type::Integer { .. } => value.sql.clone(),
                    Type::Decimal { scale, .. } => format!("my_rescale({}, {scale}, 0)", value.sql),
                    Type::Float | Type::Double => format!("my_double_to_integer({})", value.sql),
                    Type::Text { .. } => format!("my_text_to_integer({})", value.sql),
                    _ => return Err(unsupported()),
                };
                let sql = if unsigned {
                    format!("my_unsigned({sql})")
                } else {
                    sql
                };
                Ok(value.with(sql, kind))
            }
            DataType::Char(None) | DataType::Character(None) => self.to_text(&value),
            DataType::Binary(None) => match value.kind {
                Type::Text { length, .. } | Type::Bytes { length, .. } => {
                    let kind = Type::Bytes {
                        form: crate::database::types::TextForm::Varying,
                        length,
                    };
                    Ok(value.with(format!("my_bytes({})", value.sql), kind))
                }
                _ => Err(unsupported()),
            },
            DataType::Decimal(_) => {
                let kind = column_type::column_type(target)?.0;
                let Type::Decimal { precision, scale } = kind else {
                    return Err(unsupported());
                };
                if null {
                    return Ok(value.with("NULL", kind));
                }
                if !value.kind.is_exact() || exact_digits(value.kind).0 > 65 {
                    return Err(unsupported());
                }
                let value = self.rescale(&value, scale)?;
                Ok(value.with(format!("my_decimal_fits({}, {precision})", value.sql), kind))
            }
            DataType::Double(_) | DataType::DoublePrecision if value.kind.is_number() => {
                Ok(self.to_double(&value))
            }
            DataType::Date => {
                let moment = self.to_moment(&value)?;
                Ok(moment.with(format!("my_date({})", moment.sql), Type::Date))
            }
            DataType::Datetime(digits) => {
                let digits = column_type::second_digits(*digits)?;
                let moment = self.to_moment(&value)?;
                let kind = Type::DateTime { digits };
                Ok(moment.with(format!("my_round_moment({}, {digits})", moment.sql), kind))
            }
            _ => Err(unsupported()),
        }
    }

    /// `@name` and `@@name`.
    pub(super) fn variable(&mut self, path: &[Ident]) -> Result<Expression, SqlError> {
        let names: Vec<&str> = path.iter().map(|part| part.value.as_str()).collect();
        let first = names.first().copied().unwrap_or_default();
        if let Some(first) = first.strip_prefix("@@") {
            let (scope, name) = match (first.to_ascii_lowercase().as_str(), &names[1..]) {
                ("session" | "local", [name]) => (Some(false), *name),
                ("global", [name]) => (Some(true), *name),
                (_, []) => (None, first),
                _ => return Err(SqlError::unsupported(names.join("."))),
            };
            let (value, kind) = self.context.system_variable(scope, name)?;
            let mut expression = self.constant(value, kind);
            expression.constant = None;
            expression.nullable = true;
            return Ok(expression);
        }
        let [name] = names.as_slice() else {
            return Err(SqlError::unsupported(names.join(".")));
        };
        let name = name.trim_start_matches('@').to_lowercase();
        let known = self.context.user_variables.get(&name).cloned();
        if let Some((value, kind)) = known {
            let mut expression = self.constant(value, kind);
            expression.nullable = true;
            Ok(expression)
        } else {
            let kind = Type::Bytes {
                form: crate::database::types::TextForm::Varying,
                length: 0,
            };
            Ok(Expression::new("NULL", kind, true))
        }
    }
}

fn not_a_number(name: &str, value: &Expression) -> SqlError {
    SqlError::unsupported(format!("{name} of {}", value.kind.base_name()))
}

/// Integers of functions are 64 bits wide.
fn wider(kind: Type) -> Type {
    match kind {
        Type::Integer { unsigned: true, .. } => BIGINT_UNSIGNED,
        Type::Integer { .. } => BIGINT,
        kind => kind,
    }
}
