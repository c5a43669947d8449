//! Refusals in MySQL's own numbers, which drivers and their users decide by:
//! <https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html>.

use mysql_handshake::ServerError;

pub(super) type Result<T, E = ServerError> = std::result::Result<T, E>;

/// As much of a statement as an error repeats, in bytes.
const LONGEST_EXCERPT: usize = 200;

/// What the small SQL does not know in full. [`naming`] adds the statement.
pub(super) fn unsupported() -> ServerError {
    ServerError::new(1064, *b"42000", "")
}

/// Completes [`unsupported`]; every other error stays as it is.
pub(super) fn naming(mut error: ServerError, statement: &str) -> ServerError {
    if error.number == 1064 && error.message.is_empty() {
        error.message = format!(
            "You have an error in your SQL syntax; the emulator's small SQL does not support '{}': put \
             a real server behind the emulator with \
             `Emulator::builder().backend(Backend::installed())` or \
             `cargo xtask up --backend mysql://…`",
            excerpt(statement)
        );
    }
    error
}

/// The beginning of a statement, without what could garble a log.
fn excerpt(statement: &str) -> String {
    let statement = statement.trim();
    let beginning = cut(statement, LONGEST_EXCERPT);
    let more = if beginning == statement { "" } else { "…" };
    beginning.replace(char::is_control, " ") + more
}

/// As much of a text as takes no more bytes than that.
pub(super) fn cut(text: &str, longest: usize) -> &str {
    let mut end = longest.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

pub(super) fn unknown_column(name: &str, place: &str) -> ServerError {
    let message = format!("Unknown column '{name}' in '{place}'");
    ServerError::new(1054, *b"42S22", message)
}

pub(super) fn unknown_database(name: &str) -> ServerError {
    ServerError::new(1049, *b"42000", format!("Unknown database '{name}'"))
}

pub(super) fn deadlock() -> ServerError {
    let message = "Deadlock found when trying to get lock; try restarting transaction";
    ServerError::new(1213, *b"40001", message)
}

pub(super) fn lock_wait_timeout() -> ServerError {
    let message = "Lock wait timeout exceeded; try restarting transaction";
    ServerError::new(1205, *b"HY000", message)
}
