use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use azure_mysql::Settings;
use deadpool::{
    Runtime,
    managed::{Manager, Metrics, QueueMode, RecycleError, RecycleResult, Timeouts, WeakPool},
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

/// The task that closes idle connections. It ends with the last handle to its pool, or with the
/// runtime that it runs on.
#[derive(Debug, Default)]
struct Sweeper(Mutex<Option<AbortHandle>>);

impl Sweeper {
    fn is_running(&self) -> bool {
        let task = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        task.as_ref().is_some_and(|task| !task.is_finished())
    }

    fn replace(&self, task: AbortHandle) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(former) = held.replace(task) {
            former.abort();
        }
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        let task = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = task {
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
    ///
    /// # Panics
    ///
    /// If called outside a tokio runtime.
    pub async fn connect(settings: &Settings) -> Result<Self, Error> {
        Self::connect_with(settings, PoolOptions::default()).await
    }

    /// The same with other options.
    ///
    /// # Errors
    ///
    /// If the first connection cannot be opened.
    ///
    /// # Panics
    ///
    /// If called outside a tokio runtime.
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
            // As the driver's own: what a peak has opened stays idle then, and can be closed.
            .queue_mode(QueueMode::Lifo)
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
    ///
    /// # Panics
    ///
    /// If called outside a tokio runtime.
    pub async fn get_conn(&self) -> Result<PooledConnection, Error> {
        if !self.sweeper.is_running() {
            self.sweeper.replace(self.start_sweeping());
        }
        loop {
            let connection = self.connections.get().await.map_err(Error::from_pool)?;
            match self.options.lifetime {
                // A new one is handed out whatever its age: the next would be no younger.
                Some(lifetime) if connection.is_reused() && connection.age() >= lifetime => {
                    drop(connection.take());
                }
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

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use token_source::{TokenCache, entra::StaticToken};
    use tokio::runtime::Builder;

    use super::*;

    #[test]
    fn the_sweeper_runs_on_the_next_runtime_when_its_own_has_ended() {
        let settings = Settings::builder().host("localhost").user("app");
        // A token of no use, so that nobody is connected to.
        let expired = StaticToken::new("", SystemTime::UNIX_EPOCH);
        let connector =
            Connector::with_tokens(&settings.build().unwrap(), TokenCache::new(expired));
        let pool = Pool::new(connector, PoolOptions::default());
        for _ in 0..2 {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            assert!(!pool.sweeper.is_running());
            runtime.block_on(pool.get_conn()).unwrap_err();
            assert!(pool.sweeper.is_running());
        }
    }
}
