use std::fmt;

/// A refusal in MySQL's own numbers, which drivers and their users decide by:
/// <https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SqlError {
    pub(crate) number: u16,
    pub(crate) state: [u8; 5],
    pub(crate) message: String,
}

/// Leads a message that one of our own SQL functions gave to `SQLite`.
const OURS: char = '\u{1}';

impl SqlError {
    pub(crate) fn new(number: u16, state: [u8; 5], message: impl Into<String>) -> Self {
        Self {
            number,
            state,
            message: message.into(),
        }
    }

    /// What the emulator does not know, or knows to differ from MySQL.
    pub(crate) fn unsupported(what: impl fmt::Display) -> Self {
        let what: String = what.to_string().chars().take(200).collect();
        Self::new(
            1064,
            *b"42000",
            format!("You have an error in your SQL syntax; the emulator does not support {what}"),
        )
    }

    pub(crate) fn syntax(what: impl fmt::Display) -> Self {
        let what: String = what.to_string().chars().take(200).collect();
        Self::new(
            1064,
            *b"42000",
            format!("You have an error in your SQL syntax; {what}"),
        )
    }

    pub(crate) fn interrupted() -> Self {
        Self::new(1317, *b"70100", "Query execution was interrupted")
    }

    pub(crate) fn no_database() -> Self {
        Self::new(1046, *b"3D000", "No database selected")
    }

    pub(crate) fn unknown_database(name: &str) -> Self {
        Self::new(1049, *b"42000", format!("Unknown database '{name}'"))
    }

    pub(crate) fn unknown_column(name: &str, place: &str) -> Self {
        Self::new(
            1054,
            *b"42S22",
            format!("Unknown column '{name}' in '{place}'"),
        )
    }

    pub(crate) fn no_such_table(database: &str, table: &str) -> Self {
        Self::new(
            1146,
            *b"42S02",
            format!("Table '{database}.{table}' doesn't exist"),
        )
    }

    pub(crate) fn out_of_range(column: &str, row: usize) -> Self {
        Self::new(
            1264,
            *b"22003",
            format!("Out of range value for column '{column}' at row {row}"),
        )
    }

    pub(crate) fn cannot_be_null(column: &str) -> Self {
        Self::new(1048, *b"23000", format!("Column '{column}' cannot be null"))
    }

    /// For a message that travels through `SQLite`.
    pub(crate) fn encode(&self) -> String {
        let state = String::from_utf8_lossy(&self.state);
        let message = self.message.replace('\0', "");
        format!("{OURS}{}{OURS}{state}{OURS}{message}", self.number)
    }

    fn decode(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix(OURS)?.splitn(3, OURS);
        let number = parts.next()?.parse().ok()?;
        let state = parts.next()?.as_bytes().try_into().ok()?;
        Some(Self::new(number, state, parts.next()?))
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = String::from_utf8_lossy(&self.state);
        write!(f, "ERROR {} ({state}): {}", self.number, self.message)
    }
}

impl std::error::Error for SqlError {}

impl From<rusqlite::Error> for SqlError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;

        let rusqlite::Error::SqliteFailure(failure, message) = &error else {
            if let rusqlite::Error::UserFunctionError(cause) = &error
                && let Some(own) = cause.downcast_ref::<SqlError>()
            {
                return own.clone();
            }
            return Self::new(1105, *b"HY000", format!("the embedded SQLite: {error}"));
        };
        if let Some(own) = message.as_deref().and_then(Self::decode) {
            return own;
        }
        match failure.code {
            ErrorCode::OperationInterrupted => Self::interrupted(),
            // Another session wrote after this transaction read: only a restart helps, as after a
            // deadlock.
            ErrorCode::DatabaseBusy
                if failure.extended_code == rusqlite::ffi::SQLITE_BUSY_SNAPSHOT =>
            {
                Self::new(
                    1213,
                    *b"40001",
                    "Deadlock found when trying to get lock; try restarting transaction",
                )
            }
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::new(
                1205,
                *b"HY000",
                "Lock wait timeout exceeded; try restarting transaction",
            ),
            ErrorCode::DiskFull => Self::new(1114, *b"HY000", "The table is full"),
            ErrorCode::OutOfMemory | ErrorCode::TooBig => {
                Self::new(1041, *b"HY000", "Out of memory")
            }
            _ => Self::new(1105, *b"HY000", format!("the embedded SQLite: {error}")),
        }
    }
}
