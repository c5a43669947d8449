use std::{error::Error as StdError, fmt, io, time::Duration};

use rustls::{CertificateError, Error as TlsError};
use sqlx::mysql::{MySqlConnectOptions, MySqlDatabaseError};
use token_source::Token;

/// Why there is no connection.
///
/// One line that says what happened and what to do next; [`source`](StdError::source) leads to the
/// cause. It never holds a token.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
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
            source: None,
        }
    }

    fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub(crate) fn from_token(error: token_source::Error) -> Self {
        Self::new(ErrorKind::Token, format!("no token for the login: {error}")).caused_by(error)
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
        Self::new(ErrorKind::PoolClosed, "the pool is closed".to_owned())
    }

    /// What the driver made of an attempt to log in with `token`.
    pub(crate) fn from_login(
        error: sqlx::Error,
        options: &MySqlConnectOptions,
        token: &Token,
    ) -> Self {
        let server = format!("{}:{}", options.get_host(), options.get_port());
        match error {
            sqlx::Error::Database(error) => {
                let number = error
                    .try_downcast_ref::<MySqlDatabaseError>()
                    .map_or(0, MySqlDatabaseError::number);
                let user = options.get_username();
                let said = error.to_string();
                let shown = without_token(&said, token);
                let (kind, message) = if is_refusal(number) {
                    let message = format!("{server} refused the login of user {user:?}: {shown}");
                    (ErrorKind::LoginRefused, message)
                } else {
                    let message = format!("{server} has no session for user {user:?}: {shown}");
                    (ErrorKind::Server, message)
                };
                let is_clean = shown == said;
                let this = Self::new(kind, message);
                // The driver's error cannot be changed, only left out.
                if is_clean {
                    this.caused_by(error.into_error())
                } else {
                    this
                }
            }
            sqlx::Error::PoolTimedOut => Self::new(
                ErrorKind::Timeout,
                format!(
                    "no connection to {server} in time; all of the pool's are taken \
                     (max_connections), or the server cannot be reached"
                ),
            ),
            error => Self::from_transport(error, &server),
        }
    }

    fn from_transport(error: sqlx::Error, server: &str) -> Self {
        if let Some(cause) = tls_error(&error) {
            let advice = advice(cause);
            let message = format!("{server} could not be verified, so no token was sent: {advice}");
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

/// Access denied, in [MySQL's numbers](https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html),
/// in `MariaDB`'s, and in those of Azure's login plugin. Of the latter, 9106 is
/// [known](https://github.com/petoju/terraform-provider-mysql/issues/84); that its neighbours mean
/// the like is assumed.
fn is_refusal(number: u16) -> bool {
    matches!(number, 1045 | 1698 | 9100..=9199)
}

/// A server may put into its message what it was sent, or the beginning of it: messages are short
/// and tokens are long. From there on the message is cut.
fn without_token(message: &str, token: &Token) -> String {
    const TELLTALE: usize = 16;
    let telltale = TELLTALE.min(token.secret().len());
    let echo = message.char_indices().find_map(|(start, _)| {
        let run = message.get(start..start + telltale)?;
        (telltale > 0 && token.secret().contains(run)).then_some(start)
    });
    match echo {
        Some(start) => format!("{}[token]", &message[..start]),
        None => message.to_owned(),
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

fn advice(error: &TlsError) -> String {
    match error {
        TlsError::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "its certificate comes from a root that is not trusted; \
             for a private CA, name its PEM file in AZURE_MYSQL_SSL_CA"
                .to_owned()
        }
        TlsError::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => {
            "its certificate is for another host name; connect by the server's full name".to_owned()
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn a_refused_login_is_told_from_other_errors_of_the_server() {
        for (number, is) in [
            (1045, true),
            (1698, true),
            (9106, true),
            (1040, false),
            (1049, false),
            (3159, false),
        ] {
            assert_eq!(is_refusal(number), is, "{number}");
        }
    }

    #[test]
    fn a_server_that_echoes_the_token_or_a_part_of_it_does_not_get_it_into_the_error() {
        let token = (100..600).fold(String::new(), |text, number| text + &number.to_string());
        for echoed in ["canary", &token, &token[..400], &token[700..1100]] {
            let secret = if echoed == "canary" { "canary" } else { &token };
            let secret = Token::new(secret, SystemTime::now());
            let shown = without_token(&format!("bad password '{echoed}'"), &secret);
            assert_eq!(shown, "bad password '[token]");
        }
        let harmless = "Access denied for user 'app'";
        let token = Token::new(token, SystemTime::now());
        assert_eq!(without_token(harmless, &token), harmless);
    }
}
