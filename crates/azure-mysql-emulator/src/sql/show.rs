//! `SHOW`.

use mysql_common::{
    Value as WireValue,
    constants::{ColumnFlags, ColumnType},
    packets::Column,
};

use super::{
    ast::Show,
    error::{Result, unsupported},
    expression::Environment,
    interface::ResultSet,
    metadata::{Collation, Kind},
};

/// A line of `SHOW WARNINGS`.
#[derive(Clone, Debug)]
pub(super) struct Diagnostic {
    pub(super) level: &'static str,
    pub(super) number: u16,
    pub(super) message: String,
}

/// Runs it. The warnings are those of no statement: it only says their columns.
pub(super) fn show(show: &Show, environment: &Environment) -> Result<ResultSet> {
    let (table, name, value) = match show {
        Show::Warnings => return Ok(warnings(environment, &[])),
        Show::Status { global, name } => {
            let table = if *global {
                "global_status"
            } else {
                "session_status"
            };
            let (name, value) = status(name, environment)?;
            (table, name.to_owned(), value)
        }
        Show::Variables(name) => {
            let name = name.to_ascii_lowercase();
            let value = environment.variables.shown(&name, &*environment.server)?;
            ("session_variables", name, value)
        }
    };
    Ok(ResultSet {
        columns: columns(table, environment.variables.results),
        rows: vec![vec![bytes(&name), bytes(&value)]],
        no_index_used: true,
        ..ResultSet::default()
    })
}

fn bytes(text: &str) -> WireValue {
    WireValue::Bytes(text.as_bytes().to_vec())
}

fn status(name: &str, environment: &Environment) -> Result<(&'static str, String)> {
    let (server, information) = (&environment.server, &environment.information);
    let known = [
        ("Connections", server.connections().to_string()),
        ("Ssl_cipher", information.tls_cipher.clone()),
        ("Ssl_version", information.tls_version.to_owned()),
        ("Threads_connected", server.open_connections().to_string()),
        ("Uptime", server.uptime().to_string()),
    ];
    known
        .into_iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .ok_or_else(unsupported)
}

fn columns(table: &str, results: Option<Collation>) -> Vec<Column> {
    let column = |name, length, flags| {
        let kind = Kind {
            flags,
            decimals: 0,
            ..Kind::text(length, Collation::DEFAULT, true)
        };
        kind.describe_column(("performance_schema", table, name), name, results)
    };
    let required = ColumnFlags::NOT_NULL_FLAG | ColumnFlags::NO_DEFAULT_VALUE_FLAG;
    vec![
        column("Variable_name", 64, required),
        column("Value", 1024, ColumnFlags::empty()),
    ]
}

pub(super) fn warnings(environment: &Environment, diagnostics: &[Diagnostic]) -> ResultSet {
    let results = environment.variables.results;
    let text =
        |name, characters| Kind::text(characters, Collation::SYSTEM, false).describe(name, results);
    let code = Column::new(ColumnType::MYSQL_TYPE_LONG)
        .with_name(b"Code")
        .with_character_set(63)
        .with_column_length(5)
        .with_flags(
            ColumnFlags::NOT_NULL_FLAG | ColumnFlags::UNSIGNED_FLAG | ColumnFlags::BINARY_FLAG,
        );
    let row = |diagnostic: &Diagnostic| {
        vec![
            bytes(diagnostic.level),
            WireValue::Int(diagnostic.number.into()),
            bytes(&diagnostic.message),
        ]
    };
    ResultSet {
        columns: vec![text("Level", 7), code, text("Message", 512)],
        rows: diagnostics.iter().map(row).collect(),
        ..ResultSet::default()
    }
}
