use std::fmt;

/// A refusal in MySQL's own numbers, which drivers and their users decide by:
/// <https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SqlError {
    pub(crate) number: u16,
    pub(crate) state: [u8; 5],
    pub(crate) message: String,
}

impl SqlError {
    pub(crate) fn new(number: u16, state: [u8; 5], message: impl Into<String>) -> Self {
        Self {
            number,
            state,
            message: message.into(),
        }
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = String::from_utf8_lossy(&self.state);
        write!(f, "ERROR {} ({state}): {}", self.number, self.message)
    }
}
