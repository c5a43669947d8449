//! `information_schema`: tables of what the catalogue says, made anew for each statement.

use mysql_common::constants::ColumnFlags;
use rusqlite::{params_from_iter, types::Value};

use super::{
    SqlError,
    catalogue::{self, Column, DefaultValue, Table, quote},
    context::Context,
    information_schema_columns::{
        COLLATION_LIST, COLUMNS, KEY_COLUMN_USAGE, REFERENTIAL_CONSTRAINTS, SCHEMATA, STATISTICS,
        TABLE_CONSTRAINTS, TABLES, VIEWS,
    },
    storage::Lease,
    translate::{Origin, Relation, RelationColumn, Translator},
    types::{self, COLLATIONS, Collation, TextForm, Type},
};

/// Fills one of its tables, and tells how to select from it.
pub(crate) fn relation(translator: &mut Translator<'_>, name: &str) -> Result<Relation, SqlError> {
    let upper = name.to_ascii_uppercase();
    let columns = match upper.as_str() {
        "SCHEMATA" => SCHEMATA,
        "TABLES" => TABLES,
        "COLUMNS" => COLUMNS,
        "STATISTICS" => STATISTICS,
        "KEY_COLUMN_USAGE" => KEY_COLUMN_USAGE,
        "TABLE_CONSTRAINTS" => TABLE_CONSTRAINTS,
        "REFERENTIAL_CONSTRAINTS" => REFERENTIAL_CONSTRAINTS,
        "VIEWS" => VIEWS,
        "COLLATIONS" => COLLATION_LIST,
        _ => return Err(SqlError::unsupported(format!("information_schema.{name}"))),
    };
    let rows = rows(translator.context, translator.connection, &upper)?;
    let place = format!("temp.{}", quote(&format!("{upper} ")));
    let definitions: Vec<String> = columns
        .iter()
        .map(|(name, kind)| {
            let collation = if kind.is_text() {
                " COLLATE utf8mb4_0900_ai_ci"
            } else {
                ""
            };
            format!("{} {}{collation}", quote(name), kind.sqlite())
        })
        .collect();
    translator.connection.execute_batch(&format!(
        "CREATE TABLE IF NOT EXISTS {place} ({}); DELETE FROM {place};",
        definitions.join(", ")
    ))?;
    let marks: Vec<String> = (1..=columns.len())
        .map(|index| format!("?{index}"))
        .collect();
    let sql = format!("INSERT INTO {place} VALUES ({})", marks.join(", "));
    {
        let mut insert = translator.connection.prepare(&sql)?;
        for row in rows {
            insert.execute(params_from_iter(row))?;
        }
    }
    Ok(Relation {
        name: name.to_owned(),
        database: None,
        alias: place,
        columns: columns
            .iter()
            .map(|(column_name, kind)| RelationColumn {
                name: (*column_name).to_owned(),
                column: quote(column_name),
                kind: *kind,
                nullable: true,
                origin: Some(Origin {
                    database: "information_schema".to_owned(),
                    alias: name.to_owned(),
                    table: upper.clone(),
                    column: (*column_name).to_owned(),
                    flags: ColumnFlags::empty(),
                }),
                hidden: false,
            })
            .collect(),
    })
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn number(value: impl TryInto<i64>) -> Value {
    Value::Integer(value.try_into().unwrap_or(i64::MAX))
}

fn all_tables(context: &Context, lease: &mut Lease) -> Result<Vec<Table>, SqlError> {
    let mut tables = Vec::new();
    for database in context.storage.names() {
        lease.attach(&database)?;
        tables.extend(catalogue::load_all(lease, &database)?);
    }
    Ok(tables)
}

fn rows(context: &Context, lease: &mut Lease, table: &str) -> Result<Vec<Vec<Value>>, SqlError> {
    if table == "SCHEMATA" {
        let mut names = context.storage.names();
        names.push("information_schema".to_owned());
        names.sort();
        return Ok(names.iter().map(|name| schema_row(name)).collect());
    }
    if table == "COLLATIONS" {
        return Ok(collation_rows());
    }
    let mut rows = Vec::new();
    for found in all_tables(context, lease)? {
        match table {
            "TABLES" => rows.push(table_row(context, lease, &found)?),
            "COLUMNS" => {
                for (index, column) in found.columns.iter().enumerate() {
                    rows.push(column_row(&found, column, index + 1));
                }
            }
            "STATISTICS" => rows.extend(statistics(&found)),
            "KEY_COLUMN_USAGE" => rows.extend(key_columns(&found)),
            "TABLE_CONSTRAINTS" => rows.extend(constraints(&found)),
            "REFERENTIAL_CONSTRAINTS" => rows.extend(references(&found)),
            _ => {}
        }
    }
    Ok(rows)
}

fn schema_row(name: &str) -> Vec<Value> {
    let (charset, collation) = if name == "information_schema" {
        ("utf8mb3", "utf8mb3_general_ci")
    } else {
        ("utf8mb4", "utf8mb4_0900_ai_ci")
    };
    vec![
        text("def"),
        text(name),
        text(charset),
        text(collation),
        Value::Null,
        text("NO"),
    ]
}

pub(crate) fn collation_rows() -> Vec<Vec<Value>> {
    COLLATIONS
        .iter()
        .map(|(collation, name, id)| {
            let default = if *collation == Collation::Default {
                "Yes"
            } else {
                ""
            };
            let pad = match collation {
                Collation::Default | Collation::BinaryNoPad => "NO PAD",
                _ => "PAD SPACE",
            };
            vec![
                text(name),
                text("utf8mb4"),
                number(*id),
                text(default),
                text("Yes"),
                number(1),
                text(pad),
            ]
        })
        .collect()
}

pub(crate) fn table_row(
    context: &Context,
    lease: &Lease,
    table: &Table,
) -> Result<Vec<Value>, SqlError> {
    let rows: i64 = lease.query_row(
        &format!("SELECT COUNT(*) FROM {}", table.sqlite_name()),
        [],
        |row| row.get(0),
    )?;
    let next = table.auto_increment().map_or(Value::Null, |_| {
        let next = context.storage.next_id(&table.database, &table.name);
        next.map_or(Value::Null, number)
    });
    Ok(vec![
        text("def"),
        text(&table.database),
        text(&table.name),
        text("BASE TABLE"),
        text("InnoDB"),
        number(10),
        text("Dynamic"),
        number(rows),
        number(0),
        number(16_384),
        number(0),
        number(0),
        number(0),
        next,
        number(context.now / 1_000_000 * 1_000_000),
        Value::Null,
        Value::Null,
        text("utf8mb4_0900_ai_ci"),
        Value::Null,
        text(""),
        text(&table.comment),
    ])
}

/// `PRI`, `UNI`, `MUL` or nothing.
pub(crate) fn key_of(table: &Table, column: &Column) -> &'static str {
    match table.in_key(&column.name) {
        (true, _, _) => "PRI",
        // Without a primary key, MySQL shows a UNIQUE of columns that are NOT NULL as one.
        (_, true, _) => "UNI",
        (_, _, true) => "MUL",
        _ => "",
    }
}

pub(crate) fn extra_of(column: &Column) -> String {
    let mut extra = Vec::new();
    if column.auto_increment {
        extra.push("auto_increment".to_owned());
    }
    if column.default == Some(DefaultValue::Now) {
        extra.push("DEFAULT_GENERATED".to_owned());
    }
    if column.touched {
        extra.push(format!("on update {}", now_of(column)));
    }
    extra.join(" ")
}

pub(crate) fn now_of(column: &Column) -> String {
    match column.kind.scale() {
        0 => "CURRENT_TIMESTAMP".to_owned(),
        digits => format!("CURRENT_TIMESTAMP({digits})"),
    }
}

pub(crate) fn default_of(column: &Column) -> Value {
    match &column.default {
        None | Some(DefaultValue::Null) => Value::Null,
        Some(DefaultValue::Literal(literal)) => text(literal),
        Some(DefaultValue::Now) => text(&now_of(column)),
    }
}

fn column_row(table: &Table, column: &Column, position: usize) -> Vec<Value> {
    let kind = column.kind;
    let (characters, octets) = match kind {
        Type::Text { form, length, .. } => {
            let bytes = match form {
                TextForm::Fixed | TextForm::Varying => u64::from(length) * 4,
                _ => u64::from(length),
            };
            (number(length), number(bytes))
        }
        Type::Bytes { length, .. } => (number(length), number(length)),
        _ => (Value::Null, Value::Null),
    };
    let (precision, scale) = match kind {
        Type::Integer { size, unsigned, .. } => {
            let digits = match (size, unsigned) {
                (types::IntegerSize::Tiny | types::IntegerSize::Year, _) => 3,
                (types::IntegerSize::Small, _) => 5,
                (types::IntegerSize::Medium, false) => 7,
                (types::IntegerSize::Medium, true) => 8,
                (types::IntegerSize::Int, _) => 10,
                (types::IntegerSize::Big, false) => 19,
                (types::IntegerSize::Big, true) => 20,
            };
            (number(digits), number(0))
        }
        Type::Decimal { precision, scale } => (number(precision), number(scale)),
        Type::Float => (number(12), Value::Null),
        Type::Double => (number(22), Value::Null),
        _ => (Value::Null, Value::Null),
    };
    let seconds = match kind {
        Type::DateTime { digits } | Type::Timestamp { digits } | Type::Time { digits } => {
            number(digits)
        }
        _ => Value::Null,
    };
    let (charset, collation) = if kind.is_text() {
        (text("utf8mb4"), text(kind.collation().name()))
    } else {
        (Value::Null, Value::Null)
    };
    vec![
        text("def"),
        text(&table.database),
        text(&table.name),
        text(&column.name),
        number(position),
        default_of(column),
        text(if column.nullable { "YES" } else { "NO" }),
        text(kind.base_name()),
        characters,
        octets,
        precision,
        scale,
        seconds,
        charset,
        collation,
        text(&kind.name()),
        text(key_of(table, column)),
        text(&extra_of(column)),
        text("select,insert,update,references"),
        text(&column.comment),
        text(""),
        Value::Null,
    ]
}

pub(crate) fn statistics(table: &Table) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    for index in &table.indexes {
        for (position, name) in index.columns.iter().enumerate() {
            let nullable = table.column(name).is_some_and(|column| column.nullable);
            rows.push(vec![
                text("def"),
                text(&table.database),
                text(&table.name),
                number(u8::from(!index.unique)),
                text(&table.database),
                text(&index.name),
                number(position + 1),
                text(name),
                text("A"),
                number(0),
                Value::Null,
                Value::Null,
                text(if nullable { "YES" } else { "" }),
                text("BTREE"),
                text(""),
                text(""),
                text("YES"),
                Value::Null,
            ]);
        }
    }
    rows
}

fn key_columns(table: &Table) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    let mut push = |name: &str, column: &str, position: usize, referred: Option<(&str, &str)>| {
        rows.push(vec![
            text("def"),
            text(&table.database),
            text(name),
            text("def"),
            text(&table.database),
            text(&table.name),
            text(column),
            number(position + 1),
            referred.map_or(Value::Null, |_| number(position + 1)),
            referred.map_or(Value::Null, |_| text(&table.database)),
            referred.map_or(Value::Null, |(table, _)| text(table)),
            referred.map_or(Value::Null, |(_, column)| text(column)),
        ]);
    };
    for index in table.indexes.iter().filter(|index| index.unique) {
        for (position, column) in index.columns.iter().enumerate() {
            push(&index.name, column, position, None);
        }
    }
    for key in &table.foreign_keys {
        for (position, (column, referred)) in key.columns.iter().zip(&key.referred).enumerate() {
            push(&key.name, column, position, Some((&key.table, referred)));
        }
    }
    rows
}

fn constraints(table: &Table) -> Vec<Vec<Value>> {
    let row = |name: &str, kind: &str| {
        vec![
            text("def"),
            text(&table.database),
            text(name),
            text(&table.database),
            text(&table.name),
            text(kind),
            text("YES"),
        ]
    };
    let unique = table
        .indexes
        .iter()
        .filter(|index| index.unique)
        .map(|index| {
            row(
                &index.name,
                if index.is_primary() {
                    "PRIMARY KEY"
                } else {
                    "UNIQUE"
                },
            )
        });
    let foreign = table
        .foreign_keys
        .iter()
        .map(|key| row(&key.name, "FOREIGN KEY"));
    let checks = table.checks.iter().map(|check| row(&check.name, "CHECK"));
    unique.chain(foreign).chain(checks).collect()
}

fn references(table: &Table) -> Vec<Vec<Value>> {
    table
        .foreign_keys
        .iter()
        .map(|key| {
            let rule = |action: &Option<String>| text(action.as_deref().unwrap_or("NO ACTION"));
            vec![
                text("def"),
                text(&table.database),
                text(&key.name),
                text("def"),
                text(&table.database),
                text("PRIMARY"),
                text("NONE"),
                rule(&key.on_update),
                rule(&key.on_delete),
                text(&table.name),
                text(&key.table),
            ]
        })
        .collect()
}
