use std::{error::Error as StdError, fmt, io, time::Duration};

use azure_mysql::{
    Settings,
    refusal::{self, Diagnosis},
};
use rustls::Error as TlsError;
use sqlx::{error::DatabaseError, mysql::MySqlDatabaseError};
use token_source::Token;

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
    /// The driver's options cannot be used. Nothing was sent.
    Options,
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

    fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub(crate) fn from_token(error: token_source::Error, settings: &Settings) -> Self {
        let (message, refusal) = refusal::token_unavailable(settings, &error);
        Self {
            refusal,
            ..Self::new(ErrorKind::Token, message).caused_by(error)
        }
    }

    pub(crate) fn pool_timed_out(limit: Duration) -> Self {
        Self::new(
            ErrorKind::Timeout,
            format!(
                "no connection of the pool within {} s; all are taken (max_connections), or the \
                 server cannot be reached",
                limit.as_secs_f32()
            ),
        )
    }

    pub(crate) fn pool_closed() -> Self {
        Self::new(
            ErrorKind::PoolClosed,
            "the pool is closed; make a new one".to_owned(),
        )
    }

    /// What the driver made of an attempt to log in with `token`.
    pub(crate) fn from_login(error: sqlx::Error, settings: &Settings, token: &Token) -> Self {
        let server = format!("{}:{}", settings.host(), settings.port());
        match error {
            sqlx::Error::Database(error) => Self::from_server(error, settings, token),
            sqlx::Error::PoolTimedOut => Self::new(
                ErrorKind::Timeout,
                format!(
                    "no connection to {server} in time; all of the pool's are taken \
                     (max_connections), or the server cannot be reached"
                ),
            ),
            error => Self::from_transport(error, settings, &server),
        }
    }

    fn from_server(error: Box<dyn DatabaseError>, settings: &Settings, token: &Token) -> Self {
        let number = error
            .try_downcast_ref::<MySqlDatabaseError>()
            .map_or(0, MySqlDatabaseError::number);
        let said = error.to_string();
        let cut = refusal::cut_before_token(&said, token);
        let shown = cut.as_deref().unwrap_or(&said);
        let mut this = if refusal::is_refusal(number) {
            let (message, finding) =
                refusal::refused_login(settings, token, (number, shown), shown);
            let mut this = Self::new(ErrorKind::LoginRefused, message);
            this.refusal = finding;
            this
        } else {
            let (host, port, user) = (settings.host(), settings.port(), settings.user());
            let message = format!("{host}:{port} has no session for user {user:?}: {shown}");
            Self::new(ErrorKind::Server, message)
        };
        // The driver's error cannot be changed, only left out.
        if cut.is_none() {
            this = this.caused_by(error.into_error());
        }
        this
    }

    fn from_transport(error: sqlx::Error, settings: &Settings, server: &str) -> Self {
        if let Some(cause) = tls_error(&error) {
            let message = refusal::unverified_server(settings, &cause.to_string());
            return Self::new(ErrorKind::Tls, message).caused_by(error);
        }
        match error {
            // The driver names no other cause for this, before it begins with TLS.
            sqlx::Error::Tls(cause) if cause.to_string() == "server does not support TLS" => {
                Self::new(
                    ErrorKind::Tls,
                    format!(
                        "{server} offers no TLS, so no token was sent; turn TLS on at the server"
                    ),
                )
                .caused_by(cause)
            }
            sqlx::Error::Tls(cause) => Self::new(
                ErrorKind::Tls,
                format!("{server} could not be verified, so no token was sent: {cause}"),
            )
            .caused_by(cause),
            sqlx::Error::PoolClosed => Self::pool_closed(),
            sqlx::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => Self::new(
                ErrorKind::Timeout,
                format!("{server} does not answer; check network and firewall rules: {error}"),
            )
            .caused_by(error),
            error => Self::new(
                ErrorKind::Connection,
                format!("no connection to {server}; check network and firewall rules: {error}"),
            )
            .caused_by(error),
        }
    }

    /// What the driver made of the first statement of a session.
    pub(crate) fn from_session(error: sqlx::Error) -> Self {
        let kind = match error {
            sqlx::Error::Database(_) => ErrorKind::Server,
            _ => ErrorKind::Connection,
        };
        Self::new(kind, format!("the transaction did not begin: {error}")).caused_by(error)
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

/// For what can hand on the driver's errors alone, such as migrations.
impl From<Error> for sqlx::Error {
    fn from(error: Error) -> Self {
        match error.kind {
            ErrorKind::Timeout => Self::PoolTimedOut,
            ErrorKind::PoolClosed => Self::PoolClosed,
            ErrorKind::Tls => Self::Tls(error.into()),
            ErrorKind::Options | ErrorKind::Token => Self::Configuration(error.into()),
            ErrorKind::LoginRefused | ErrorKind::Server | ErrorKind::Connection => {
                Self::Io(io::Error::other(error))
            }
        }
    }
}

/// The TLS library's error, wherever the driver has wrapped it.
fn tls_error(error: &sqlx::Error) -> Option<&TlsError> {
    match error {
        sqlx::Error::Io(error) => error.get_ref()?.downcast_ref(),
        sqlx::Error::Tls(error) => error.downcast_ref(),
        _ => None,
    }
}
