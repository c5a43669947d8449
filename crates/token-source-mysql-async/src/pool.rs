use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use azure_mysql::Settings;
use deadpool::{
    Runtime,
    managed::{Manager, Metrics, RecycleError, RecycleResult, Timeouts, WeakPool},
};
use tokio::task::AbortHandle;

use crate::{Connection, Connector, Error, PoolOptions, PooledConnection};

/// How often idle connections are looked at, as by the driver's own pool.
const CHECK_INTERVAL: Duration = Duration::from_secs(30);

/// How often a pool that is being disconnected looks whether all connections have come back.
const DISCONNECT_INTERVAL: Duration = Duration::from_millis(10);

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
/// drop(connection);
/// pool.disconnect().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Pool {
    connections: deadpool::managed::Pool<Connector, PooledConnection>,
    options: Arc<PoolOptions>,
    sweeper: Arc<Sweeper>,
}

/// The task that closes idle connections. It ends with the last handle to its pool.
#[derive(Debug, Default)]
struct Sweeper(OnceLock<AbortHandle>);

impl Drop for Sweeper {
    fn drop(&mut self) {
        if let Some(task) = self.0.get() {
            task.abort();
        }
    }
}

impl Pool {
    /// A pool with the [default options](PoolOptions). One connection is opened at once, so that
    /// settings that do not work are noticed at the start and not at the first request.
    ///
    /// # Errors
    ///
    /// If the first connection cannot be opened.
    pub async fn connect(settings: &Settings) -> Result<Self, Error> {
        Self::connect_with(settings, PoolOptions::default()).await
    }

    /// The same with other options.
    ///
    /// # Errors
    ///
    /// If the first connection cannot be opened.
    pub async fn connect_with(settings: &Settings, options: PoolOptions) -> Result<Self, Error> {
        let pool = Self::new(Connector::new(settings), options);
        drop(pool.get_conn().await?);
        Ok(pool)
    }

    /// A pool over a connector. Opens no connection yet.
    #[expect(clippy::missing_panics_doc, reason = "the options rule it out")]
    pub fn new(connector: Connector, options: PoolOptions) -> Self {
        let connections = deadpool::managed::Pool::builder(connector)
            .max_size(options.max_size)
            .runtime(Runtime::Tokio1)
            .timeouts(Timeouts {
                wait: options.wait_timeout,
                ..Timeouts::default()
            })
            .build()
            .expect("it has a runtime for its time limit, and nothing else can be wrong");
        Self {
            connections,
            options: Arc::new(options),
            sweeper: Arc::default(),
        }
    }

    /// A connection of the pool, in the state of a new session. Waits while all are taken.
    ///
    /// # Errors
    ///
    /// If a new connection is needed and cannot be opened, if none has become free within the [wait
    /// timeout](PoolOptions::with_wait_timeout), or if the pool is closed.
    pub async fn get_conn(&self) -> Result<PooledConnection, Error> {
        self.sweeper.0.get_or_init(|| self.start_sweeping());
        loop {
            let connection = self.connections.get().await.map_err(Error::from_pool)?;
            match self.options.lifetime {
                Some(lifetime) if connection.age() >= lifetime => drop(connection.take()),
                _ => return Ok(connection),
            }
        }
    }

    /// Closes the idle connections, and the others when they come back. Who waits for one gets an
    /// error.
    pub fn close(&self) {
        self.connections.close();
    }

    /// The same, and waits until the last connection has come back and is closed.
    pub async fn disconnect(self) {
        self.close();
        while self.connections.status().size > 0 {
            tokio::time::sleep(DISCONNECT_INTERVAL).await;
        }
    }

    /// The connector that opens the pool's connections.
    pub fn connector(&self) -> &Connector {
        self.connections.manager()
    }

    fn start_sweeping(&self) -> AbortHandle {
        let connections = self.connections.weak();
        let options = Arc::clone(&self.options);
        tokio::spawn(sweep(connections, options)).abort_handle()
    }
}

/// Closes connections that are idle for too long, or too old, every now and then.
async fn sweep(connections: WeakPool<Connector>, options: Arc<PoolOptions>) {
    loop {
        tokio::time::sleep(CHECK_INTERVAL).await;
        let Some(pool) = connections.upgrade() else {
            return;
        };
        let mut kept = 0;
        pool.retain(|connection, _| {
            let too_old = options
                .lifetime
                .is_some_and(|lifetime| connection.age() >= lifetime);
            let surplus = kept >= options.min_size
                && connection.idle_since.elapsed() >= options.idle_lifetime;
            let keep = !(too_old || surplus);
            kept += usize::from(keep);
            keep
        });
    }
}

impl Manager for Connector {
    type Type = Connection;
    type Error = Error;

    async fn create(&self) -> Result<Connection, Error> {
        self.connect().await
    }

    async fn recycle(&self, connection: &mut Connection, _: &Metrics) -> RecycleResult<Error> {
        // Nearly always it has been done when the connection came back.
        connection
            .reset_session()
            .await
            .map_err(RecycleError::Message)
    }
}
