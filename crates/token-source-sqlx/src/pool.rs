use std::{fmt, future::Future, ops::Deref, pin::Pin, sync::Arc};

use azure_mysql::Settings;
use sqlx::{
    Acquire, MySql, MySqlPool, MySqlTransaction, mysql::MySqlPoolOptions, pool::PoolConnection,
};
use token_source::{Token, TokenCache};

use crate::{
    Connector, Error,
    follower::{Follower, Shared},
};

/// A pool of the driver's own, with options that always hold a valid token. Each new connection logs
/// in with it; open ones live on when their token expires, since the server looks at it only at
/// login.
///
/// It dereferences to [`MySqlPool`]. The pool is a handle: clones share the connections. A task puts
/// each new token into the pool's options, and ends when the last of these handles is dropped or the
/// pool is closed. It never keeps the pool open.
///
/// ```no_run
/// use token_source_sqlx::{Pool, azure_mysql::Settings, sqlx};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let pool = Pool::connect(&Settings::from_env()?).await?;
/// let mut connection = pool.acquire().await?;
/// let one: i32 = sqlx::query_scalar("SELECT 1").fetch_one(&mut *connection).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Pool {
    shared: Arc<Shared>,
    _follower: Arc<Follower>,
}

impl Pool {
    /// A pool with the driver's default options. One connection is opened at once, so that settings
    /// that do not work are noticed at the start and not at the first request.
    ///
    /// # Errors
    ///
    /// If the first connection cannot be opened.
    pub async fn connect(settings: &Settings) -> Result<Self, Error> {
        Self::connect_with(settings, MySqlPoolOptions::new()).await
    }

    /// The same with your own options. With `min_connections`, that many are opened at once.
    ///
    /// # Errors
    ///
    /// If a first connection cannot be opened.
    pub async fn connect_with(
        settings: &Settings,
        options: MySqlPoolOptions,
    ) -> Result<Self, Error> {
        let connector = Connector::new(settings);
        let pool = connector
            .open(|connect_options| options.clone().connect_with(connect_options))
            .await?;
        Ok(Self::follow(connector, pool))
    }

    /// A pool over a connector. Opens no connection yet, but fetches the first token in the
    /// background.
    ///
    /// With `min_connections` the driver opens those at once, and if there is no token by then, tries
    /// again only after minutes. [`Connector::open`] and [`follow`](Self::follow) wait for it.
    ///
    /// # Panics
    ///
    /// If called outside a tokio runtime.
    pub fn new(connector: Connector, options: MySqlPoolOptions) -> Self {
        Self::over(Shared::lazy(connector, options))
    }

    /// Takes over a pool of the driver's: its options are the connector's from now on, and its token
    /// is kept up to date. To open one, see [`Connector::open`].
    ///
    /// # Panics
    ///
    /// If called outside a tokio runtime.
    pub fn follow(connector: Connector, pool: MySqlPool) -> Self {
        Self::over(Shared::new(connector, pool))
    }

    fn over(shared: Shared) -> Self {
        let shared = Arc::new(shared);
        Self {
            _follower: Arc::new(Follower::of(&shared)),
            shared,
        }
    }

    /// A connection of the pool. Waits while all are taken, up to the options' `acquire_timeout`.
    ///
    /// Unlike the driver's own method it looks at the clock, also after the sleep of a machine, and
    /// makes sure of a valid token. It needs none while a connection is idle.
    ///
    /// # Errors
    ///
    /// If a new connection is needed and cannot be opened, it takes too long, or the pool is closed.
    pub async fn acquire(&self) -> Result<PoolConnection<MySql>, Error> {
        let attempt = || self.shared.pool.acquire();
        if let Some(token) = self.shared.put_token(None) {
            return self.log_in_with(token, attempt).await;
        }
        // The wait for a token is a part of the wait for a connection.
        let limit = self.shared.pool.options().get_acquire_timeout();
        tokio::time::timeout(limit, self.log_in_without_token(attempt))
            .await
            .unwrap_or_else(|_elapsed| Err(Error::pool_timed_out(limit)))
    }

    /// Lets `attempt` take a connection of the driver's pool, whose options hold a valid token. If the
    /// server refuses the token, another one is fetched, and `attempt` is called once more.
    ///
    /// For what is built on top of the driver's pool. No token is needed while a connection is idle.
    ///
    /// # Errors
    ///
    /// If there is no token, or `attempt` fails.
    pub async fn log_in<T, F>(&self, attempt: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = sqlx::Result<T>>,
    {
        match self.shared.put_token(None) {
            Some(token) => self.log_in_with(token, attempt).await,
            None => self.log_in_without_token(attempt).await,
        }
    }

    async fn log_in_with<T, F>(&self, token: Token, attempt: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = sqlx::Result<T>>,
    {
        let error = match attempt().await {
            Ok(opened) => return Ok(opened),
            Err(error) => error,
        };
        let connector = &self.shared.connector;
        let token = connector.replace(&token, error).await?;
        self.shared.put_token(Some(&token));
        attempt()
            .await
            .map_err(|error| connector.login_error(error, &token))
    }

    async fn log_in_without_token<T, F>(&self, attempt: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = sqlx::Result<T>>,
    {
        let pool = &self.shared.pool;
        if pool.is_closed() {
            return Err(Error::pool_closed());
        }
        if (pool.num_idle() > 0 || pool.size() >= pool.options().get_max_connections())
            && let Ok(opened) = attempt().await
        {
            return Ok(opened);
        }
        let token = self.tokens().token().await.map_err(Error::from_token)?;
        self.shared.put_token(Some(&token));
        self.log_in_with(token, attempt).await
    }

    /// A connection of the pool, as [`acquire`](Self::acquire) gives it, in a new transaction.
    ///
    /// # Errors
    ///
    /// If there is no connection, or it breaks.
    pub async fn begin(&self) -> Result<MySqlTransaction<'static>, Error> {
        let connection = self.acquire().await?;
        MySqlTransaction::begin(connection, None)
            .await
            .map_err(Error::from_session)
    }

    /// The connector that opens the pool's connections.
    pub fn connector(&self) -> &Connector {
        &self.shared.connector
    }

    /// The cache that the tokens come from.
    pub fn tokens(&self) -> &TokenCache {
        self.shared.connector.tokens()
    }
}

impl Deref for Pool {
    type Target = MySqlPool;

    fn deref(&self) -> &MySqlPool {
        &self.shared.pool
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("pool", &self.shared.pool)
            .field("connector", &self.shared.connector)
            .finish_non_exhaustive()
    }
}

/// For migrations, and whatever else takes a pool by this trait.
impl<'c> Acquire<'c> for &Pool {
    type Database = MySql;
    type Connection = PoolConnection<MySql>;

    fn acquire(self) -> Pin<Box<dyn Future<Output = sqlx::Result<Self::Connection>> + Send + 'c>> {
        let pool = self.clone();
        Box::pin(async move { Ok(Pool::acquire(&pool).await?) })
    }

    fn begin(
        self,
    ) -> Pin<Box<dyn Future<Output = sqlx::Result<MySqlTransaction<'c>>> + Send + 'c>> {
        let pool = self.clone();
        Box::pin(async move { Ok(Pool::begin(&pool).await?) })
    }
}
