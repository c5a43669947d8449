//! What came of an attempt to log in. Much is as in `token-source-mysql-async`, and cannot be shared:
//! see [`connector`](crate::connector).

use std::{error::Error as StdError, time::Duration};

use azure_mysql::{Settings, refusal};
use diesel::ConnectionError;
use mysql_async::{DriverError, IoError, ServerError};
use rustls::Error as TlsError;
use token_source::Token;

use crate::{Error, ErrorKind};

/// Who logs in where, and with which token: it is kept out of the errors.
pub(crate) struct Login<'a> {
    settings: &'a Settings,
    token: &'a Token,
}

impl<'a> Login<'a> {
    pub(crate) fn new(settings: &'a Settings, token: &'a Token) -> Self {
        Self { settings, token }
    }

    /// The driver's error.
    pub(crate) fn failed(&self, error: mysql_async::Error) -> Error {
        let server = self.server();
        match error {
            mysql_async::Error::Server(error) => self.refused(error),
            mysql_async::Error::Driver(DriverError::NoClientSslFlagFromServer) => Error::new(
                ErrorKind::Tls,
                format!("{server} offers no TLS, so no token was sent; turn TLS on at the server"),
            ),
            error => match tls_error(&error) {
                Some(cause) => {
                    let said = cause.to_string();
                    let message = refusal::unverified_server(self.settings, &said);
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

    fn refused(&self, mut error: ServerError) -> Error {
        error.message = self.without_token(error.message);
        // This version of the driver prints the number where the state belongs.
        let said = format!("ERROR {} ({}): {}", error.code, error.state, error.message);
        if refusal::is_refusal(error.code) {
            let server = (error.code, error.message.as_str());
            let (message, finding) =
                refusal::refused_login(self.settings, self.token, server, &said);
            return Error::new(ErrorKind::LoginRefused, message)
                .explained_by(finding)
                .caused_by(error);
        }
        let (server, user) = (self.server(), self.settings.user());
        let message = format!("{server} has no session for user {user:?}: {said}");
        Error::new(ErrorKind::Server, message).caused_by(error)
    }

    fn server(&self) -> String {
        format!("{}:{}", self.settings.host(), self.settings.port())
    }

    fn without_token(&self, said: String) -> String {
        refusal::cut_before_token(&said, self.token).unwrap_or(said)
    }

    /// The login was accepted, but not what diesel sets in each new session.
    pub(crate) fn not_set_up(&self, error: &ConnectionError) -> Error {
        let said = self.without_token(error.to_string());
        let message = format!(
            "{} has no session for user {:?}: it does not accept diesel's settings: {said}",
            self.server(),
            self.settings.user()
        );
        Error::new(ErrorKind::Server, message).caused_by(ConnectionError::BadConnection(said))
    }

    pub(crate) fn not_completed_within(&self, limit: Duration) -> Error {
        Error::new(
            ErrorKind::Timeout,
            format!(
                "{} did not complete a login within {} s; check network and firewall rules",
                self.server(),
                limit.as_secs()
            ),
        )
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
        let settings = settings();
        let token = Token::new("canary", SystemTime::now());
        Login::new(&settings, &token).failed(mysql_async::Error::Server(ServerError {
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
        let settings = settings();
        let token = Token::new("canary", SystemTime::now());
        let said = ConnectionError::BadConnection("no time zone canary".to_owned());
        let error = Login::new(&settings, &token).not_set_up(&said);
        let shown = format!("{error} {error:?} {:?}", error.source());
        assert!(shown.contains("no time zone [token]"), "{shown}");
        assert!(!shown.contains("canary"), "{shown}");
    }
}
