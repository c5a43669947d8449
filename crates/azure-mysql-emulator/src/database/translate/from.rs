//! `FROM`: tables, joins and subqueries.

use sqlparser::ast::{
    Ident, JoinConstraint, JoinOperator, TableAlias, TableFactor, TableWithJoins,
};

use super::{Relation, RelationColumn, Translated, Translator, single_name, split_name};
use crate::database::{
    SqlError,
    catalogue::{quote, same_name},
    information_schema,
};

impl Translator<'_> {
    /// Brings the relations into the innermost scope, and gives the text of the clause.
    pub(crate) fn from_clause(&mut self, from: &[TableWithJoins]) -> Result<String, SqlError> {
        let mut parts = Vec::new();
        for tree in from {
            let mut sql = self.factor(&tree.relation)?;
            for join in &tree.joins {
                if join.global {
                    return Err(SqlError::unsupported(join));
                }
                sql.push_str(&self.join(&join.join_operator, &join.relation)?);
            }
            parts.push(sql);
        }
        Ok(parts.join(", "))
    }

    fn join(
        &mut self,
        operator: &JoinOperator,
        relation: &TableFactor,
    ) -> Result<String, SqlError> {
        let (words, constraint, left) = match operator {
            JoinOperator::Join(constraint)
            | JoinOperator::Inner(constraint)
            | JoinOperator::CrossJoin(constraint)
            | JoinOperator::StraightJoin(constraint) => ("JOIN", constraint, false),
            JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => {
                ("LEFT JOIN", constraint, true)
            }
            JoinOperator::Right(constraint) | JoinOperator::RightOuter(constraint) => {
                ("RIGHT JOIN", constraint, false)
            }
            _ => return Err(SqlError::unsupported("that kind of JOIN")),
        };
        let before = self.relations_here();
        let factor = self.factor(relation)?;
        let condition = match constraint {
            JoinConstraint::On(condition) => {
                self.clause("on clause");
                let condition = self.expression(condition)?;
                self.to_condition(&condition)?.sql
            }
            JoinConstraint::Using(columns) if words != "RIGHT JOIN" => {
                let mut tests = Vec::new();
                for column in columns {
                    tests.push(self.merge(single_name(column)?, before)?);
                }
                tests.join(" AND ")
            }
            JoinConstraint::None if !left && words != "RIGHT JOIN" => "1".to_owned(),
            _ => return Err(SqlError::unsupported("a JOIN with such a condition")),
        };
        // Only now: the condition itself sees the columns as they are.
        if let Some(scope) = self.scopes.last_mut() {
            let (first, second) = scope.relations.split_at_mut(before);
            let outer = match words {
                "LEFT JOIN" => second,
                "RIGHT JOIN" => first,
                _ => &mut [],
            };
            for relation in outer {
                for column in &mut relation.columns {
                    column.nullable = true;
                }
            }
        }
        Ok(format!(" {words} {factor} ON {condition}"))
    }

    fn relations_here(&self) -> usize {
        self.scopes.last().map_or(0, |scope| scope.relations.len())
    }

    /// A column of `USING`: shown once.
    fn merge(&mut self, name: &Ident, before: usize) -> Result<String, SqlError> {
        let unknown = || SqlError::unknown_column(&name.value, "from clause");
        let scope = self.scopes.last_mut().ok_or_else(unknown)?;
        let (first, second) = scope.relations.split_at_mut(before);
        let find = |relation: &Relation| {
            relation
                .columns
                .iter()
                .position(|column| same_name(&column.name, &name.value) && !column.hidden)
        };
        let mut left = first
            .iter()
            .filter_map(|relation| Some((relation, find(relation)?)));
        let (relation, column) = left.next().ok_or_else(unknown)?;
        if left.next().is_some() {
            return Err(SqlError::new(
                1052,
                *b"23000",
                format!("Column '{}' in from clause is ambiguous", name.value),
            ));
        }
        let one = relation.value(&relation.columns[column], 0);
        let [relation] = second else {
            return Err(unknown());
        };
        let column = find(relation).ok_or_else(unknown)?;
        let other = relation.value(&relation.columns[column], 0);
        relation.columns[column].hidden = true;
        Ok(self.compare(&one, "=", &other)?.sql)
    }

    fn factor(&mut self, factor: &TableFactor) -> Result<String, SqlError> {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                with_hints,
                version: None,
                with_ordinality: false,
                partitions,
                json_path: None,
                sample: None,
                index_directives: _,
                inheritance: None,
            } if with_hints.is_empty() && partitions.is_empty() => {
                let (database, table) = split_name(name)?;
                let shown = alias_name(alias.as_ref())?.unwrap_or_else(|| table.clone());
                if database.is_none()
                    && let Some((_, common)) =
                        self.common.iter().rev().find(|(name, _)| *name == table)
                {
                    let mut relation = common.clone();
                    let source = std::mem::take(&mut relation.alias);
                    return self.add(relation, shown, |alias| format!("{source} AS {alias}"));
                }
                let from = database.as_deref().or(self.context.database.as_deref());
                if from.is_some_and(|from| from.eq_ignore_ascii_case("information_schema")) {
                    let relation = information_schema::relation(self, &table)?;
                    let source = relation.alias.clone();
                    return self.add(relation, shown, |alias| format!("{source} AS {alias}"));
                }
                let found = self.table(name)?;
                let source = found.sqlite_name();
                let relation = Relation::of_table(&found, &shown, String::new());
                self.add(relation, shown, |alias| format!("{source} AS {alias}"))
            }
            TableFactor::Derived {
                lateral: false,
                subquery,
                alias: Some(alias),
                sample: None,
            } => {
                let renamed = alias.columns.iter().map(|column| column.name.value.clone());
                let renamed: Vec<String> = renamed.collect();
                // A derived table does not see its neighbours.
                let hidden = self.scopes.pop();
                let query = self.query(subquery);
                self.scopes.extend(hidden);
                let query = query?;
                let relation = derived(&query, &renamed)?;
                self.add(relation, alias.name.value.clone(), |alias| {
                    format!("({}) AS {alias}", query.sql)
                })
            }
            TableFactor::Derived { alias: None, .. } => Err(SqlError::new(
                1248,
                *b"42000",
                "Every derived table must have its own alias",
            )),
            other => Err(SqlError::unsupported(other)),
        }
    }

    fn add(
        &mut self,
        mut relation: Relation,
        name: String,
        sql: impl FnOnce(&str) -> String,
    ) -> Result<String, SqlError> {
        let alias = self.next_alias();
        for column in &mut relation.columns {
            if let Some(origin) = &mut column.origin {
                origin.alias.clone_from(&name);
            }
        }
        relation.name = name;
        relation.alias.clone_from(&alias);
        if let Some(scope) = self.scopes.last_mut() {
            let taken = scope
                .relations
                .iter()
                .any(|other| other.name == relation.name && other.database == relation.database);
            if taken {
                return Err(SqlError::new(
                    1066,
                    *b"42000",
                    format!("Not unique table/alias: '{}'", relation.name),
                ));
            }
            scope.relations.push(relation);
        }
        Ok(sql(&alias))
    }

    pub(super) fn clause(&mut self, clause: &'static str) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.clause = clause;
        }
    }
}

/// A query as something to select from.
pub(super) fn derived(query: &Translated, renamed: &[String]) -> Result<Relation, SqlError> {
    if !renamed.is_empty() && renamed.len() != query.columns.len() {
        return Err(SqlError::new(
            1353,
            *b"HY000",
            "In definition of view, derived table or common table expression, SELECT list and \
             column names list have different column counts",
        ));
    }
    let mut columns: Vec<RelationColumn> = Vec::new();
    for (index, column) in query.columns.iter().enumerate() {
        let name = renamed.get(index).unwrap_or(&column.name).clone();
        if columns.iter().any(|other| same_name(&other.name, &name)) {
            return Err(SqlError::new(
                1060,
                *b"42S21",
                format!("Duplicate column name '{name}'"),
            ));
        }
        columns.push(RelationColumn {
            name,
            column: quote(&format!("c{}", index + 1)),
            kind: column.kind,
            nullable: column.nullable,
            origin: None,
            hidden: false,
        });
    }
    Ok(Relation {
        name: String::new(),
        database: None,
        alias: String::new(),
        columns,
    })
}

fn alias_name(alias: Option<&TableAlias>) -> Result<Option<String>, SqlError> {
    match alias {
        None => Ok(None),
        Some(alias) if alias.columns.is_empty() => Ok(Some(alias.name.value.clone())),
        Some(alias) => Err(SqlError::unsupported(format!("the alias {alias}"))),
    }
}
