use std::{error::Error as StdError, fmt};

use azure_mysql::{
    Settings,
    refusal::{self, Diagnosis},
};
use diesel::ConnectionError;

/// Why there is no connection.
///
/// One line that says what happened and what to do next; [`source`](StdError::source) leads to the
/// cause. It never holds a token: where a server's answer to a login repeats it, that is cut. What the
/// server says later in a session is passed on as it is.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    refusal: Option<Diagnosis>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// Which step failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No token could be had. Nothing was sent to the server.
    Token,
    /// The server offers no TLS, or its certificate or host name was not accepted. No token was
    /// sent.
    Tls,
    /// The server refused the login.
    LoginRefused,
    /// The server answered with another error, for instance that there is no such database.
    Server,
    /// The server could not be reached, or the connection broke.
    Connection,
    /// It took too long.
    Timeout,
    /// The pool is closed.
    PoolClosed,
    /// The C client library cannot be trusted with a token, or not as the program is set up. Nothing
    /// left the machine.
    ClientLibrary,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: String) -> Self {
        Self {
            kind,
            message,
            refusal: None,
            source: None,
        }
    }

    pub(crate) fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub(crate) fn explained_by(mut self, refusal: Option<Diagnosis>) -> Self {
        self.refusal = refusal;
        self
    }

    pub(crate) fn from_token(error: token_source::Error, settings: &Settings) -> Self {
        let (message, refusal) = refusal::token_unavailable(settings, &error);
        Self {
            refusal,
            ..Self::new(ErrorKind::Token, message).caused_by(error)
        }
    }

    /// Which step failed.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The likeliest cause of a refused login or a missing token, if something points to one.
    pub fn refusal(&self) -> Option<&Diagnosis> {
        self.refusal.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// For diesel, which knows errors of its own alone. The only ones of them that can carry another one
/// are about queries; the text is the same. `Error::from` finds it again.
impl From<Error> for ConnectionError {
    fn from(error: Error) -> Self {
        Self::CouldntSetupConfiguration(diesel::result::Error::QueryBuilderError(Box::new(error)))
    }
}

impl From<ConnectionError> for Error {
    fn from(error: ConnectionError) -> Self {
        use diesel::result::Error::QueryBuilderError;

        match error {
            ConnectionError::CouldntSetupConfiguration(QueryBuilderError(error)) => error
                .downcast()
                .map_or_else(Self::no_connection, |error| *error),
            other => Self::no_connection(other),
        }
    }
}

impl Error {
    pub(crate) fn broken(error: diesel::result::Error) -> Self {
        let message = format!("a connection of the pool does not work any more: {error}");
        Self::new(ErrorKind::Connection, message).caused_by(error)
    }

    fn no_connection(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let error = error.into();
        Self::new(ErrorKind::Connection, format!("no connection: {error}")).caused_by(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_went_through_diesel_is_the_same_again() {
        let refused = Error::new(ErrorKind::LoginRefused, "refused".to_owned());
        let through = ConnectionError::from(refused);
        assert_eq!(through.to_string(), "refused");
        let back = Error::from(through);
        assert_eq!(back.kind(), ErrorKind::LoginRefused);
        assert_eq!(back.to_string(), "refused");
    }

    #[test]
    fn an_error_of_diesel_is_a_connection_that_failed() {
        let error = Error::from(ConnectionError::BadConnection("no route".to_owned()));
        assert_eq!(error.kind(), ErrorKind::Connection);
        assert!(error.to_string().contains("no route"), "{error}");
    }
}
