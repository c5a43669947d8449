use std::{fmt, ops::Deref};

use azure_mysql::Settings;
use diesel_async::{AsyncMysqlConnection, pooled_connection::deadpool};

use crate::{Connector, Error};

/// A connection that goes back to its pool when it is dropped.
pub type PooledConnection = deadpool::Object<AsyncMysqlConnection>;

/// As many as the driver's own pool opens.
const DEFAULT_MAX_SIZE: usize = 100;

/// A pool of connections. Each new one logs in with a token that is valid at that moment; open
/// ones live on when their token expires, since the server looks at it only at login.
///
/// The pool is a handle: clones share the connections. It dereferences to diesel-async's own
/// [`Pool`](deadpool::Pool).
///
/// ```no_run
/// use token_source_diesel::{
///     Pool,
///     azure_mysql::Settings,
///     diesel::{dsl::sql, select, sql_types::Text},
///     diesel_async::RunQueryDsl,
/// };
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let pool = Pool::connect(&Settings::from_env()?).await?;
/// let mut connection = pool.get().await?;
/// let user: String = select(sql::<Text>("CURRENT_USER()")).get_result(&mut connection).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Pool {
    pool: deadpool::Pool<AsyncMysqlConnection>,
    connector: Connector,
}

impl Pool {
    /// A pool with up to 100 connections, as that of `mysql_async`. One is opened at once, so that
    /// settings that do not work are noticed at the start and not at the first request.
    ///
    /// # Errors
    ///
    /// If the first connection cannot be opened.
    pub async fn connect(settings: &Settings) -> Result<Self, Error> {
        let pool = Self::new(Connector::new(settings), DEFAULT_MAX_SIZE);
        drop(pool.get().await?);
        Ok(pool)
    }

    /// A pool over a connector, with up to `max_size` connections. Opens none yet.
    ///
    /// # Panics
    ///
    /// If `max_size` is 0.
    pub fn new(connector: Connector, max_size: usize) -> Self {
        assert!(max_size > 0, "a pool needs room for a connection");
        let pool = deadpool::Pool::builder(connector.manager())
            .max_size(max_size)
            .build()
            .expect("a pool without time limits needs no runtime, and nothing else can be wrong");
        Self { pool, connector }
    }

    /// A connection of the pool. Waits while all are taken.
    ///
    /// # Errors
    ///
    /// If a new connection is needed and cannot be opened, or the pool is closed.
    pub async fn get(&self) -> Result<PooledConnection, Error> {
        Ok(self.pool.get().await?)
    }

    /// The connector that opens the pool's connections.
    pub fn connector(&self) -> &Connector {
        &self.connector
    }
}

impl Deref for Pool {
    type Target = deadpool::Pool<AsyncMysqlConnection>;

    fn deref(&self) -> &Self::Target {
        &self.pool
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("connector", &self.connector)
            .field("status", &self.pool.status())
            .finish()
    }
}
