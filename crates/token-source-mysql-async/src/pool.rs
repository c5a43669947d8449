use std::time::Duration;

use azure_mysql::Settings;
use deadpool::managed::{Manager, Metrics, Object, RecycleError, RecycleResult};

use crate::{Connection, Connector, Error};

/// A connection that goes back to its pool when it is dropped.
pub type PooledConnection = Object<Connector>;

/// As many as the driver's own pool opens.
const DEFAULT_MAX_SIZE: usize = 100;

/// How long a connection may take to be reset before another one is opened in its place. It is one
/// round trip, and a caller waits for it; a peer that vanished would keep it for many minutes.
const RESET_TIMEOUT: Duration = Duration::from_secs(5);

/// A pool of connections. Each new one logs in with a token that is valid at that moment; open
/// ones live on when their token expires, since the server looks at it only at login.
///
/// The pool is a handle: clones share the connections.
///
/// ```no_run
/// use token_source_mysql_async::{Pool, azure_mysql::Settings, mysql_async::prelude::*};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let pool = Pool::connect(&Settings::from_env()?).await?;
/// let mut connection = pool.get_conn().await?;
/// let one: Option<u8> = connection.query_first("SELECT 1").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Pool(deadpool::managed::Pool<Connector>);

impl Pool {
    /// A pool with up to 100 connections, as the driver's own. One is opened at once, so that
    /// settings that do not work are noticed at the start and not at the first request.
    ///
    /// # Errors
    ///
    /// If the first connection cannot be opened.
    pub async fn connect(settings: &Settings) -> Result<Self, Error> {
        let pool = Self::new(Connector::new(settings), DEFAULT_MAX_SIZE);
        drop(pool.get_conn().await?);
        Ok(pool)
    }

    /// A pool over a connector, with up to `max_size` connections. Opens none yet.
    ///
    /// # Panics
    ///
    /// If `max_size` is 0.
    pub fn new(connector: Connector, max_size: usize) -> Self {
        assert!(max_size > 0, "a pool needs room for a connection");
        let pool = deadpool::managed::Pool::builder(connector)
            .max_size(max_size)
            .build()
            .expect("a pool without time limits needs no runtime, and nothing else can be wrong");
        Self(pool)
    }

    /// A connection of the pool, in the state of a new session. Waits while all are taken.
    ///
    /// # Errors
    ///
    /// If a new connection is needed and cannot be opened, or the pool is closed.
    pub async fn get_conn(&self) -> Result<PooledConnection, Error> {
        self.0.get().await.map_err(Error::from_pool)
    }

    /// Closes the idle connections, and the others when they come back. Who waits for one gets an
    /// error.
    pub fn close(&self) {
        self.0.close();
    }

    /// The connector that opens the pool's connections.
    pub fn connector(&self) -> &Connector {
        self.0.manager()
    }
}

impl Manager for Connector {
    type Type = Connection;
    type Error = Error;

    async fn create(&self) -> Result<Connection, Error> {
        self.connect().await
    }

    async fn recycle(&self, connection: &mut Connection, _: &Metrics) -> RecycleResult<Error> {
        if connection.is_disconnected() {
            return Err(RecycleError::message("the connection is closed"));
        }
        let reset = tokio::time::timeout(RESET_TIMEOUT, connection.reset());
        let Ok(reset) = reset.await else {
            return Err(RecycleError::message("the server does not answer"));
        };
        match reset {
            Ok(true) => Ok(()),
            // The driver's own pool falls back to COM_CHANGE_USER here. That is a login, with the
            // token of back then.
            Ok(false) => Err(RecycleError::message(
                "the server cannot reset a session without a new login",
            )),
            Err(error) => Err(RecycleError::message(error.to_string())),
        }
    }
}
