//! `SHOW` and `DESCRIBE`.

use mysql_common::{Value as Wire, packets};
use rusqlite::types::Value;

use super::show_create::create_table;
use super::{
    Rows, SqlError,
    catalogue::{self, Table},
    collation,
    context::Context,
    information_schema::{collation_rows, default_of, extra_of, key_of, statistics, table_row},
    parse::{Show, What},
    storage::Lease,
    translate::Translator,
    types::{BIGINT, BIGINT_UNSIGNED, Collation, IntegerSize, TextForm, Type, varchar},
    value,
};

type Columns = Vec<(&'static str, Type)>;

/// What is shown, the first column being the one that `LIKE` is about.
struct Shown {
    columns: Columns,
    rows: Vec<Vec<Value>>,
    /// The column that `LIKE` looks at.
    named: usize,
}

pub(crate) fn run(context: &Context, lease: &mut Lease, show: &Show) -> Result<Rows, SqlError> {
    let mut shown = shown(context, lease, &show.what)?;
    let mut first_name = None;
    if let Some(pattern) = &show.like {
        shown.rows.retain(|row| {
            matches!(&row[shown.named], Value::Text(text)
                if collation::like(Collation::General, text, pattern, Some('\\')))
        });
        if matches!(show.what, What::Tables { .. } | What::Databases) {
            first_name = Some(format!("{} ({pattern})", shown.columns[0].0));
        }
    }
    if let What::Tables { database, .. } = &show.what {
        let database = database
            .clone()
            .or_else(|| context.database.clone())
            .unwrap_or_default();
        let pattern = show
            .like
            .as_ref()
            .map_or(String::new(), |like| format!(" ({like})"));
        first_name = Some(format!("Tables_in_{database}{pattern}"));
    }
    let columns = shown
        .columns
        .iter()
        .enumerate()
        .map(|(index, (name, kind))| {
            let name = match &first_name {
                Some(first) if index == 0 => first.as_str(),
                _ => name,
            };
            let described = describe(name, *kind);
            if described.character_set() == 63 {
                return described;
            }
            described.with_character_set(context.variables.result_character_set())
        })
        .collect();
    let mut rows = Vec::with_capacity(shown.rows.len());
    for row in shown.rows {
        let values: Result<Vec<Wire>, SqlError> = row
            .into_iter()
            .zip(&shown.columns)
            .map(|(value, (_, kind))| value::to_wire(value, *kind))
            .collect();
        rows.push(values?);
    }
    Ok(Rows { columns, rows })
}

fn describe(name: &str, kind: Type) -> packets::Column {
    kind.describe(true)
        .with_name(name.as_bytes())
        .with_org_name(name.as_bytes())
}

fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

fn columns(names: &[&'static str]) -> Columns {
    names.iter().map(|name| (*name, varchar(64))).collect()
}

/// Of `DESCRIBE`, as the view behind it has them.
fn field_kind(name: &str) -> Type {
    let collation = Collation::Default;
    match name {
        "Type" | "Default" | "Comment" => Type::Text {
            form: TextForm::LongLarge,
            length: u32::MAX,
            collation,
        },
        "Key" => Type::Text {
            form: TextForm::Fixed,
            length: 3,
            collation,
        },
        _ => varchar(64),
    }
}

fn plain(names: &[&'static str], rows: Vec<Vec<Value>>) -> Shown {
    Shown {
        columns: columns(names),
        rows,
        named: 0,
    }
}

fn table(
    context: &Context,
    lease: &mut Lease,
    name: &sqlparser::ast::ObjectName,
) -> Result<Table, SqlError> {
    Translator::new(context, lease, &[], &[]).table(name)
}

fn tables_of(
    context: &Context,
    lease: &mut Lease,
    database: Option<&String>,
) -> Result<Vec<Table>, SqlError> {
    let database = match database.or(context.database.as_ref()) {
        Some(database) => database.clone(),
        None => return Err(SqlError::no_database()),
    };
    lease.attach(&database)?;
    catalogue::load_all(lease, &database)
}

fn shown(context: &Context, lease: &mut Lease, what: &What) -> Result<Shown, SqlError> {
    Ok(match what {
        What::Databases => {
            let mut names = context.storage.names();
            names.push("information_schema".to_owned());
            names.sort();
            plain(
                &["Database"],
                names.into_iter().map(|name| vec![text(name)]).collect(),
            )
        }
        What::Tables { database, full } => {
            let tables = tables_of(context, lease, database.as_ref())?;
            let rows = tables.into_iter().map(|table| {
                let mut row = vec![text(table.name)];
                if *full {
                    row.push(text("BASE TABLE"));
                }
                row
            });
            let names: &[&str] = if *full {
                &["Tables", "Table_type"]
            } else {
                &["Tables"]
            };
            plain(names, rows.collect())
        }
        What::Columns { table: name, full } => {
            let table = table(context, lease, name)?;
            of_columns(&table, *full)
        }
        What::CreateTable(name) => {
            let table = table(context, lease, name)?;
            let next = context.storage.next_id(&table.database, &table.name);
            let definition = create_table(&table, next);
            plain(
                &["Table", "Create Table"],
                vec![vec![text(table.name), text(definition)]],
            )
        }
        What::CreateDatabase(name) => {
            if !context.storage.exists(name) {
                return Err(SqlError::unknown_database(name));
            }
            let definition = format!(
                "CREATE DATABASE `{name}` /*!40100 DEFAULT CHARACTER SET utf8mb4 COLLATE \
                 utf8mb4_0900_ai_ci */ /*!80016 DEFAULT ENCRYPTION='N' */"
            );
            plain(
                &["Database", "Create Database"],
                vec![vec![text(name), text(definition)]],
            )
        }
        What::Index(name) => {
            let table = table(context, lease, name)?;
            of_indexes(&table)
        }
        What::Variables { global } => {
            let rows = context.shown_variables(*global);
            plain(
                &["Variable_name", "Value"],
                rows.into_iter()
                    .map(|(name, value)| vec![text(name), text(value)])
                    .collect(),
            )
        }
        What::Status { .. } => plain(
            &["Variable_name", "Value"],
            status(context)
                .into_iter()
                .map(|(name, value)| vec![text(name), text(value)])
                .collect(),
        ),
        What::TableStatus { database } => {
            let mut rows = Vec::new();
            for table in tables_of(context, lease, database.as_ref())? {
                let row = table_row(context, lease, &table)?;
                // Without catalogue, schema and kind.
                let mut row = row.into_iter();
                let mut shown: Vec<Value> = row.by_ref().skip(2).take(1).collect();
                shown.extend(row.skip(1));
                rows.push(shown);
            }
            let mut columns = columns(&[
                "Name",
                "Engine",
                "Version",
                "Row_format",
                "Rows",
                "Avg_row_length",
                "Data_length",
                "Max_data_length",
                "Index_length",
                "Data_free",
                "Auto_increment",
                "Create_time",
                "Update_time",
                "Check_time",
                "Collation",
                "Checksum",
                "Create_options",
                "Comment",
            ]);
            for index in [2, 4, 5, 6, 7, 8, 9, 10, 15] {
                columns[index].1 = BIGINT_UNSIGNED;
            }
            for index in [11, 12, 13] {
                columns[index].1 = Type::DateTime { digits: 0 };
            }
            Shown {
                columns,
                rows,
                named: 0,
            }
        }
        What::Warnings => {
            let mut shown = plain(&["Level", "Code", "Message"], Vec::new());
            shown.columns[1].1 = Type::Integer {
                size: IntegerSize::Int,
                unsigned: true,
                boolean: false,
            };
            shown
        }
        What::ProcessList => processes(context),
        What::Engines => plain(
            &[
                "Engine",
                "Support",
                "Comment",
                "Transactions",
                "XA",
                "Savepoints",
            ],
            vec![vec![
                text("InnoDB"),
                text("DEFAULT"),
                text("Embedded SQLite behind the name of MySQL's default"),
                text("YES"),
                text("NO"),
                text("YES"),
            ]],
        ),
        What::Collations => {
            let mut shown = plain(
                &[
                    "Collation",
                    "Charset",
                    "Id",
                    "Default",
                    "Compiled",
                    "Sortlen",
                    "Pad_attribute",
                ],
                collation_rows(),
            );
            shown.columns[2].1 = BIGINT_UNSIGNED;
            shown.columns[5].1 = BIGINT_UNSIGNED;
            shown
        }
        What::CharacterSets => {
            let mut shown = plain(
                &["Charset", "Description", "Default collation", "Maxlen"],
                vec![vec![
                    text("utf8mb4"),
                    text("UTF-8 Unicode"),
                    text("utf8mb4_0900_ai_ci"),
                    Value::Integer(4),
                ]],
            );
            shown.columns[3].1 = BIGINT_UNSIGNED;
            shown
        }
        What::Grants => {
            let user = &context.information.user;
            plain(
                &["Grants"],
                vec![vec![text(format!(
                    "GRANT ALL PRIVILEGES ON *.* TO `{user}`@`%`"
                ))]],
            )
        }
        What::Nothing(names) => plain(names, Vec::new()),
    })
}

fn of_columns(table: &Table, full: bool) -> Shown {
    let mut rows = Vec::new();
    for column in &table.columns {
        let collation = if column.kind.is_text() {
            text(column.kind.collation().name())
        } else {
            Value::Null
        };
        let nullable = text(if column.nullable { "YES" } else { "NO" });
        let mut row = vec![text(column.name.clone()), text(column.kind.name())];
        if full {
            row.push(collation);
        }
        row.extend([
            nullable,
            text(key_of(table, column)),
            default_of(column),
            text(extra_of(column)),
        ]);
        if full {
            row.push(text("select,insert,update,references"));
            row.push(text(column.comment.clone()));
        }
        rows.push(row);
    }
    let mut shown = if full {
        plain(
            &[
                "Field",
                "Type",
                "Collation",
                "Null",
                "Key",
                "Default",
                "Extra",
                "Privileges",
                "Comment",
            ],
            rows,
        )
    } else {
        plain(&["Field", "Type", "Null", "Key", "Default", "Extra"], rows)
    };
    for (name, kind) in &mut shown.columns {
        *kind = field_kind(name);
    }
    shown
}

fn of_indexes(table: &Table) -> Shown {
    // The columns of `information_schema.statistics` that it shows, in its order.
    let order = [2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17];
    let rows = statistics(table)
        .into_iter()
        .map(|row| order.iter().map(|index| row[*index].clone()).collect())
        .collect();
    let mut shown = plain(
        &[
            "Table",
            "Non_unique",
            "Key_name",
            "Seq_in_index",
            "Column_name",
            "Collation",
            "Cardinality",
            "Sub_part",
            "Packed",
            "Null",
            "Index_type",
            "Comment",
            "Index_comment",
            "Visible",
            "Expression",
        ],
        rows,
    );
    shown.columns[1].1 = super::types::INT;
    shown.columns[3].1 = BIGINT_UNSIGNED;
    shown.columns[6].1 = BIGINT;
    shown.columns[7].1 = BIGINT;
    shown
}

fn status(context: &Context) -> Vec<(String, String)> {
    [
        ("Connections", context.server.connections().to_string()),
        ("Ssl_cipher", context.information.tls_cipher.clone()),
        ("Ssl_version", context.information.tls_version.clone()),
        (
            "Threads_connected",
            context.server.open_connections().to_string(),
        ),
        ("Uptime", context.server.uptime().to_string()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

fn processes(context: &Context) -> Shown {
    let id = i64::from(context.information.connection_id);
    let mut shown = plain(
        &[
            "Id", "User", "Host", "db", "Command", "Time", "State", "Info",
        ],
        vec![vec![
            Value::Integer(id),
            text(context.information.user.clone()),
            text("localhost"),
            context.database.clone().map_or(Value::Null, Value::Text),
            text("Query"),
            Value::Integer(0),
            text("init"),
            text("SHOW PROCESSLIST"),
        ]],
    );
    shown.columns[0].1 = BIGINT_UNSIGNED;
    shown.columns[5].1 = super::types::INT;
    shown
}

/// The columns of a `SHOW`, before it runs.
pub(crate) fn columns_of(
    context: &Context,
    lease: &mut Lease,
    show: &Show,
) -> Result<Vec<packets::Column>, SqlError> {
    Ok(run(context, lease, show)?.columns)
}
