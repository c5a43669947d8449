use std::fmt;

/// A refusal in MySQL's own numbers, which drivers and their users decide by:
/// <https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SqlError {
    pub(crate) number: u16,
    pub(crate) state: [u8; 5],
    pub(crate) message: String,
}

/// As much of a statement as an error repeats, in bytes.
const LONGEST_EXCERPT: usize = 200;

impl SqlError {
    pub(crate) fn new(number: u16, state: [u8; 5], message: impl Into<String>) -> Self {
        Self {
            number,
            state,
            message: message.into(),
        }
    }

    /// What the small SQL does not know in full. [`naming`](Self::naming) adds the statement.
    pub(super) fn unsupported() -> Self {
        Self::new(1064, *b"42000", "")
    }

    /// Completes [`unsupported`](Self::unsupported); every other error stays as it is.
    #[must_use]
    pub(super) fn naming(mut self, statement: &str) -> Self {
        if self.number == 1064 && self.message.is_empty() {
            self.message = format!(
                "You have an error in your SQL syntax; the emulator's small SQL does not support \
                 '{}': put a real server behind the emulator with \
                 `Emulator::builder().backend(Backend::installed())` or \
                 `cargo xtask up --backend mysql://…`",
                excerpt(statement)
            );
        }
        self
    }

    pub(super) fn unknown_column(name: &str, place: &str) -> Self {
        let message = format!("Unknown column '{name}' in '{place}'");
        Self::new(1054, *b"42S22", message)
    }

    pub(super) fn no_such_table(database: &str, table: &str) -> Self {
        let message = format!("Table '{database}.{table}' doesn't exist");
        Self::new(1146, *b"42S02", message)
    }

    pub(super) fn unknown_database(name: &str) -> Self {
        Self::new(1049, *b"42000", format!("Unknown database '{name}'"))
    }

    pub(super) fn no_database() -> Self {
        Self::new(1046, *b"3D000", "No database selected")
    }

    pub(super) fn read_only() -> Self {
        Self::new(
            1792,
            *b"25006",
            "Cannot execute statement in a READ ONLY transaction.",
        )
    }

    pub(super) fn deadlock() -> Self {
        Self::new(
            1213,
            *b"40001",
            "Deadlock found when trying to get lock; try restarting transaction",
        )
    }

    pub(super) fn lock_wait_timeout() -> Self {
        Self::new(
            1205,
            *b"HY000",
            "Lock wait timeout exceeded; try restarting transaction",
        )
    }
}

/// The beginning of a statement, without what could garble a log.
fn excerpt(statement: &str) -> String {
    let mut excerpt = String::new();
    for character in statement.trim().chars() {
        let shown = character.escape_debug().to_string();
        let shown = if character.is_control() {
            shown
        } else {
            character.to_string()
        };
        if excerpt.len() + shown.len() > LONGEST_EXCERPT {
            excerpt.push('…');
            break;
        }
        excerpt.push_str(&shown);
    }
    excerpt
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = String::from_utf8_lossy(&self.state);
        write!(f, "ERROR {} ({state}): {}", self.number, self.message)
    }
}

impl std::error::Error for SqlError {}
