//! A table of the catalogue as `SQLite` makes it.

use super::constraint::check_indexes;
use super::{
    SqlError,
    catalogue::{Table, quote},
    translate::Translator,
};

impl Translator<'_> {
    /// The statements that make the table, under this name, and its indexes, in `SQLite`.
    pub(crate) fn create_statements(
        &mut self,
        table: &Table,
        name: &str,
    ) -> Result<Vec<String>, SqlError> {
        check_indexes(table)?;
        let schema = if table.temporary {
            "temp".to_owned()
        } else {
            super::catalogue::schema(&table.database)
        };
        let row_number = table.row_number_column().map(|column| column.name.clone());
        let mut parts = Vec::new();
        for column in &table.columns {
            let mut part = format!("{} {}", quote(&column.name), column.kind.sqlite());
            if row_number.as_ref() == Some(&column.name) {
                part.push_str(" PRIMARY KEY");
            }
            if column.kind.is_text() {
                part.push_str(&format!(" COLLATE {}", column.kind.collation().name()));
            }
            if !column.nullable {
                part.push_str(" NOT NULL");
            }
            parts.push(part);
        }
        for key in &table.foreign_keys {
            let mut part = format!(
                "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({})",
                quote(&key.name),
                quoted(&key.columns),
                quote(&key.table),
                quoted(&key.referred)
            );
            for (when, action) in [("DELETE", &key.on_delete), ("UPDATE", &key.on_update)] {
                if let Some(action) = action {
                    // In MySQL NO ACTION is RESTRICT.
                    let action = if action == "NO ACTION" {
                        "RESTRICT"
                    } else {
                        action
                    };
                    part.push_str(&format!(" ON {when} {action}"));
                }
            }
            parts.push(part);
        }
        for check in &table.checks {
            let condition = self.check_condition(table, &check.text)?;
            parts.push(format!(
                "CONSTRAINT {} CHECK ({condition})",
                quote(&check.name)
            ));
        }
        let mut statements = vec![format!(
            "CREATE TABLE {schema}.{} ({}) STRICT",
            quote(name),
            parts.join(", ")
        )];
        for index in &table.indexes {
            if index.is_primary() && row_number.is_some() {
                continue;
            }
            let unique = if index.unique { "UNIQUE " } else { "" };
            statements.push(format!(
                "CREATE {unique}INDEX {schema}.{} ON {} ({})",
                quote(&format!("{name} {}", index.name)),
                quote(name),
                quoted(&index.columns)
            ));
        }
        Ok(statements)
    }

    /// A `CHECK` as `SQLite` writes it in the definition of the table.
    pub(crate) fn check_condition(
        &mut self,
        table: &Table,
        text: &str,
    ) -> Result<String, SqlError> {
        let dialect = super::dialect::EmulatorDialect {
            backslash_escapes: true,
        };
        let expression = sqlparser::parser::Parser::new(&dialect)
            .try_with_sql(text)
            .and_then(|mut parser| parser.parse_expr())
            .map_err(SqlError::syntax)?;
        self.inline = true;
        self.open_scope();
        let relation = super::translate::Relation::of_table(table, &table.name, String::new());
        self.see(relation);
        let condition = self.expression(&expression);
        self.close_scope();
        self.inline = false;
        let condition = condition?;
        if condition.sql.contains("my_uuid") || condition.sql.contains("my_random") {
            return Err(SqlError::unsupported("such a CHECK"));
        }
        Ok(condition.sql)
    }
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| quote(name)).collect();
    names.join(", ")
}
