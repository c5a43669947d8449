//! Connections without async, and the connector behind r2d2.

use std::{cell::Cell, fmt, io};

use diesel::r2d2::{ManageConnection, R2D2Connection};
use diesel_async::{
    AsyncMysqlConnection,
    async_connection_wrapper::{AsyncConnectionWrapper, BlockOn},
};
use token_source::Token;
use tokio::runtime::{Builder, Runtime};

use crate::{Connector, Error, ErrorKind, blocking};

/// A connection for programs without async: all of diesel works on it, migrations included.
///
/// It is a diesel-async connection that waits for each answer. Used in an asynchronous task it panics;
/// `tokio::task::spawn_blocking` is for there.
pub type SyncConnection = AsyncConnectionWrapper<AsyncMysqlConnection, OwnRuntime>;

/// The runtime of one [`SyncConnection`]. It runs on the thread that uses the connection and nowhere
/// else, which saves two changes of threads a query.
pub struct OwnRuntime(Option<Runtime>);

thread_local! {
    /// A connection has to stay on the runtime that it was opened on, but the wrapper is not given a
    /// runtime: it asks for one, on the thread that makes it.
    static OPENED_ON: Cell<Option<Runtime>> = const { Cell::new(None) };
}

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
        blocking::connect(&self.settings, self.tokens(), |token| {
            self.blocking_log_in(token)
        })
    }

    fn blocking_log_in(&self, token: &Token) -> Result<SyncConnection, Error> {
        let runtime = runtime().map_err(no_runtime)?;
        let connection = runtime.block_on(self.log_in(token))?;
        OPENED_ON.set(Some(runtime));
        Ok(SyncConnection::from(connection))
    }
}

/// For diesel's [`r2d2::Pool`](diesel::r2d2::Pool). A connection that is taken out again is checked
/// with a query, as is diesel's default.
impl ManageConnection for Connector {
    type Connection = SyncConnection;
    type Error = Error;

    fn connect(&self) -> Result<SyncConnection, Error> {
        self.blocking_connect()
    }

    fn is_valid(&self, connection: &mut SyncConnection) -> Result<(), Error> {
        connection.ping().map_err(Error::broken)
    }

    fn has_broken(&self, connection: &mut SyncConnection) -> bool {
        std::thread::panicking() || connection.is_broken()
    }
}

impl BlockOn for OwnRuntime {
    fn block_on<F: Future>(&self, work: F) -> F::Output {
        let runtime = self.0.as_ref().expect("it is there until it is dropped");
        runtime.block_on(work)
    }

    /// The runtime that the connection was opened on. For a connection that was opened elsewhere, a
    /// new one.
    fn get_runtime() -> Self {
        let runtime = OPENED_ON
            .take()
            .map_or_else(runtime, Ok)
            .expect("a program that can open a connection can have a runtime");
        Self(Some(runtime))
    }
}

/// Without waiting for anything, so that it may happen in an asynchronous task too.
impl Drop for OwnRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for OwnRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnRuntime").finish_non_exhaustive()
    }
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

fn no_runtime(error: io::Error) -> Error {
    Error::new(
        ErrorKind::Connection,
        "the network cannot be waited for; raise this process's limit on open files".to_owned(),
    )
    .caused_by(error)
}
