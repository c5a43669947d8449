//! Aggregate functions.

use rusqlite::types::Value;
use sqlparser::ast::{
    DuplicateTreatment, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArguments,
};

use super::{Expression, Translator};
use crate::database::{
    SqlError, decimal,
    types::{BIGINT, Collation, TextForm, Type, exact_digits},
};

pub(super) const NAMES: [&str; 6] = ["COUNT", "SUM", "AVG", "MIN", "MAX", "GROUP_CONCAT"];

impl Translator<'_> {
    pub(super) fn aggregate(
        &mut self,
        name: &str,
        function: &Function,
    ) -> Result<Expression, SqlError> {
        let FunctionArguments::List(list) = &function.args else {
            return Err(SqlError::unsupported(function));
        };
        let distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
        let unique = if distinct { "DISTINCT " } else { "" };
        if let ("COUNT", [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)], [], false) = (
            name,
            list.args.as_slice(),
            list.clauses.as_slice(),
            distinct,
        ) {
            return Ok(finished("COUNT(*)".to_owned(), BIGINT, false));
        }
        let mut arguments = Vec::new();
        for argument in &list.args {
            let FunctionArg::Unnamed(FunctionArgExpr::Expr(argument)) = argument else {
                return Err(SqlError::unsupported(function));
            };
            arguments.push(self.expression(argument)?);
        }
        if arguments.iter().any(|argument| argument.aggregate) {
            return Err(SqlError::new(
                1111,
                *b"HY000",
                "Invalid use of group function",
            ));
        }
        if name == "GROUP_CONCAT" {
            return self.group_concat(&arguments, distinct, &list.clauses);
        }
        let ([argument], true) = (arguments.as_slice(), list.clauses.is_empty()) else {
            return Err(SqlError::unsupported(function));
        };
        let kind = argument.kind;
        match name {
            "COUNT" => Ok(finished(
                format!("COUNT({unique}{})", argument.collated()),
                BIGINT,
                false,
            )),
            "MIN" | "MAX" => {
                if kind == Type::Json {
                    return Err(SqlError::unsupported(format!("{name} of JSON")));
                }
                let sql = format!("{name}({})", argument.collated());
                Ok(finished(sql, kind, true))
            }
            "SUM" | "AVG" => {
                if matches!(kind, Type::Float | Type::Double) {
                    let sql = format!("my_double_check({name}({unique}{}))", argument.sql);
                    return Ok(finished(sql, Type::Double, true));
                }
                let (precision, scale) = match kind {
                    Type::Null | Type::Unknown => (19, 0),
                    kind if kind.is_exact() => exact_digits(kind),
                    kind => {
                        return Err(SqlError::unsupported(format!(
                            "{name} of {}",
                            kind.base_name()
                        )));
                    }
                };
                let sum = format!("SUM({unique}{})", argument.sql);
                if name == "SUM" {
                    let kind = decimal::kind(u16::from(precision) + 22, scale.into())?;
                    return Ok(finished(sum, kind, true));
                }
                let kind = decimal::kind(u16::from(precision) + 4, u16::from(scale) + 4)?;
                let sql = format!("my_divide({sum}, COUNT({unique}{}), 4)", argument.sql);
                Ok(finished(sql, kind, true))
            }
            _ => Err(SqlError::unsupported(function)),
        }
    }

    fn group_concat(
        &mut self,
        arguments: &[Expression],
        distinct: bool,
        clauses: &[FunctionArgumentClause],
    ) -> Result<Expression, SqlError> {
        let mut texts = Vec::new();
        for argument in arguments {
            texts.push(self.to_text(argument)?);
        }
        let joined: Vec<String> = texts.iter().map(|text| text.sql.clone()).collect();
        let whole = match texts.as_slice() {
            [] => return Err(SqlError::unsupported("GROUP_CONCAT of nothing")),
            [only] => only.collated(),
            _ => format!("my_concat({})", joined.join(", ")),
        };
        let mut separator = Value::Text(",".to_owned());
        let mut order = String::new();
        for clause in clauses {
            match clause {
                FunctionArgumentClause::OrderBy(by) => {
                    let mut terms = Vec::new();
                    for term in by {
                        let (expression, direction) = self.order_term(term)?;
                        terms.push(format!("{}{direction}", expression.collated()));
                    }
                    order = format!(" ORDER BY {}", terms.join(", "));
                }
                FunctionArgumentClause::Separator(text) => {
                    let text = text.clone().value.into_string();
                    separator = Value::Text(text.unwrap_or_default());
                }
                other => return Err(SqlError::unsupported(other)),
            }
        }
        if distinct && (separator != Value::Text(",".to_owned()) || !order.is_empty()) {
            // SQLite does not take DISTINCT with a second argument.
            return Err(SqlError::unsupported(
                "GROUP_CONCAT(DISTINCT …) with ORDER BY or SEPARATOR",
            ));
        }
        let inner = if distinct {
            format!("GROUP_CONCAT(DISTINCT {whole})")
        } else {
            let separator = self.bind(separator);
            format!("GROUP_CONCAT({whole}, {separator}{order})")
        };
        let limit = self.context.variables.group_concat_length();
        let kind = Type::Text {
            form: TextForm::LongLarge,
            length: 1024,
            collation: texts
                .first()
                .map_or(Collation::Default, |text| text.kind.collation()),
        };
        Ok(finished(
            format!("my_group_text({inner}, {limit})"),
            kind,
            true,
        ))
    }
}

/// Its columns are inside an aggregate.
fn finished(sql: String, kind: Type, nullable: bool) -> Expression {
    let mut expression = Expression::new(sql, kind, nullable);
    expression.aggregate = true;
    expression
}
