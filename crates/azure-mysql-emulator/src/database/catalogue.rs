//! What `SQLite` does not keep of a table: each database file holds it in a table of its own.

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::{SqlError, types::Type};

/// The table of tables. No name that MySQL takes ends in a blank, so nobody else can mean it.
const CATALOGUE: &str = "catalogue ";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Table {
    /// Where it is: empty for a temporary table.
    #[serde(skip)]
    pub(crate) database: String,
    #[serde(skip)]
    pub(crate) temporary: bool,
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) indexes: Vec<Index>,
    pub(crate) foreign_keys: Vec<ForeignKey>,
    pub(crate) checks: Vec<Check>,
    pub(crate) comment: String,
    /// Where `AUTO_INCREMENT` starts.
    pub(crate) first_id: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: Type,
    pub(crate) nullable: bool,
    pub(crate) default: Option<DefaultValue>,
    /// `ON UPDATE CURRENT_TIMESTAMP`
    pub(crate) touched: bool,
    pub(crate) auto_increment: bool,
    pub(crate) comment: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum DefaultValue {
    Null,
    /// As MySQL shows it, and of the type of the column.
    Literal(String),
    Now,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Index {
    /// `PRIMARY` for the primary key.
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) unique: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ForeignKey {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) table: String,
    pub(crate) referred: Vec<String>,
    pub(crate) on_delete: Option<String>,
    pub(crate) on_update: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Check {
    pub(crate) name: String,
    /// As it was written, for `SHOW CREATE TABLE` and for tables that change.
    pub(crate) text: String,
}

impl Index {
    pub(crate) fn is_primary(&self) -> bool {
        self.name == "PRIMARY"
    }
}

impl Table {
    /// How `SQLite` names it.
    pub(crate) fn sqlite_name(&self) -> String {
        if self.temporary {
            format!("temp.{}", quote(&self.name))
        } else {
            format!("{}.{}", schema(&self.database), quote(&self.name))
        }
    }

    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.position(name).map(|position| &self.columns[position])
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.columns
            .iter()
            .position(|column| same_name(&column.name, name))
    }

    pub(crate) fn primary_key(&self) -> Option<&Index> {
        self.indexes.iter().find(|index| index.is_primary())
    }

    pub(crate) fn auto_increment(&self) -> Option<usize> {
        self.columns.iter().position(|column| column.auto_increment)
    }

    /// The column that is `SQLite`'s own row number: rows then come in the order of the primary key.
    pub(crate) fn row_number_column(&self) -> Option<&Column> {
        let [only] = self.primary_key()?.columns.as_slice() else {
            return None;
        };
        let column = self.column(only)?;
        matches!(column.kind, Type::Integer { .. }).then_some(column)
    }

    /// A name of `SQLite`'s row number that no column has.
    pub(crate) fn row_number(&self) -> Result<&'static str, SqlError> {
        ["rowid", "_rowid_", "oid"]
            .into_iter()
            .find(|name| self.column(name).is_none())
            .ok_or_else(|| SqlError::unsupported("a table with all of rowid, _rowid_ and oid"))
    }

    pub(crate) fn in_key(&self, column: &str) -> (bool, bool, bool) {
        let mut found = (false, false, false);
        for index in &self.indexes {
            let first = index.columns.first().is_some_and(|c| same_name(c, column));
            if index.is_primary() && index.columns.iter().any(|c| same_name(c, column)) {
                found.0 = true;
            } else if first && index.unique && index.columns.len() == 1 {
                found.1 = true;
            } else if first {
                found.2 = true;
            }
        }
        found
    }
}

/// Names of columns and indexes: case does not count.
pub(crate) fn same_name(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || one.to_lowercase() == other.to_lowercase()
}

pub(crate) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A database of MySQL as `SQLite` has it attached: apart from its own `main` and `temp`.
pub(crate) fn schema(database: &str) -> String {
    quote(&format!("{database} "))
}

pub(crate) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(&format!(
        "CREATE TABLE {} (name TEXT PRIMARY KEY, definition TEXT NOT NULL) STRICT, WITHOUT ROWID",
        quote(CATALOGUE)
    ))
}

fn place(database: &str) -> String {
    format!("{}.{}", schema(database), quote(CATALOGUE))
}

pub(crate) fn load(
    connection: &Connection,
    database: &str,
    name: &str,
) -> Result<Option<Table>, SqlError> {
    let text: Option<String> = connection
        .prepare(&format!(
            "SELECT definition FROM {} WHERE name = ?1",
            place(database)
        ))?
        .query_row([name], |row| row.get(0))
        .optional()?;
    text.map(|text| read(database, &text)).transpose()
}

pub(crate) fn load_all(connection: &Connection, database: &str) -> Result<Vec<Table>, SqlError> {
    let mut statement = connection.prepare(&format!(
        "SELECT definition FROM {} ORDER BY name",
        place(database)
    ))?;
    let texts = statement.query_map([], |row| row.get::<_, String>(0))?;
    texts.map(|text| read(database, &text?)).collect()
}

fn read(database: &str, text: &str) -> Result<Table, SqlError> {
    let mut table: Table = serde_json::from_str(text).map_err(|error| broken(&error))?;
    database.clone_into(&mut table.database);
    Ok(table)
}

fn broken(error: &serde_json::Error) -> SqlError {
    SqlError::new(1105, *b"HY000", format!("the catalogue is broken: {error}"))
}

pub(crate) fn save(connection: &Connection, table: &Table) -> Result<(), SqlError> {
    if table.temporary {
        return Ok(());
    }
    let text = serde_json::to_string(table).map_err(|error| broken(&error))?;
    connection.execute(
        &format!(
            "INSERT OR REPLACE INTO {} VALUES (?1, ?2)",
            place(&table.database)
        ),
        params![table.name, text],
    )?;
    Ok(())
}

pub(crate) fn forget(connection: &Connection, table: &Table) -> Result<(), SqlError> {
    if !table.temporary {
        connection.execute(
            &format!("DELETE FROM {} WHERE name = ?1", place(&table.database)),
            [&table.name],
        )?;
    }
    Ok(())
}

/// Takes the lock that a write takes, writing nothing.
pub(crate) fn lock_for_writing(connection: &Connection, database: &str) -> Result<(), SqlError> {
    connection
        .prepare(&format!(
            "UPDATE {} SET definition = definition WHERE 0",
            place(database)
        ))?
        .execute([])?;
    Ok(())
}
