//! What came of an attempt to log in.

use std::{error::Error as StdError, time::Duration};

use diesel::ConnectionError;
use mysql_async::{DriverError, IoError, Opts, ServerError};
use rustls::{CertificateError, Error as TlsError};
use token_source::Token;

use crate::{Error, ErrorKind, error::without_token};

/// Who logs in where, and with which token: it is kept out of the errors.
pub(crate) struct Login<'a> {
    server: String,
    user: &'a str,
    token: &'a Token,
}

impl<'a> Login<'a> {
    pub(crate) fn new(options: &'a Opts, token: &'a Token) -> Self {
        Self {
            server: format!("{}:{}", options.ip_or_hostname(), options.tcp_port()),
            user: options.user().unwrap_or_default(),
            token,
        }
    }

    /// The driver's error.
    pub(crate) fn failed(&self, error: mysql_async::Error) -> Error {
        let Self { server, user, .. } = self;
        match error {
            mysql_async::Error::Server(mut error) => {
                error.message = without_token(error.message, self.token);
                // This version of the driver prints the number where the state belongs.
                let said = format!("ERROR {} ({}): {}", error.code, error.state, error.message);
                if is_refusal(&error) {
                    let message = format!("{server} refused the login of user {user:?}: {said}");
                    Error::new(ErrorKind::LoginRefused, message).caused_by(error)
                } else {
                    let message = format!("{server} has no session for user {user:?}: {said}");
                    Error::new(ErrorKind::Server, message).caused_by(error)
                }
            }
            mysql_async::Error::Driver(DriverError::NoClientSslFlagFromServer) => Error::new(
                ErrorKind::Tls,
                format!("{server} offers no TLS, so no token was sent; turn TLS on at the server"),
            ),
            error => match tls_error(&error) {
                Some(cause) => {
                    let message = format!(
                        "{server} could not be verified, so no token was sent: {}",
                        advice(cause)
                    );
                    Error::new(ErrorKind::Tls, message).caused_by(error)
                }
                None => Error::new(
                    ErrorKind::Connection,
                    format!("no connection to {server}; check network and firewall rules: {error}"),
                )
                .caused_by(error),
            },
        }
    }

    /// The login was accepted, but not what diesel sets in each new session.
    pub(crate) fn not_set_up(&self, error: &ConnectionError) -> Error {
        let said = without_token(error.to_string(), self.token);
        let message = format!(
            "{} has no session for user {:?}: it does not accept diesel's settings: {said}",
            self.server, self.user
        );
        Error::new(ErrorKind::Server, message).caused_by(ConnectionError::BadConnection(said))
    }

    pub(crate) fn not_completed_within(&self, limit: Duration) -> Error {
        Error::new(
            ErrorKind::Timeout,
            format!(
                "{} did not complete a login within {} s; check network and firewall rules",
                self.server,
                limit.as_secs()
            ),
        )
    }
}

/// Access denied, in [MySQL's numbers](https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html),
/// in `MariaDB`'s, and in those of Azure's login plugin. Of the latter, 9106 is
/// [known](https://github.com/petoju/terraform-provider-mysql/issues/84); that its neighbours mean
/// the like is assumed.
fn is_refusal(error: &ServerError) -> bool {
    matches!(error.code, 1045 | 1698 | 9100..=9199)
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

    fn from_server(code: u16, message: &str) -> Error {
        let options = mysql_async::OptsBuilder::default().user(Some("app")).into();
        let token = Token::new("canary", SystemTime::now());
        Login::new(&options, &token).failed(mysql_async::Error::Server(ServerError {
            code,
            message: message.to_owned(),
            state: "28000".to_owned(),
        }))
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
            text.contains("\"app\"")
                && text.contains("ERROR 1045 (28000): Access denied for user 'app'"),
            "{text}"
        );
    }

    #[test]
    fn a_server_that_echoes_the_token_does_not_get_it_into_the_error() {
        let error = from_server(1045, "bad password 'canary'");
        let shown = format!("{error} {error:?} {:?}", error.source());
        assert!(shown.contains("bad password '[token]"), "{shown}");
        assert!(!shown.contains("canary"), "{shown}");
    }

    #[test]
    fn nor_when_it_echoes_it_after_the_login() {
        let options = mysql_async::Opts::default();
        let token = Token::new("canary", SystemTime::now());
        let said = ConnectionError::BadConnection("no time zone canary".to_owned());
        let error = Login::new(&options, &token).not_set_up(&said);
        let shown = format!("{error} {error:?} {:?}", error.source());
        assert!(shown.contains("no time zone [token]"), "{shown}");
        assert!(!shown.contains("canary"), "{shown}");
    }
}
