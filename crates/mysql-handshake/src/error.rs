use std::{borrow::Cow, fmt, io};

use crate::ServerError;

/// Why a connection could not be made, or ended. What the network or TLS say of it is its
/// [`source`](std::error::Error::source).
#[derive(Debug)]
pub struct Error(Repr);

#[derive(Debug)]
enum Repr {
    Closed,
    Io(io::Error),
    Tls(
        Cow<'static, str>,
        Option<Box<dyn std::error::Error + Send + Sync>>,
    ),
    PacketTooLarge,
    OutOfOrder,
    Protocol(Cow<'static, str>),
    Authentication(Cow<'static, str>),
    Server(ServerError),
}

/// The kinds of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The peer closed the connection.
    Closed,
    /// The connection failed.
    Io,
    /// TLS is not there, or could not be established or verified. No password was sent.
    Tls,
    /// The peer sent what the protocol does not allow, or what would have to be sent does not fit it.
    Protocol,
    /// The server wants a proof that the client does not have, or must not give.
    Authentication,
    /// The server refused: see [`Error::server_error`].
    Server,
}

impl Error {
    pub(crate) fn closed() -> Self {
        Self(Repr::Closed)
    }

    pub(crate) fn tls(message: impl Into<Cow<'static, str>>) -> Self {
        Self(Repr::Tls(message.into(), None))
    }

    pub(crate) fn tls_caused_by(
        message: &'static str,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self(Repr::Tls(message.into(), Some(cause.into())))
    }

    pub(crate) fn packet_too_large() -> Self {
        Self(Repr::PacketTooLarge)
    }

    pub(crate) fn out_of_order() -> Self {
        Self(Repr::OutOfOrder)
    }

    pub(crate) fn protocol(message: impl Into<Cow<'static, str>>) -> Self {
        Self(Repr::Protocol(message.into()))
    }

    pub(crate) fn authentication(message: impl Into<Cow<'static, str>>) -> Self {
        Self(Repr::Authentication(message.into()))
    }

    /// What kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        match &self.0 {
            Repr::Closed => ErrorKind::Closed,
            Repr::Io(_) => ErrorKind::Io,
            Repr::Tls(..) => ErrorKind::Tls,
            Repr::PacketTooLarge | Repr::OutOfOrder | Repr::Protocol(_) => ErrorKind::Protocol,
            Repr::Authentication(_) => ErrorKind::Authentication,
            Repr::Server(_) => ErrorKind::Server,
        }
    }

    /// What the server said, if it is the server that refused.
    pub fn server_error(&self) -> Option<&ServerError> {
        match &self.0 {
            Repr::Server(error) => Some(error),
            _ => None,
        }
    }

    /// What a server tells the client that caused this error: 1153, 1156 or 1043, the numbers that
    /// MySQL has for it. `None` where nothing can be said, because the connection is gone.
    pub fn reply(&self) -> Option<ServerError> {
        let (number, message) = match &self.0 {
            Repr::PacketTooLarge => (1153, "Got a packet bigger than 'max_allowed_packet' bytes"),
            Repr::OutOfOrder => (1156, "Got packets out of order"),
            Repr::Protocol(_) => (1043, "Bad handshake"),
            _ => return None,
        };
        Some(ServerError::new(number, *b"08S01", message))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Closed => f.write_str("the peer closed the connection"),
            Repr::Io(_) => f.write_str("the connection failed"),
            Repr::PacketTooLarge => f.write_str("a packet is larger than this connection allows"),
            Repr::OutOfOrder => f.write_str("the peer sent packets out of order"),
            Repr::Tls(message, _) | Repr::Protocol(message) | Repr::Authentication(message) => {
                f.write_str(message)
            }
            Repr::Server(error) => write!(f, "the server refused: {error}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Repr::Io(error) => Some(error),
            Repr::Tls(_, cause) => cause.as_deref().map(|cause| cause as _),
            _ => None,
        }
    }
}

impl From<io::Error> for Error {
    /// The ways in which a peer that is gone shows are one kind: [`ErrorKind::Closed`].
    fn from(error: io::Error) -> Self {
        Self(match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset => Repr::Closed,
            _ => Repr::Io(error),
        })
    }
}

impl From<ServerError> for Error {
    fn from(error: ServerError) -> Self {
        Self(Repr::Server(error))
    }
}
