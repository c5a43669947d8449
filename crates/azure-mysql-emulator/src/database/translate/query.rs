//! Queries: `WITH`, `UNION`, `ORDER BY` and `LIMIT` around a `SELECT`.

use rusqlite::types::Value;
use sqlparser::ast::{
    Expr, LimitClause, OrderBy, OrderByExpr, OrderByKind, OrderBySort, Query, SetExpr, SetOperator,
    SetQuantifier, With,
};

use super::{
    Expression, OutputColumn, Relation, Translated, Translator, from::derived, scope::Scope,
};
use crate::database::{
    SqlError,
    catalogue::{quote, same_name},
    types::{Type, union},
};

impl Translator<'_> {
    /// A query of its own, or within another.
    pub(crate) fn query(&mut self, query: &Query) -> Result<Translated, SqlError> {
        self.deeper()?;
        let common = self.common.len();
        let result = self.query_inner(query);
        self.common.truncate(common);
        self.depth -= 1;
        result
    }

    /// A query within an expression: unnamed columns are nobody's business.
    pub(super) fn subquery(&mut self, query: &Query) -> Result<Translated, SqlError> {
        let names = std::mem::take(&mut self.names);
        let result = self.query(query);
        self.names = names;
        result
    }

    fn query_inner(&mut self, query: &Query) -> Result<Translated, SqlError> {
        let Query {
            with,
            body,
            order_by,
            limit_clause,
            fetch: None,
            locks,
            for_clause: None,
            settings: None,
            format_clause: None,
            pipe_operators,
        } = query
        else {
            return Err(SqlError::unsupported(query));
        };
        if !pipe_operators.is_empty() {
            return Err(SqlError::unsupported(query));
        }
        self.locked |= !locks.is_empty();
        let mut prefix = String::new();
        if let Some(with) = with {
            let names = std::mem::take(&mut self.names);
            prefix = self.with(with)?;
            self.names = names;
        }
        let mut translated = match body.as_ref() {
            SetExpr::Select(select) => {
                let order = order_terms(order_by.as_ref())?;
                let limit = self.limit(limit_clause.as_ref())?;
                self.select(select, order, &limit)?
            }
            SetExpr::Query(inner) if order_by.is_none() && limit_clause.is_none() => {
                self.query(inner)?
            }
            other => {
                let whole = self.set_expression(other)?;
                let order = self.order_of_columns(&whole, order_by.as_ref())?;
                let limit = self.limit(limit_clause.as_ref())?;
                let columns = column_list(whole.columns.len());
                Translated {
                    sql: format!("SELECT {columns} FROM ({}){order}{limit}", whole.sql),
                    columns: whole.columns,
                }
            }
        };
        if !prefix.is_empty() {
            translated.sql = format!("{prefix} {}", translated.sql);
        }
        Ok(translated)
    }

    fn with(&mut self, with: &With) -> Result<String, SqlError> {
        if with.recursive {
            return Err(SqlError::unsupported("WITH RECURSIVE"));
        }
        let mut parts = Vec::new();
        for table in &with.cte_tables {
            if table.from.is_some() || table.materialized.is_some() {
                return Err(SqlError::unsupported(table));
            }
            let renamed = table
                .alias
                .columns
                .iter()
                .map(|column| column.name.value.clone());
            let renamed: Vec<String> = renamed.collect();
            let scopes = std::mem::take(&mut self.scopes);
            let query = self.query(&table.query);
            self.scopes = scopes;
            let query = query?;
            let mut relation = derived(&query, &renamed)?;
            let alias = self.next_alias();
            relation.alias.clone_from(&alias);
            parts.push(format!("{alias} AS ({})", query.sql));
            self.common.push((table.alias.name.value.clone(), relation));
        }
        Ok(format!("WITH {}", parts.join(", ")))
    }

    fn set_expression(&mut self, body: &SetExpr) -> Result<Translated, SqlError> {
        self.deeper()?;
        let result = match body {
            SetExpr::Select(select) => self.select(select, &[], ""),
            SetExpr::Query(query) => self.query(query),
            SetExpr::SetOperation {
                left,
                op,
                set_quantifier,
                right,
            } => self.set_operation(left, *op, *set_quantifier, right),
            other => Err(SqlError::unsupported(other)),
        };
        self.depth -= 1;
        result
    }

    fn set_operation(
        &mut self,
        left: &SetExpr,
        operator: SetOperator,
        quantifier: SetQuantifier,
        right: &SetExpr,
    ) -> Result<Translated, SqlError> {
        let words = match (operator, quantifier) {
            (SetOperator::Union, SetQuantifier::All) => "UNION ALL",
            (SetOperator::Union, SetQuantifier::None | SetQuantifier::Distinct) => "UNION",
            (SetOperator::Except, SetQuantifier::None | SetQuantifier::Distinct) => "EXCEPT",
            (SetOperator::Intersect, SetQuantifier::None | SetQuantifier::Distinct) => "INTERSECT",
            _ => return Err(SqlError::unsupported(format!("{operator} {quantifier}"))),
        };
        let one = self.set_expression(left)?;
        let names = std::mem::take(&mut self.names);
        let other = self.set_expression(right);
        self.names = names;
        let other = other?;
        if one.columns.len() != other.columns.len() {
            return Err(SqlError::new(
                1222,
                *b"21000",
                "The used SELECT statements have a different number of columns",
            ));
        }
        let mut columns = Vec::new();
        for (left, right) in one.columns.iter().zip(&other.columns) {
            columns.push(OutputColumn {
                name: left.name.clone(),
                kind: union(left.kind, right.kind)?,
                nullable: left.nullable || right.nullable,
                origin: None,
            });
        }
        let one = self.reshaped(&one, &columns)?;
        let other = self.reshaped(&other, &columns)?;
        let sql = if words == "UNION" {
            // Of equal rows the first stays.
            let list = column_list(columns.len());
            format!("SELECT DISTINCT {list} FROM ({one} UNION ALL {other})")
        } else {
            format!("{one} {words} {other}")
        };
        Ok(Translated { sql, columns })
    }

    /// A query whose columns have these types.
    fn reshaped(
        &mut self,
        query: &Translated,
        columns: &[OutputColumn],
    ) -> Result<String, SqlError> {
        let mut parts = Vec::new();
        for (index, (from, to)) in query.columns.iter().zip(columns).enumerate() {
            let name = quote(&format!("c{}", index + 1));
            let value = Expression::new(name.clone(), from.kind, from.nullable);
            let value = self.convert(&value, to.kind)?;
            parts.push(format!("{} AS {name}", value.collated()));
        }
        Ok(format!("SELECT {} FROM ({})", parts.join(", "), query.sql))
    }

    /// `ORDER BY` behind a `UNION`: by the columns of the result only.
    fn order_of_columns(
        &mut self,
        whole: &Translated,
        order_by: Option<&OrderBy>,
    ) -> Result<String, SqlError> {
        let terms = order_terms(order_by)?;
        if terms.is_empty() {
            return Ok(String::new());
        }
        let mut parts = Vec::new();
        for term in terms {
            let direction = direction(term)?;
            let index = match &term.expr {
                Expr::Identifier(name) => whole
                    .columns
                    .iter()
                    .position(|column| same_name(&column.name, &name.value))
                    .ok_or_else(|| SqlError::unknown_column(&name.value, "order clause"))?,
                Expr::Value(_) => ordinal(&term.expr, whole.columns.len(), "order clause")?
                    .ok_or_else(|| SqlError::unsupported(term))?,
                _ => return Err(SqlError::unsupported(format!("ORDER BY {term} of a UNION"))),
            };
            let name = quote(&format!("c{}", index + 1));
            let value = Expression::new(name, whole.columns[index].kind, true);
            parts.push(format!("{}{direction}", value.collated()));
        }
        Ok(format!(" ORDER BY {}", parts.join(", ")))
    }

    pub(crate) fn limit(&mut self, clause: Option<&LimitClause>) -> Result<String, SqlError> {
        let (limit, offset) = match clause {
            None => return Ok(String::new()),
            Some(LimitClause::LimitOffset {
                limit,
                offset,
                limit_by,
            }) if limit_by.is_empty() => (limit.as_ref(), offset.as_ref().map(|o| &o.value)),
            Some(LimitClause::OffsetCommaLimit { offset, limit }) => (Some(limit), Some(offset)),
            Some(other) => return Err(SqlError::unsupported(other)),
        };
        let Some(limit) = limit else {
            return Err(SqlError::syntax("OFFSET needs a LIMIT"));
        };
        let mut sql = format!(" LIMIT {}", self.limit_number(limit)?);
        if let Some(offset) = offset {
            sql.push_str(&format!(" OFFSET {}", self.limit_number(offset)?));
        }
        Ok(sql)
    }

    pub(crate) fn limit_number(&mut self, number: &Expr) -> Result<String, SqlError> {
        if let Expr::Value(value) = number
            && let sqlparser::ast::Value::Number(text, false) = &value.value
            && text.bytes().all(|byte| byte.is_ascii_digit())
        {
            // More than an i64 holds is no limit at all.
            return Ok(text.parse().unwrap_or(i64::MAX).to_string());
        }
        let is_parameter = matches!(number, Expr::Value(value)
            if matches!(value.value, sqlparser::ast::Value::Placeholder(_)));
        if !is_parameter {
            return Err(SqlError::unsupported(format!("LIMIT {number}")));
        }
        let expression = self.expression(number)?;
        match (expression.kind, &expression.constant) {
            (Type::Unknown, _) => Ok("0".to_owned()),
            (_, Some(Value::Integer(number))) if *number >= 0 => Ok(number.to_string()),
            _ => Err(SqlError::new(
                1210,
                *b"HY000",
                "Incorrect arguments to mysqld_stmt_execute",
            )),
        }
    }

    /// A term of `ORDER BY`, and which way.
    pub(super) fn order_term(
        &mut self,
        term: &OrderByExpr,
    ) -> Result<(Expression, &'static str), SqlError> {
        let direction = direction(term)?;
        Ok((self.expression(&term.expr)?, direction))
    }

    /// What follows `WHERE`.
    pub(crate) fn condition(&mut self, condition: &Expr) -> Result<String, SqlError> {
        self.clause("where clause");
        let condition = self.expression(condition)?;
        if condition.aggregate {
            return Err(SqlError::new(
                1111,
                *b"HY000",
                "Invalid use of group function",
            ));
        }
        Ok(self.to_condition(&condition)?.sql)
    }

    /// What follows `ORDER BY` where nothing is selected.
    pub(crate) fn sorted(&mut self, term: &OrderByExpr) -> Result<String, SqlError> {
        self.clause("order clause");
        let (value, direction) = self.order_term(term)?;
        if value.constant.is_some() || value.aggregate {
            return Err(SqlError::unsupported(format!("ORDER BY {term}")));
        }
        Ok(format!("{}{direction}", value.collated()))
    }

    pub(super) fn new_scope(&mut self) {
        self.scopes.push(Scope {
            clause: "field list",
            ..Scope::default()
        });
    }

    pub(crate) fn open_scope(&mut self) {
        self.new_scope();
    }
}

pub(super) fn order_terms(order_by: Option<&OrderBy>) -> Result<&[OrderByExpr], SqlError> {
    match order_by {
        None => Ok(&[]),
        Some(OrderBy {
            kind: OrderByKind::Expressions(terms),
            interpolate: None,
        }) => Ok(terms),
        Some(other) => Err(SqlError::unsupported(other)),
    }
}

pub(super) fn direction(term: &OrderByExpr) -> Result<&'static str, SqlError> {
    if term.with_fill.is_some() || term.options.nulls_first.is_some() {
        return Err(SqlError::unsupported(term));
    }
    match &term.options.sort {
        None | Some(OrderBySort::Asc) => Ok(""),
        Some(OrderBySort::Desc) => Ok(" DESC"),
        Some(_) => Err(SqlError::unsupported(term)),
    }
}

/// `ORDER BY 2`, counted from zero.
pub(super) fn ordinal(
    expression: &Expr,
    columns: usize,
    clause: &str,
) -> Result<Option<usize>, SqlError> {
    let Expr::Value(value) = expression else {
        return Ok(None);
    };
    let sqlparser::ast::Value::Number(text, false) = &value.value else {
        return Ok(None);
    };
    match text.parse::<usize>() {
        Ok(number) if (1..=columns).contains(&number) => Ok(Some(number - 1)),
        _ => Err(SqlError::unknown_column(text, clause)),
    }
}

pub(super) fn column_list(count: usize) -> String {
    let names: Vec<String> = (1..=count).map(|index| format!("\"c{index}\"")).collect();
    names.join(", ")
}

impl Relation {
    pub(super) fn shown(&self) -> impl Iterator<Item = &super::RelationColumn> {
        self.columns.iter().filter(|column| !column.hidden)
    }
}
