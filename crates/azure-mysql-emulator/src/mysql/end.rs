use crate::sql::SqlError;

/// How a connection ends.
#[derive(Debug)]
pub(crate) enum End {
    /// The client said goodbye, or is gone without.
    Gone,
    /// The server says why and closes the connection.
    Refused(SqlError),
    /// The server says nothing more, and waits until the client leaves.
    Hang,
    /// The server closes the connection without a word.
    Drop,
}

impl From<SqlError> for End {
    fn from(error: SqlError) -> Self {
        Self::Refused(error)
    }
}
