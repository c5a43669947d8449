//! Connections without async, and the connector behind r2d2.

use std::{io, sync::OnceLock};

use diesel::r2d2::{ManageConnection, R2D2Connection};
use diesel_async::{AsyncMysqlConnection, async_connection_wrapper::AsyncConnectionWrapper};
use tokio::runtime::{Builder, Runtime};

use crate::{Connector, Error, ErrorKind, manager::check};

/// A connection for programs without async: all of diesel works on it, migrations included.
///
/// It is a diesel-async connection that waits for each answer. Within an asynchronous task it panics;
/// use it in `tokio::task::spawn_blocking` there.
pub type SyncConnection = AsyncConnectionWrapper<AsyncMysqlConnection>;

/// Where the network of these connections is waited for: one thread for all, started with the first.
/// The connections' own work is done on the threads that use them.
static RUNTIME: OnceLock<Runtime> = OnceLock::new();

impl Connector {
    /// Opens a connection for a thread that cannot wait asynchronously.
    ///
    /// ```no_run
    /// use token_source_diesel::{
    ///     Connector,
    ///     azure_mysql::Settings,
    ///     diesel::{RunQueryDsl, dsl::sql, select, sql_types::Text},
    /// };
    ///
    /// # fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let connector = Connector::new(&Settings::from_env()?);
    /// let mut connection = connector.blocking_connect()?;
    /// let user: String = select(sql::<Text>("CURRENT_USER()")).get_result(&mut connection)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`connect`](Self::connect).
    ///
    /// # Panics
    ///
    /// If called in an asynchronous task, as are the connection's own methods.
    pub fn blocking_connect(&self) -> Result<SyncConnection, Error> {
        let runtime = runtime()?;
        let connection = runtime.block_on(self.connect())?;
        // The wrapper waits on the runtime that it is made in.
        let _entered = runtime.enter();
        Ok(SyncConnection::from(connection))
    }
}

/// For diesel's [`r2d2::Pool`](diesel::r2d2::Pool).
///
/// A connection that is taken out again is checked with a query, as is diesel's default, but for no
/// longer than 5 s.
impl ManageConnection for Connector {
    type Connection = SyncConnection;
    type Error = Error;

    fn connect(&self) -> Result<SyncConnection, Error> {
        self.blocking_connect()
    }

    fn is_valid(&self, connection: &mut SyncConnection) -> Result<(), Error> {
        runtime()?
            .block_on(check(connection))
            .map_err(Error::broken)
    }

    fn has_broken(&self, connection: &mut SyncConnection) -> bool {
        std::thread::panicking() || connection.is_broken()
    }
}

fn runtime() -> Result<&'static Runtime, Error> {
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("token-source-diesel")
        .enable_all()
        .build()
        .map_err(no_runtime)?;
    if let Err(surplus) = RUNTIME.set(runtime) {
        // Another thread was quicker. To wait for its end is not allowed everywhere.
        surplus.shutdown_background();
    }
    RUNTIME
        .get()
        .ok_or_else(|| no_runtime(io::ErrorKind::Other.into()))
}

fn no_runtime(error: io::Error) -> Error {
    Error::new(
        ErrorKind::Connection,
        "no thread could be started for the network; raise this process's limits".to_owned(),
    )
    .caused_by(error)
}
