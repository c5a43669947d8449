use std::{error::Error as StdError, fmt};

use azure_mysql::{
    Settings,
    refusal::{self, Diagnosis},
};
use deadpool::managed::{PoolError, TimeoutType};
use mysql_async::{DriverError, IoError, ServerError};
use rustls::Error as TlsError;
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

    /// What the driver made of an attempt to log in with `token`.
    pub(crate) fn from_login(
        error: mysql_async::Error,
        settings: &Settings,
        token: &Token,
    ) -> Self {
        let server = format!("{}:{}", settings.host(), settings.port());
        match error {
            mysql_async::Error::Server(mut error) => {
                if let Some(cut) = refusal::cut_before_token(&error.message, token) {
                    error.message = cut;
                }
                let user = settings.user();
                if refusal::is_refusal(error.code) {
                    Self::from_refusal(error, settings, token)
                } else {
                    let message = format!("{server} has no session for user {user:?}: {error}");
                    Self::new(ErrorKind::Server, message).caused_by(error)
                }
            }
            mysql_async::Error::Driver(DriverError::NoClientSslFlagFromServer) => Self::new(
                ErrorKind::Tls,
                format!("{server} offers no TLS, so no token was sent; turn TLS on at the server"),
            ),
            error => match tls_error(&error) {
                Some(cause) => {
                    let message = refusal::unverified_server(settings, &cause.to_string());
                    Self::new(ErrorKind::Tls, message).caused_by(error)
                }
                None => Self::new(
                    ErrorKind::Connection,
                    format!("no connection to {server}; check network and firewall rules: {error}"),
                )
                .caused_by(error),
            },
        }
    }

    fn from_refusal(error: ServerError, settings: &Settings, token: &Token) -> Self {
        let server = (error.code, error.message.as_str());
        let (message, refusal) =
            refusal::refused_login(settings, token, server, &error.to_string());
        Self {
            refusal,
            ..Self::new(ErrorKind::LoginRefused, message).caused_by(error)
        }
    }

    pub(crate) fn from_pool(error: PoolError<Self>) -> Self {
        match error {
            PoolError::Backend(error) => error,
            PoolError::Closed => Self::new(ErrorKind::PoolClosed, "the pool is closed; make a new one".to_owned()),
            PoolError::Timeout(TimeoutType::Wait) => Self::new(
                ErrorKind::Timeout,
                "no connection of the pool became free in time; allow it more connections, or hold \
                 them for less long"
                    .to_owned(),
            ),
            // The pool has a runtime, no other time limits and no hooks, so none of these comes.
            error @ (PoolError::Timeout(_)
            | PoolError::NoRuntimeSpecified
            | PoolError::PostCreateHook(_)) => Self::new(ErrorKind::Timeout, error.to_string()),
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

    /// The server's own error, with its number and text, if it was the server that said no.
    pub fn server_error(&self) -> Option<&ServerError> {
        self.source.as_deref()?.downcast_ref()
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

/// The TLS library's error, wherever the driver has wrapped it.
fn tls_error(error: &mysql_async::Error) -> Option<&TlsError> {
    match error {
        mysql_async::Error::Io(IoError::Io(error)) => error.get_ref()?.downcast_ref(),
        mysql_async::Error::Io(IoError::Tls(error)) => {
            let error: &(dyn StdError + 'static) = error;
            std::iter::successors(Some(error), |&error| error.source())
                .find_map(|error| error.downcast_ref())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn settings() -> Settings {
        let settings = Settings::builder().host("localhost").user("app");
        settings.build().unwrap()
    }

    fn from_server(code: u16, message: &str) -> Error {
        let error = ServerError {
            code,
            message: message.to_owned(),
            state: "28000".to_owned(),
        };
        Error::from_login(
            error.into(),
            &settings(),
            &Token::new("canary", SystemTime::now()),
        )
    }

    #[test]
    fn a_refused_login_is_told_from_other_errors_of_the_server() {
        for (code, kind) in [
            (1045, ErrorKind::LoginRefused),
            (1698, ErrorKind::LoginRefused),
            (9106, ErrorKind::LoginRefused),
            (1040, ErrorKind::Server),
            (1049, ErrorKind::Server),
            (3159, ErrorKind::Server),
        ] {
            assert_eq!(from_server(code, "no").kind(), kind, "{code}");
        }
    }

    #[test]
    fn a_refusal_names_the_user_and_says_what_the_server_said() {
        let text = from_server(1045, "Access denied for user 'app'").to_string();
        assert!(
            text.contains("\"app\"") && text.contains("Access denied"),
            "{text}"
        );
    }

    #[test]
    fn a_refusal_carries_the_servers_own_error_and_its_likeliest_cause() {
        let error = from_server(1045, "Access denied (using password: NO)");
        assert_eq!(error.server_error().unwrap().code, 1045);
        let cause = error.refusal().unwrap().cause();
        assert_eq!(cause, azure_mysql::refusal::Cause::NoTokenSent);
        assert!(error.to_string().contains("was sent no token"), "{error}");
        assert!(from_server(1049, "no").refusal().is_none());
    }

    #[test]
    fn a_server_that_echoes_the_token_or_a_part_of_it_does_not_get_it_into_the_error() {
        let token = (100..600).fold(String::new(), |text, number| text + &number.to_string());
        for echoed in ["canary", &token, &token[..400], &token[700..1100]] {
            let secret = if echoed == "canary" { "canary" } else { &token };
            let error = ServerError {
                code: 1045,
                message: format!("bad password '{echoed}'"),
                state: "28000".to_owned(),
            };
            let token = Token::new(secret, SystemTime::now());
            let error = Error::from_login(error.into(), &settings(), &token);
            let shown = format!("{error} {error:?} {:?}", error.source());
            assert!(shown.contains("bad password '[token]"), "{shown}");
            assert!(!shown.contains(&echoed[..6]), "{shown}");
        }
    }
}
