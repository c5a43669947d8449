//! The dialect as a whole.

mod as_mysql_answers;
mod never_panics;
mod prepared;
mod sessions_together;

use std::{fmt::Write as _, sync::Arc};

use mysql_common::{Value, constants::ColumnFlags, packets::Column};

use super::{Databases, Outcome, ServerInformation, Session, SessionInformation, SqlError, shown};

#[derive(Debug)]
pub(super) struct LoneServer;

impl ServerInformation for LoneServer {
    fn version(&self) -> &'static str {
        "9.7.4"
    }

    fn uptime(&self) -> u64 {
        60
    }

    fn connections(&self) -> u64 {
        1
    }

    fn open_connections(&self) -> u64 {
        1
    }

    fn most_connections(&self) -> usize {
        1
    }

    fn kill(&self, _connection_id: u32) -> bool {
        false
    }
}

pub(super) fn session(databases: &Databases, connection_id: u32) -> Session {
    session_that_counts(databases, connection_id, false)
}

/// One that counts the rows that an `UPDATE` found, or those that it changed.
pub(super) fn session_that_counts(
    databases: &Databases,
    connection_id: u32,
    found_rows: bool,
) -> Session {
    let information = SessionInformation {
        connection_id,
        user: "app".to_owned(),
        tls_version: "TLSv1.3".to_owned(),
        tls_cipher: "TLS_AES_256_GCM_SHA384".to_owned(),
        found_rows,
    };
    databases
        .session(Arc::new(LoneServer), information, Some("corpus"))
        .expect("a session")
}

/// Runs a text that holds one statement.
pub(super) fn run(session: &mut Session, text: &str) -> Result<Outcome, SqlError> {
    let mut statements = session.parse(text)?;
    assert_eq!(statements.len(), 1, "{text}");
    session.run(&statements.remove(0), &[])
}

/// One line for an answer, as the recorded ones are.
pub(super) fn line(answer: &Result<Outcome, SqlError>) -> String {
    match answer {
        Err(error) => format!(
            "ERROR {} {}",
            error.number,
            escaped(error.message.as_bytes())
        ),
        Ok(Outcome::Done(done)) => {
            let text = format!(
                "OK {} {} {}",
                done.affected_rows, done.last_insert_id, done.info
            );
            text.trim_end().to_owned()
        }
        Ok(Outcome::Rows(rows)) => {
            let columns: Vec<String> = rows.columns.iter().map(column).collect();
            let mut text = format!("ROWS {}", columns.join("|"));
            for row in &rows.rows {
                let values: Vec<String> = row
                    .iter()
                    .zip(&rows.columns)
                    .map(|(value, column)| cell(value, column))
                    .collect();
                let _ = write!(text, " \\ {}", values.join("|"));
            }
            text.trim_end().to_owned()
        }
    }
}

fn column(column: &Column) -> String {
    let flag = |flag: ColumnFlags, letter: &'static str| {
        // Of an expression, MySQL often does not know that it is never NULL.
        let counts = flag != ColumnFlags::NOT_NULL_FLAG || column.schema_ref() == b"corpus";
        if counts && column.flags().contains(flag) {
            letter
        } else {
            ""
        }
    };
    format!(
        "{}:{}:{}:{}{}{}",
        escaped(column.name_ref()),
        u8::from(column.column_type()),
        column.character_set(),
        // Of text they mean nothing.
        if u8::from(column.column_type()) >= 249 {
            0
        } else {
            column.decimals()
        },
        flag(ColumnFlags::UNSIGNED_FLAG, "U"),
        flag(ColumnFlags::NOT_NULL_FLAG, "N"),
    )
}

fn cell(value: &Value, column: &Column) -> String {
    shown(value, column).map_or_else(|| "\\N".to_owned(), |bytes| escaped(&bytes))
}

fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        if (0x20..0x7f).contains(byte) && !b"\\|".contains(byte) {
            text.push(char::from(*byte));
        } else {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}
