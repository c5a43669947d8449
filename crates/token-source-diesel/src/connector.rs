//! The connector of `token-source-mysql-async`, for another version of its driver: diesel-async has
//! `mysql_async` 0.36, whose types are not those of 0.37.

use std::{fmt, sync::Arc, time::Duration};

use azure_mysql::Settings;
use diesel_async::AsyncMysqlConnection;
use mysql_async::{Conn, Opts, OptsBuilder, SslOpts};
use rustls::crypto::CryptoProvider;
use token_source::{RejectOutcome, Token, TokenCache};

use crate::{Error, ErrorKind, login::Login};

/// How long opening a connection may take, apart from the wait for a token. The driver has no
/// limit of its own; a server that takes longer is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// The largest packet that the protocol allows. The server enforces its own, smaller limit; asking
/// for it first would cost each connection a round trip.
///
/// <https://dev.mysql.com/doc/refman/8.4/en/packet-too-large.html>
const MAX_ALLOWED_PACKET: usize = 1 << 30;

/// The server's default, in seconds. Only the driver's own pool looks at it; given for the same
/// reason.
const WAIT_TIMEOUT: usize = 28_800;

/// Opens connections, each with a token that is valid at that moment.
///
/// A token leaves only over TLS with a certificate and a host name that were verified, and is never
/// part of a URL, which diesel's instrumentation would see. All connections share one set of options,
/// so the roots are parsed once and TLS sessions resume.
///
/// ```no_run
/// use token_source_diesel::{
///     Connector,
///     azure_mysql::Settings,
///     diesel::{dsl::sql, select, sql_types::Text},
///     diesel_async::RunQueryDsl,
/// };
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let connector = Connector::new(&Settings::from_env()?);
/// let mut connection = connector.connect().await?;
/// let user: String = select(sql::<Text>("CURRENT_USER()")).get_result(&mut connection).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Connector {
    pub(crate) settings: Arc<Settings>,
    base: Opts,
    tokens: TokenCache,
}

impl Connector {
    /// A connector with a token cache of its own.
    pub fn new(settings: &Settings) -> Self {
        Self::with_tokens(settings, settings.token_cache())
    }

    /// A connector that takes its tokens from `tokens`, for instance one cache for several servers,
    /// or one over a credential of your own. The settings' identity is not looked at.
    pub fn with_tokens(settings: &Settings, tokens: TokenCache) -> Self {
        ensure_crypto_provider();
        Self {
            settings: Arc::new(settings.clone()),
            base: base_options(settings),
            tokens,
        }
    }

    /// Opens a connection.
    ///
    /// A login that the server refuses is tried once more, if another token can be had.
    ///
    /// # Errors
    ///
    /// If there is no token, the server cannot be reached or verified, or it refuses the login; see
    /// [`ErrorKind`].
    pub async fn connect(&self) -> Result<AsyncMysqlConnection, Error> {
        let token = self.tokens.token().await;
        let token = token.map_err(|error| Error::from_token(error, &self.settings))?;
        let refusal = match self.log_in(&token).await {
            Err(error) if error.kind() == ErrorKind::LoginRefused => error,
            other => return other,
        };
        match self.tokens.reject(&token).await {
            Ok(RejectOutcome::New(token)) => self.log_in(&token).await,
            // What the server said tells more than that there is no other token.
            Ok(RejectOutcome::Same(_)) | Err(_) => Err(refusal),
        }
    }

    pub(crate) async fn log_in(&self, token: &Token) -> Result<AsyncMysqlConnection, Error> {
        let login = Login::new(&self.settings, token);
        let options = OptsBuilder::from_opts(self.base.clone()).pass(Some(token.secret()));
        let connection = async {
            let conn = Conn::new(options).await.map_err(|e| login.failed(e))?;
            AsyncMysqlConnection::try_from(conn)
                .await
                .map_err(|e| login.not_set_up(&e))
        };
        tokio::time::timeout(CONNECT_TIMEOUT, connection)
            .await
            .unwrap_or_else(|_elapsed| Err(login.not_completed_within(CONNECT_TIMEOUT)))
    }

    /// The cache that the tokens come from.
    pub fn tokens(&self) -> &TokenCache {
        &self.tokens
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("host", &self.settings.host())
            .field("port", &self.settings.port())
            .field("user", &self.settings.user())
            .field("database", &self.settings.database())
            .field("tokens", &self.tokens)
            .finish_non_exhaustive()
    }
}

/// The driver builds its TLS configuration with the process's default provider, and rustls panics
/// if there is none and two are compiled in, as happens easily in a large program. A default that
/// the program has installed before is left alone.
fn ensure_crypto_provider() {
    if CryptoProvider::get_default().is_none() {
        // An error means that another thread was quicker, which is as good.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    }
}

/// All but the token. The driver keeps its TLS connector inside these options and shares it with
/// every copy of them, so they are made once.
fn base_options(settings: &Settings) -> Opts {
    let roots = settings
        .trust()
        .certificates()
        .iter()
        .map(|root| root.to_vec().into())
        .collect();
    let tls = SslOpts::default()
        .with_root_certs(roots)
        .with_disable_built_in_roots(!settings.trust().includes_web_roots());
    OptsBuilder::default()
        .ip_or_hostname(settings.host())
        .tcp_port(settings.port())
        .user(Some(settings.user()))
        .db_name(settings.database())
        // The driver sends a clear password over whatever transport it has. With these options it
        // gives up on a server without TLS, or one it cannot verify, before it comes to that.
        .ssl_opts(Some(tls))
        .enable_cleartext_plugin(true)
        // Otherwise the driver logs in to a loopback server a second time, over its Unix socket
        // and without TLS.
        .prefer_socket(Some(false))
        .max_allowed_packet(Some(MAX_ALLOWED_PACKET))
        .wait_timeout(Some(WAIT_TIMEOUT))
        // As diesel-async does where it opens a connection itself: it keeps statements of its own,
        // and rows are counted as in diesel's other backends.
        .stmt_cache_size(0)
        .client_found_rows(true)
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> Opts {
        let settings = Settings::builder()
            .host("localhost")
            .user("app")
            .build()
            .unwrap();
        base_options(&settings)
    }

    #[test]
    fn a_clear_password_is_only_enabled_together_with_verified_tls() {
        let options = options();
        assert!(options.enable_cleartext_plugin());
        let tls = options.ssl_opts().unwrap();
        assert!(!tls.accept_invalid_certs());
        assert!(!tls.skip_domain_validation());
        assert_eq!(tls.tls_hostname_override(), None);
    }

    #[test]
    fn a_socket_is_neither_used_nor_asked_for() {
        let options = options();
        assert!(!options.prefer_socket());
        assert_eq!(options.socket(), None);
    }

    #[test]
    fn azure_roots_come_beside_the_web_roots_and_a_private_ca_stands_alone() {
        let tls = options().ssl_opts().unwrap().clone();
        assert_eq!(tls.root_certs().len(), 3);
        assert!(!tls.disable_built_in_roots());

        let file = tempfile::NamedTempFile::new().unwrap();
        let ca = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(file.path(), ca.cert.pem()).unwrap();
        let settings = Settings::builder()
            .host("localhost")
            .user("app")
            .trust(azure_mysql::Trust::private_ca(file.path()).unwrap())
            .build()
            .unwrap();
        let tls = base_options(&settings).ssl_opts().unwrap().clone();
        assert_eq!(tls.root_certs().len(), 1);
        assert!(tls.disable_built_in_roots());
    }
}
