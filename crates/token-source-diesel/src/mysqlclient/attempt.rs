//! One attempt to log in, with a limit: the library has none.

use std::{
    io,
    sync::mpsc::{RecvTimeoutError, sync_channel},
    thread,
    time::Duration,
};

use azure_mysql::refusal;
use diesel::{ConnectionError, ConnectionResult};
use token_source::Token;

use super::{roots, url::Target};
use crate::{Error, ErrorKind};

/// How long opening a connection may take, apart from the wait for a token. A server that takes
/// longer is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) struct Attempt<'a> {
    target: &'a Target,
    token: &'a Token,
}

impl<'a> Attempt<'a> {
    pub(super) fn new(target: &'a Target, token: &'a Token) -> Self {
        Self { target, token }
    }

    /// Runs `establish` with a URL, on a thread of its own: if the server never answers, that thread is
    /// left to wait alone.
    pub(super) fn run<C: Send + 'static>(
        &self,
        roots: &str,
        establish: impl FnOnce(&str) -> ConnectionResult<C> + Send + 'static,
    ) -> Result<C, Error> {
        let file = roots::file(roots).map_err(no_attempt)?;
        let url = self.target.url(self.token.secret(), file.path());
        let (sender, receiver) = sync_channel(1);
        thread::Builder::new()
            .name("token-source-diesel".to_owned())
            .spawn(move || {
                let result = establish(&url);
                drop(file);
                // Nobody waits any more if it took too long.
                let _ = sender.send(result);
            })
            .map_err(no_attempt)?;
        match receiver.recv_timeout(CONNECT_TIMEOUT) {
            Ok(result) => result.map_err(|error| self.failed(&error)),
            Err(RecvTimeoutError::Timeout) => Err(self.timed_out()),
            Err(RecvTimeoutError::Disconnected) => Err(Error::new(
                ErrorKind::Connection,
                "opening a connection ended in a panic; see its message on standard error"
                    .to_owned(),
            )),
        }
    }

    /// diesel's error. It is a text alone.
    fn failed(&self, error: &ConnectionError) -> Error {
        let said = error.to_string();
        let said = refusal::cut_before_token(&said, self.token).unwrap_or(said);
        let (server, user) = (self.server(), &self.target.user);
        let kind = kind(&said);
        let message = match kind {
            ErrorKind::LoginRefused => {
                format!("{server} refused the login of user {user:?}: {said}")
            }
            ErrorKind::Tls => {
                format!("{server} could not be verified, so no token was sent: {said}")
            }
            ErrorKind::Server => format!("{server} has no session for user {user:?}: {said}"),
            _ => format!("no connection to {server}; check network and firewall rules: {said}"),
        };
        Error::new(kind, message).caused_by(ConnectionError::BadConnection(said))
    }

    fn timed_out(&self) -> Error {
        Error::new(
            ErrorKind::Timeout,
            format!(
                "{} did not complete a login within {} s; check network and firewall rules",
                self.server(),
                CONNECT_TIMEOUT.as_secs()
            ),
        )
    }

    fn server(&self) -> String {
        format!("{}:{}", self.target.host, self.target.port)
    }
}

/// By the texts of [the library](https://dev.mysql.com/doc/mysql-errors/8.4/en/client-error-reference.html),
/// of MySQL's and MariaDB's refusals, and of
/// [Azure's](https://github.com/petoju/terraform-provider-mysql/issues/84). All others come from a
/// server.
fn kind(said: &str) -> ErrorKind {
    let says = |text| said.contains(text);
    if says("Access denied") || says("access token") {
        ErrorKind::LoginRefused
    } else if says("SSL") {
        ErrorKind::Tls
    } else if [
        "Can't",
        "Lost connection",
        "Unknown MySQL server host",
        "gone away",
        "out of order",
    ]
    .into_iter()
    .any(says)
    {
        ErrorKind::Connection
    } else {
        ErrorKind::Server
    }
}

fn no_attempt(error: io::Error) -> Error {
    Error::new(
        ErrorKind::Connection,
        "no file or thread could be made to open a connection with; check TMPDIR and limits"
            .to_owned(),
    )
    .caused_by(error)
}

#[cfg(test)]
mod tests {
    use std::{error::Error as _, time::SystemTime};

    use super::*;

    fn attempt(said: &str) -> Error {
        let target = Target::to("db.example.com", 3306, "app");
        let token = Token::new("canary", SystemTime::now());
        let said = said.to_owned();
        Attempt::new(&target, &token)
            .run::<()>("", |url| {
                assert!(url.contains("canary"), "the token is used");
                Err(ConnectionError::BadConnection(said))
            })
            .unwrap_err()
    }

    #[test]
    fn what_went_wrong_is_known_by_its_text() {
        for (said, kind) in [
            (
                "Access denied for user 'app'@'%' (using password: YES)",
                ErrorKind::LoginRefused,
            ),
            (
                "Azure AD access token is not valid for user 'app'",
                ErrorKind::LoginRefused,
            ),
            (
                "SSL connection error: Failed to verify the server certificate",
                ErrorKind::Tls,
            ),
            (
                "Can't connect to MySQL server on 'db.example.com:3306' (111)",
                ErrorKind::Connection,
            ),
            (
                "Lost connection to MySQL server at 'reading initial packet'",
                ErrorKind::Connection,
            ),
            ("Unknown database 'orders'", ErrorKind::Server),
        ] {
            let error = attempt(said);
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.to_string().contains(said), "{error}");
        }
    }

    #[test]
    fn a_server_that_echoes_the_token_does_not_get_it_into_the_error() {
        let error = attempt("Access denied with canary");
        let shown = format!("{error} {error:?} {:?}", error.source());
        assert!(
            shown.contains("[token]") && !shown.contains("canary"),
            "{shown}"
        );
    }

    #[test]
    fn a_panic_is_an_error() {
        let target = Target::to("db.example.com", 3306, "app");
        let token = Token::new("canary", SystemTime::now());
        let error = Attempt::new(&target, &token)
            .run::<()>("", |_| panic!("on purpose"))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    }
}
