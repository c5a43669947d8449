//! `SHOW CREATE TABLE`.

use super::{
    catalogue::{DefaultValue, Table},
    information_schema::now_of,
    types::{Collation, TextForm, Type},
};

pub(crate) fn listed(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(",")
}

/// As MySQL writes it.
pub(crate) fn create_table(table: &Table, next_id: Option<u64>) -> String {
    let escape = |text: &str| text.replace('\'', "''");
    let mut lines = Vec::new();
    for column in &table.columns {
        let mut line = format!("  `{}` {}", column.name, column.kind.name());
        let collation = column.kind.collation();
        if column.kind.is_text() && collation != Collation::Default {
            line.push_str(&format!(
                " CHARACTER SET utf8mb4 COLLATE {}",
                collation.name()
            ));
        }
        if !column.nullable {
            line.push_str(" NOT NULL");
        } else if matches!(column.kind, Type::Timestamp { .. }) {
            line.push_str(" NULL");
        }
        match &column.default {
            Some(DefaultValue::Null) if !large(column.kind) => line.push_str(" DEFAULT NULL"),
            Some(DefaultValue::Literal(literal)) => {
                line.push_str(&format!(" DEFAULT '{}'", escape(literal)));
            }
            Some(DefaultValue::Now) => line.push_str(&format!(" DEFAULT {}", now_of(column))),
            _ => {}
        }
        if column.touched {
            line.push_str(&format!(" ON UPDATE {}", now_of(column)));
        }
        if column.auto_increment {
            line.push_str(" AUTO_INCREMENT");
        }
        if !column.comment.is_empty() {
            line.push_str(&format!(" COMMENT '{}'", escape(&column.comment)));
        }
        lines.push(line);
    }
    for index in &table.indexes {
        lines.push(if index.is_primary() {
            format!("  PRIMARY KEY ({})", listed(&index.columns))
        } else {
            let unique = if index.unique { "UNIQUE " } else { "" };
            format!(
                "  {unique}KEY `{}` ({})",
                index.name,
                listed(&index.columns)
            )
        });
    }
    for key in &table.foreign_keys {
        let mut line = format!(
            "  CONSTRAINT `{}` FOREIGN KEY ({}) REFERENCES `{}` ({})",
            key.name,
            listed(&key.columns).replace(',', ", "),
            key.table,
            listed(&key.referred).replace(',', ", ")
        );
        for (when, action) in [("DELETE", &key.on_delete), ("UPDATE", &key.on_update)] {
            if let Some(action) = action.as_ref().filter(|action| *action != "NO ACTION") {
                line.push_str(&format!(" ON {when} {action}"));
            }
        }
        lines.push(line);
    }
    for check in &table.checks {
        lines.push(format!(
            "  CONSTRAINT `{}` CHECK ({})",
            check.name, check.text
        ));
    }
    let mut end = String::from(") ENGINE=InnoDB");
    if table.auto_increment().is_some()
        && let Some(next) = next_id.filter(|next| *next > 1)
    {
        end.push_str(&format!(" AUTO_INCREMENT={next}"));
    }
    end.push_str(" DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci");
    if !table.comment.is_empty() {
        end.push_str(&format!(" COMMENT='{}'", escape(&table.comment)));
    }
    let temporary = if table.temporary { "TEMPORARY " } else { "" };
    format!(
        "CREATE {temporary}TABLE `{}` (\n{}\n{end}",
        table.name,
        lines.join(",\n")
    )
}

pub(crate) fn large(kind: Type) -> bool {
    match kind {
        Type::Text { form, .. } | Type::Bytes { form, .. } => {
            !matches!(form, TextForm::Fixed | TextForm::Varying)
        }
        _ => false,
    }
}
