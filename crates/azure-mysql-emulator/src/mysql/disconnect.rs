use std::io;

use mysql_handshake::ServerError;

/// How a connection ends.
#[derive(Debug)]
pub(crate) enum Disconnect {
    /// The client said goodbye, or is gone without.
    Gone,
    /// The server says why and closes the connection.
    Refused(ServerError),
    /// The same, as the answer of this number that the client waits for.
    Unanswered(u8, ServerError),
    /// The server says nothing more, and waits until the client leaves.
    Hang,
    /// The server closes the connection without a word.
    Drop,
}

impl From<ServerError> for Disconnect {
    fn from(error: ServerError) -> Self {
        Self::Refused(error)
    }
}

impl From<mysql_handshake::Error> for Disconnect {
    /// A client that breaks the protocol is told so. Whether one left or its TLS failed makes no
    /// difference to a server.
    fn from(error: mysql_handshake::Error) -> Self {
        error.reply().map_or(Self::Gone, Self::Refused)
    }
}

impl From<io::Error> for Disconnect {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

/// What a client is told that does not answer the greeting. MySQL's text.
pub(crate) fn bad_handshake() -> ServerError {
    ServerError::new(1043, *b"08S01", "Bad handshake")
}
