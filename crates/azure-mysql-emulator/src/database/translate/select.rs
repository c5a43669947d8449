//! One `SELECT`.

use sqlparser::ast::{
    Distinct, Expr, GroupByExpr, Ident, OrderByExpr, Select, SelectFlavor, SelectItem,
    SelectItemQualifiedWildcardKind, SelectModifiers, WildcardAdditionalOptions,
};

use super::{
    Expression, OutputColumn, Translated, Translator,
    query::{direction, ordinal},
    split_name,
};
use crate::database::{SqlError, catalogue::same_name};

/// What is selected: its name and its value.
type Item = (String, Expression);

impl Translator<'_> {
    pub(super) fn select(
        &mut self,
        select: &Select,
        order_by: &[OrderByExpr],
        limit: &str,
    ) -> Result<Translated, SqlError> {
        check(select)?;
        self.new_scope();
        let result = self.select_inner(select, order_by, limit);
        self.scopes.pop();
        result
    }

    fn select_inner(
        &mut self,
        select: &Select,
        order_by: &[OrderByExpr],
        limit: &str,
    ) -> Result<Translated, SqlError> {
        let names = std::mem::take(&mut self.names);
        let mut clauses = String::new();
        if !select.from.is_empty() {
            let from = self.from_clause(&select.from)?;
            clauses.push_str(&format!(" FROM {from}"));
        }
        if let Some(condition) = &select.selection {
            self.clause("where clause");
            let condition = self.expression(condition)?;
            if condition.aggregate {
                return Err(SqlError::new(
                    1111,
                    *b"HY000",
                    "Invalid use of group function",
                ));
            }
            let condition = self.to_condition(&condition)?;
            clauses.push_str(&format!(" WHERE {}", condition.sql));
        }
        self.clause("field list");
        let items = self.items(&select.projection, &names)?;
        let distinct = match &select.distinct {
            None | Some(Distinct::All) => false,
            Some(Distinct::Distinct) => true,
            Some(other) => return Err(SqlError::unsupported(other)),
        };
        if let Some(scope) = self.scopes.last_mut() {
            scope.selected.clone_from(&items);
            scope.aliases_count = true;
        }
        let groups = self.groups(&select.group_by, &items)?;
        if !groups.is_empty() {
            let terms: Vec<String> = groups.iter().map(Expression::collated).collect();
            clauses.push_str(&format!(" GROUP BY {}", terms.join(", ")));
        }
        let mut checked: Vec<(&'static str, Expression)> = Vec::new();
        if let Some(having) = &select.having {
            self.aliases_first(true, "having clause");
            let having = self.expression(having)?;
            let having = self.to_condition(&having)?;
            if groups.is_empty() && !having.aggregate && !items.iter().any(|(_, i)| i.aggregate) {
                return Err(SqlError::unsupported("HAVING without GROUP BY"));
            }
            clauses.push_str(&format!(" HAVING {}", having.sql));
            checked.push(("HAVING", having));
        }
        let mut terms = Vec::new();
        for term in order_by {
            self.aliases_first(true, "order clause");
            let direction = direction(term)?;
            let position = match ordinal(&term.expr, items.len(), "order clause")? {
                Some(position) => Some(position),
                None => selected_position(&term.expr, &items),
            };
            let (sql, expression) = if let Some(position) = position {
                let value = Expression::new(
                    format!("\"c{}\"", position + 1),
                    items[position].1.kind,
                    true,
                );
                (value.collated(), None)
            } else {
                let value = self.expression(&term.expr)?;
                (value.collated(), Some(value))
            };
            if let Some(expression) = expression {
                if distinct && !items.iter().any(|(_, item)| item.sql == expression.sql) {
                    return Err(SqlError::new(
                        3065,
                        *b"HY000",
                        "Expression of ORDER BY clause is not in SELECT list, references column \
                         which is not in SELECT list; this is incompatible with DISTINCT",
                    ));
                }
                checked.push(("ORDER BY", expression));
            }
            terms.push(format!("{sql}{direction}"));
        }
        let aggregate = items.iter().any(|(_, item)| item.aggregate)
            || checked.iter().any(|(_, expression)| expression.aggregate);
        if aggregate || !groups.is_empty() {
            for (index, (_, item)) in items.iter().enumerate() {
                self.grouped(item, &groups, index + 1)?;
            }
            for (_, expression) in &checked {
                self.grouped(expression, &groups, items.len() + 1)?;
            }
        }
        if !terms.is_empty() {
            clauses.push_str(&format!(" ORDER BY {}", terms.join(", ")));
        }
        let selected: Vec<String> = items
            .iter()
            .enumerate()
            .map(|(index, (_, item))| {
                let value = if distinct {
                    item.collated()
                } else {
                    item.sql.clone()
                };
                format!("{value} AS \"c{}\"", index + 1)
            })
            .collect();
        let unique = if distinct { "DISTINCT " } else { "" };
        let columns = items
            .into_iter()
            .map(|(name, item)| OutputColumn {
                name,
                kind: item.kind,
                nullable: item.nullable,
                origin: item.origin,
            })
            .collect();
        Ok(Translated {
            sql: format!("SELECT {unique}{}{clauses}{limit}", selected.join(", ")),
            columns,
        })
    }

    fn aliases_first(&mut self, first: bool, clause: &'static str) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.aliases_first = first;
            scope.clause = clause;
        }
    }

    fn items(
        &mut self,
        projection: &[SelectItem],
        names: &[String],
    ) -> Result<Vec<Item>, SqlError> {
        let mut items = Vec::new();
        for (index, item) in projection.iter().enumerate() {
            match item {
                SelectItem::UnnamedExpr(expression) => {
                    let value = self.expression(expression)?;
                    let name = match expression {
                        Expr::Identifier(name) if !name.value.starts_with('@') => {
                            column_name(&value, name)
                        }
                        Expr::CompoundIdentifier(path) if !path[0].value.starts_with('@') => {
                            column_name(&value, &path[path.len() - 1])
                        }
                        Expr::Value(literal) if names.len() != projection.len() => literal
                            .value
                            .clone()
                            .into_string()
                            .unwrap_or_else(|| literal.to_string()),
                        _ if names.len() == projection.len() => names[index].clone(),
                        other => other.to_string(),
                    };
                    items.push((name, value));
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    items.push((alias.value.clone(), self.expression(expr)?));
                }
                SelectItem::Wildcard(options) if plain(options) => {
                    if projection.len() > 1 && index > 0 {
                        return Err(SqlError::syntax("* goes before all other columns"));
                    }
                    self.wildcard(None, &mut items)?;
                }
                SelectItem::QualifiedWildcard(
                    SelectItemQualifiedWildcardKind::ObjectName(name),
                    options,
                ) if plain(options) => {
                    let (_, table) = split_name(name)?;
                    self.wildcard(Some(&table), &mut items)?;
                }
                other => return Err(SqlError::unsupported(other)),
            }
        }
        if items.len() > 1000 {
            return Err(SqlError::unsupported("more than 1000 columns"));
        }
        Ok(items)
    }

    fn wildcard(&mut self, table: Option<&str>, items: &mut Vec<Item>) -> Result<(), SqlError> {
        let offset = self.context.variables.time_offset();
        let relations = self
            .scopes
            .last()
            .map_or(&[][..], |scope| &scope.relations[..]);
        let mut found = false;
        for relation in relations {
            if table.is_some_and(|table| table != relation.name) {
                continue;
            }
            found = true;
            for column in relation.shown() {
                items.push((column.name.clone(), relation.value(column, offset)));
            }
        }
        match (found, table) {
            (true, _) => Ok(()),
            (false, Some(table)) => Err(SqlError::new(
                1051,
                *b"42S02",
                format!("Unknown table '{table}'"),
            )),
            (false, None) => Err(SqlError::new(1096, *b"HY000", "No tables used")),
        }
    }

    fn groups(
        &mut self,
        group_by: &GroupByExpr,
        items: &[Item],
    ) -> Result<Vec<Expression>, SqlError> {
        let GroupByExpr::Expressions(terms, modifiers) = group_by else {
            return Err(SqlError::unsupported(group_by));
        };
        if !modifiers.is_empty() {
            return Err(SqlError::unsupported(group_by));
        }
        self.aliases_first(false, "group statement");
        let mut groups = Vec::new();
        for term in terms {
            let expression = match ordinal(term, items.len(), "group statement")? {
                Some(position) => items[position].1.clone(),
                None => self.expression(term)?,
            };
            if expression.aggregate {
                return Err(SqlError::new(
                    1056,
                    *b"42000",
                    format!("Can't group on '{term}'"),
                ));
            }
            if expression.constant.is_some() {
                return Err(SqlError::unsupported("GROUP BY a constant"));
            }
            groups.push(expression);
        }
        Ok(groups)
    }

    /// Only what a group has one value of may be selected: `ONLY_FULL_GROUP_BY`.
    fn grouped(
        &self,
        value: &Expression,
        groups: &[Expression],
        position: usize,
    ) -> Result<(), SqlError> {
        if groups.iter().any(|group| group.sql == value.sql) {
            return Ok(());
        }
        for column in &value.columns {
            let known = groups
                .iter()
                .any(|group| group.columns == [column.clone()] && group.sql.contains(column))
                || self.determined(column, groups);
            if known {
                continue;
            }
            return Err(if groups.is_empty() {
                SqlError::new(
                    1140,
                    *b"42000",
                    format!(
                        "In aggregated query without GROUP BY, expression #{position} of SELECT \
                         list contains nonaggregated column; this is incompatible with \
                         sql_mode=only_full_group_by"
                    ),
                )
            } else {
                SqlError::new(
                    1055,
                    *b"42000",
                    format!(
                        "Expression #{position} of SELECT list is not in GROUP BY clause and \
                         contains nonaggregated column which is not functionally dependent on \
                         columns in GROUP BY clause; this is incompatible with \
                         sql_mode=only_full_group_by"
                    ),
                )
            });
        }
        Ok(())
    }

    /// Whether the primary key of the column's table is among the groups.
    fn determined(&self, column: &str, groups: &[Expression]) -> bool {
        let Some(scope) = self.scopes.last() else {
            return false;
        };
        scope.relations.iter().any(|relation| {
            let prefix = format!("{}.", relation.alias);
            let mut key = relation.columns.iter().filter(|column| {
                column.origin.as_ref().is_some_and(|origin| {
                    origin
                        .flags
                        .contains(mysql_common::constants::ColumnFlags::PRI_KEY_FLAG)
                })
            });
            let mut any = false;
            column.starts_with(&prefix)
                && key.all(|key| {
                    any = true;
                    let sql = format!("{prefix}{}", key.column);
                    groups.iter().any(|group| group.sql == sql)
                })
                && any
        })
    }
}

/// As it is written; but the views of `information_schema` have capitals.
fn column_name(value: &Expression, written: &Ident) -> String {
    match &value.origin {
        Some(origin) if origin.database == "information_schema" => origin.column.clone(),
        _ => written.value.clone(),
    }
}

/// `ORDER BY` a column of the result, by its name.
fn selected_position(expression: &Expr, items: &[Item]) -> Option<usize> {
    let Expr::Identifier(name) = expression else {
        return None;
    };
    items
        .iter()
        .position(|(alias, _)| same_name(alias, &name.value))
}

fn plain(options: &WildcardAdditionalOptions) -> bool {
    *options == WildcardAdditionalOptions::default()
}

/// Nothing but what `select_inner` looks at.
fn check(select: &Select) -> Result<(), SqlError> {
    let modifiers = select.select_modifiers.clone().unwrap_or_default();
    // Hints of speed, which change no result.
    let known = SelectModifiers {
        sql_calc_found_rows: false,
        ..modifiers.clone()
    };
    if modifiers.sql_calc_found_rows || known != modifiers {
        return Err(SqlError::unsupported("SQL_CALC_FOUND_ROWS"));
    }
    let plain = select.top.is_none()
        && select.exclude.is_none()
        && select.into.is_none()
        && select.lateral_views.is_empty()
        && select.prewhere.is_none()
        && select.connect_by.is_empty()
        && select.cluster_by.is_empty()
        && select.distribute_by.is_empty()
        && select.sort_by.is_empty()
        && select.named_window.is_empty()
        && select.qualify.is_none()
        && select.value_table_mode.is_none()
        && select.flavor == SelectFlavor::Standard;
    if plain {
        Ok(())
    } else {
        Err(SqlError::unsupported(select))
    }
}
