use std::{fmt, io, time::Duration};

use azure_mysql::Settings;
use sqlx::{
    ConnectOptions,
    mysql::{MySqlConnectOptions, MySqlConnection},
};
use token_source::{RejectOutcome, Token, TokenCache};

use crate::{Error, ErrorKind, options};

/// How long opening a connection may take, apart from the wait for a token. The driver has no
/// limit of its own; a server that takes longer is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// Opens connections, each with a token that is valid at that moment.
///
/// A token leaves only over TLS with a certificate and a host name that were verified.
///
/// ```no_run
/// use token_source_sqlx::{Connector, azure_mysql::Settings, sqlx};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let connector = Connector::new(&Settings::from_env()?);
/// let mut connection = connector.connect().await?;
/// let user: String = sqlx::query_scalar("SELECT CURRENT_USER()")
///     .fetch_one(&mut connection)
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Connector {
    settings: Settings,
    without_token: MySqlConnectOptions,
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
        Self {
            settings: settings.clone(),
            without_token: options::without_token(settings, MySqlConnectOptions::new()),
            tokens,
        }
    }

    /// The same connector with options of your own: character set, time zone, statement cache,
    /// logging. Where to connect, as whom, with which password and over which TLS stays what the
    /// settings say, whatever `change` does to it; the database too, if the settings name one.
    ///
    /// ```
    /// # use token_source_sqlx::{Connector, azure_mysql::Settings, sqlx::ConnectOptions};
    /// # fn run(settings: &Settings) -> Result<(), token_source_sqlx::Error> {
    /// let connector = Connector::new(settings)
    ///     .map_connect_options(|options| options.disable_statement_logging())?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the options name a Unix socket: the server is reached over TCP.
    pub fn map_connect_options(
        mut self,
        change: impl FnOnce(MySqlConnectOptions) -> MySqlConnectOptions,
    ) -> Result<Self, Error> {
        let options = change(self.without_token);
        if options.get_socket().is_some() {
            return Err(Error::new(
                ErrorKind::Options,
                "the options name a Unix socket, and the server is reached over TCP; leave it out"
                    .to_owned(),
            ));
        }
        self.without_token = options::without_token(&self.settings, options);
        Ok(self)
    }

    /// Opens a connection.
    ///
    /// # Errors
    ///
    /// If there is no token, the server cannot be reached or verified, or it refuses the login; see
    /// [`ErrorKind`].
    pub async fn connect(&self) -> Result<MySqlConnection, Error> {
        self.open(connect_in_time).await
    }

    /// The driver's options with a token that is valid now, for one login.
    ///
    /// They show the token: in their `Debug`, and in the URL that they can be turned into.
    ///
    /// # Errors
    ///
    /// If there is no token.
    pub async fn connect_options(&self) -> Result<MySqlConnectOptions, Error> {
        let token = self
            .tokens
            .token()
            .await
            .map_err(|error| self.token_error(error))?;
        Ok(self.options_with(&token))
    }

    /// Lets `open` log in with options that hold a valid token, as
    /// [`connect_options`](Self::connect_options) gives them. If the server refuses the token,
    /// another one is fetched, and `open` is called once more.
    ///
    /// For whatever opens connections by itself, such as another pool.
    ///
    /// # Errors
    ///
    /// If there is no token, or `open` fails.
    pub async fn open<T, F>(&self, open: impl Fn(MySqlConnectOptions) -> F) -> Result<T, Error>
    where
        F: Future<Output = sqlx::Result<T>>,
    {
        let token = self
            .tokens
            .token()
            .await
            .map_err(|error| self.token_error(error))?;
        let error = match open(self.options_with(&token)).await {
            Ok(opened) => return Ok(opened),
            Err(error) => error,
        };
        let token = self.replace(&token, error).await?;
        open(self.options_with(&token))
            .await
            .map_err(|error| self.login_error(error, &token))
    }

    /// Another token, if the server has refused `token`. Any other error, and one that another token
    /// would not help against, is handed back.
    pub(crate) async fn replace(&self, token: &Token, error: sqlx::Error) -> Result<Token, Error> {
        let error = self.login_error(error, token);
        if error.kind() != ErrorKind::LoginRefused {
            return Err(error);
        }
        match self.tokens.reject(token).await {
            Ok(RejectOutcome::New(token)) => Ok(token),
            Ok(RejectOutcome::Same(_)) | Err(_) => Err(error),
        }
    }

    pub(crate) fn token_error(&self, error: token_source::Error) -> Error {
        Error::from_token(error, &self.settings)
    }

    pub(crate) fn login_error(&self, error: sqlx::Error, token: &Token) -> Error {
        Error::from_login(error, &self.settings, token)
    }

    pub(crate) fn options_with(&self, token: &Token) -> MySqlConnectOptions {
        options::with_token(&self.without_token, token)
    }

    pub(crate) fn options_without_token(&self) -> &MySqlConnectOptions {
        &self.without_token
    }

    /// The cache that the tokens come from.
    pub fn tokens(&self) -> &TokenCache {
        &self.tokens
    }
}

async fn connect_in_time(options: MySqlConnectOptions) -> sqlx::Result<MySqlConnection> {
    tokio::time::timeout(CONNECT_TIMEOUT, options.connect())
        .await
        .unwrap_or_else(|_elapsed| {
            let problem = format!("no login within {} s", CONNECT_TIMEOUT.as_secs());
            Err(io::Error::new(io::ErrorKind::TimedOut, problem).into())
        })
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("host", &self.without_token.get_host())
            .field("port", &self.without_token.get_port())
            .field("user", &self.without_token.get_username())
            .field("database", &self.without_token.get_database())
            .field("tokens", &self.tokens)
            .finish_non_exhaustive()
    }
}
