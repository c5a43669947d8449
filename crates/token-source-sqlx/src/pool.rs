use std::{fmt, future::Future, ops::Deref, pin::Pin, sync::Arc};

use azure_mysql::Settings;
use sqlx::{
    Acquire, MySql, MySqlPool, MySqlTransaction, mysql::MySqlPoolOptions, pool::PoolConnection,
};
use token_source::{Token, TokenCache};
use tokio::time::Instant;

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
    /// The wait for a token, and for a connection before it, takes no longer than the options'
    /// `acquire_timeout`. What `attempt` does has no limit here, since it may do more than to take a
    /// connection.
    ///
    /// # Errors
    ///
    /// If there is no token, it takes too long, or `attempt` fails.
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
        let limit = pool.options().get_acquire_timeout();
        let started = Instant::now();
        if pool.num_idle() > 0 || pool.size() >= pool.options().get_max_connections() {
            match attempt().await {
                Ok(opened) => return Ok(opened),
                Err(sqlx::Error::PoolTimedOut) => return Err(Error::pool_timed_out(limit)),
                // It has tried to open one, which takes a token.
                Err(_) => {}
            }
        }
        let left = limit.saturating_sub(started.elapsed());
        let token = tokio::time::timeout(left, self.tokens().token())
            .await
            .map_err(|_elapsed| Error::pool_timed_out(limit))?
            .map_err(|error| self.connector().token_error(error))?;
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

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        sync::atomic::{AtomicUsize, Ordering},
        task::{Context, Waker},
        time::Duration,
    };

    use token_source::TokenSource;

    use super::*;
    use crate::ErrorKind;

    const LIMIT: Duration = Duration::from_secs(2);

    /// Never answers.
    struct Hangs;

    #[async_trait::async_trait]
    impl TokenSource for Hangs {
        async fn fetch(&self) -> Result<Token, token_source::Error> {
            std::future::pending().await
        }
    }

    fn pool() -> Pool {
        let settings = Settings::builder().host("localhost").user("app");
        let tokens = TokenCache::new(Hangs);
        let options = MySqlPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(LIMIT);
        Pool::new(
            Connector::with_tokens(&settings.build().unwrap(), tokens),
            options,
        )
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_for_a_token_is_a_part_of_the_time_limit_of_every_login() {
        let pool = pool();
        let started = Instant::now();
        let never = || async { unreachable!("there is no token") };
        let error = pool.log_in::<(), _>(never).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert_eq!(started.elapsed(), LIMIT);
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_waited_for_a_connection_in_vain_does_not_wait_for_a_token_too() {
        let pool = pool();
        // The only one is taken by who is about to open it.
        let mut opening = pin!(pool.shared.pool.acquire());
        let mut context = Context::from_waker(Waker::noop());
        assert!(opening.as_mut().poll(&mut context).is_pending());
        assert_eq!(pool.size(), 1);
        let attempts = AtomicUsize::new(0);
        let started = Instant::now();
        let attempt = || async {
            attempts.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(LIMIT).await;
            Err::<(), _>(sqlx::Error::PoolTimedOut)
        };
        let error = pool.log_in(attempt).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert_eq!(attempts.into_inner(), 1);
        assert_eq!(started.elapsed(), LIMIT);
    }
}
