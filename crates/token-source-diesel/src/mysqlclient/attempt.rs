//! One attempt to log in, with a limit: the library has none.

use std::{
    io,
    sync::mpsc::{RecvTimeoutError, sync_channel},
    thread,
    time::Duration,
};

use azure_mysql::{Settings, refusal};
use diesel::{ConnectionError, ConnectionResult};
use token_source::Token;

use super::{roots, url::Target};
use crate::{Error, ErrorKind};

/// How long opening a connection may take, apart from the wait for a token. A server that takes
/// longer is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// The number that the texts of refused logins have in MySQL, which diesel does not pass on.
const ACCESS_DENIED: u16 = 1045;

pub(super) struct Attempt<'a> {
    settings: &'a Settings,
    target: &'a Target,
    token: &'a Token,
}

impl<'a> Attempt<'a> {
    pub(super) fn new(settings: &'a Settings, target: &'a Target, token: &'a Token) -> Self {
        Self {
            settings,
            target,
            token,
        }
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
        let (server, user) = (self.server(), self.settings.user());
        let kind = kind(&said);
        let (message, finding) = match kind {
            ErrorKind::LoginRefused => {
                let refusal = (ACCESS_DENIED, said.as_str());
                refusal::refused_login(self.settings, self.token, refusal, &said)
            }
            ErrorKind::Tls => (refusal::unverified_server(self.settings, &said), None),
            ErrorKind::Server => (
                format!("{server} has no session for user {user:?}: {said}"),
                None,
            ),
            _ if said.contains(NO_PLUGIN) => (no_plugin(&server, &said), None),
            _ => (
                format!("no connection to {server}; check network and firewall rules: {said}"),
                None,
            ),
        };
        Error::new(kind, message)
            .explained_by(finding)
            .caused_by(ConnectionError::BadConnection(said))
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
        format!("{}:{}", self.settings.host(), self.settings.port())
    }
}

/// What the library says that lacks a plugin which the server has named.
///
/// If that was in the greeting, it goes on without, and may well log in, but leaves this text behind,
/// and diesel takes any text for a failure. Oracle's has to load `mysql_native_password` since MySQL
/// 9.0: <https://dev.mysql.com/doc/relnotes/mysql/9.0/en/news-9-0-0.html>.
const NO_PLUGIN: &str = "' cannot be loaded: ";

fn no_plugin(server: &str, said: &str) -> String {
    format!(
        "{server} names a plugin that the client library does not have; set LIBMYSQL_PLUGIN_DIR to \
         the folder of its file, link a library that has it built in, or use the feature `sync`: {said}"
    )
}

/// What OpenSSL says if the connection broke: an error without a code, or this.
const BROKEN: [&str; 2] = ["error:00000000:", "unexpected eof while reading"];

/// By the texts of [the library](https://dev.mysql.com/doc/mysql-errors/8.4/en/client-error-reference.html),
/// of MySQL's and MariaDB's refusals, and of
/// [Azure's](https://github.com/petoju/terraform-provider-mysql/issues/84). All others come from a
/// server.
fn kind(said: &str) -> ErrorKind {
    let says = |text| said.contains(text);
    // The like is said of a database (1044) and of a locked account (3118), which no token mends.
    let denied =
        says("Access denied for user") && !says("' to database '") && !says("Account is locked");
    if denied || says("access token") {
        ErrorKind::LoginRefused
    } else if said.starts_with("SSL connection error") && !BROKEN.into_iter().any(says) {
        ErrorKind::Tls
    } else if [
        "Can't",
        "Lost connection",
        "Unknown MySQL server host",
        "gone away",
        "out of order",
        "Error in server handshake",
        "Malformed packet",
        "Protocol mismatch",
        NO_PLUGIN,
    ]
    .into_iter()
    .chain(BROKEN)
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

    use azure_mysql::refusal::Cause;

    use super::*;

    fn settings() -> Settings {
        let settings = Settings::builder().host("db.example.com").user("app");
        settings.build().unwrap()
    }

    fn attempt(said: &str) -> Error {
        let settings = settings();
        let target = Target::new(&settings).unwrap();
        let token = Token::new("canary", SystemTime::now());
        let said = said.to_owned();
        Attempt::new(&settings, &target, &token)
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
            (
                "SSL connection error: error:00000000:lib(0)::reason(0)",
                ErrorKind::Connection,
            ),
            (
                "SSL connection error: error:0A000126:SSL routines::unexpected eof while reading",
                ErrorKind::Connection,
            ),
            (
                "Protocol mismatch; server version = 165, client version = 10",
                ErrorKind::Connection,
            ),
            ("Unknown database 'orders'", ErrorKind::Server),
            ("Unknown database 'SSL_ORDERS'", ErrorKind::Server),
            (
                "Access denied for user 'app'@'%' to database 'orders'",
                ErrorKind::Server,
            ),
            (
                "Access denied for user 'app'@'%'. Account is locked.",
                ErrorKind::Server,
            ),
            (
                "Authentication plugin 'mysql_native_password' cannot be loaded: no such file",
                ErrorKind::Connection,
            ),
        ] {
            let error = attempt(said);
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.to_string().contains(said), "{error}");
        }
    }

    #[test]
    fn a_server_that_echoes_the_token_does_not_get_it_into_the_error() {
        let error = attempt("Access denied for user 'app'@'%' with canary");
        let shown = format!("{error} {error:?} {:?}", error.source());
        assert!(
            shown.contains("[token]") && !shown.contains("canary"),
            "{shown}"
        );
    }

    #[test]
    fn a_refusal_tells_the_likeliest_cause() {
        let error = attempt("Access denied for user 'app'@'%' (using password: NO)");
        let finding = error.refusal().unwrap();
        assert_eq!(finding.cause(), Cause::NoTokenSent);
        assert!(error.to_string().ends_with(&finding.to_string()), "{error}");
    }

    #[test]
    fn a_missing_plugin_is_named_with_what_to_do() {
        let said = "Authentication plugin 'mysql_native_password' cannot be loaded: no such file";
        let text = attempt(said).to_string();
        assert!(text.contains("LIBMYSQL_PLUGIN_DIR"), "{text}");
    }

    #[test]
    fn a_panic_is_an_error() {
        let settings = settings();
        let target = Target::new(&settings).unwrap();
        let token = Token::new("canary", SystemTime::now());
        let error = Attempt::new(&settings, &target, &token)
            .run::<()>("", |_| panic!("on purpose"))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    }
}
