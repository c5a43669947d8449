//! Connections without async, in diesel's r2d2 pool.
//!
//! Its calls block, so each is made on a thread for that. The pool opens connections in threads of
//! its own. It tries again and again, and tells its error handler why; a caller gets, once its
//! time-out is over, the last error's text alone. So the handler is listened to here. A caller who
//! gives up does not end the call: the connection goes to the pool when it comes.

use std::{
    error::Error as _,
    thread,
    time::{Duration, Instant},
};

use adapter_conformance::{Abandoned, Adapter, Failure, FailureKind, Overheard};
use diesel::{
    RunQueryDsl,
    connection::TransactionManager,
    r2d2::{self, HandleError, PooledConnection},
    sql_query,
};
use token_source_diesel::{
    Connector, Error, SyncConnection, azure_mysql::Settings, diesel, token_source::TokenCache,
};

use crate::{Answer, DRIVER_LOGS, failure, listen, named, of_query, status_of};

/// Longer than the connector's own patience, so that its error comes first.
const PATIENCE: Duration = Duration::from_secs(50);

/// How often it is looked whether there is a connection, or the handler was told why not.
const GLANCE: Duration = Duration::from_millis(20);

/// After which time the pool is asked to open another one. A connection takes less.
const AGAIN: Duration = Duration::from_secs(2);

type Transactions = <SyncConnection as diesel::Connection>::TransactionManager;

pub(crate) struct DieselSync;

#[derive(Clone, Debug)]
pub(crate) struct Pool {
    connections: r2d2::Pool<Connector>,
    connector: Connector,
    overheard: Overheard,
}

/// Out of here only while a thread asks it something.
pub(crate) struct Pooled(Option<PooledConnection<Connector>>);

#[derive(Debug)]
struct Handler(Overheard);

impl HandleError<Error> for Handler {
    /// In the place of a connection that cannot be used again r2d2 opens another one.
    fn handle_error(&self, error: Error) {
        let of_query = error
            .source()
            .and_then(|cause| cause.downcast_ref::<diesel::result::Error>());
        if of_query.is_none() {
            self.0.tell(failure(&error));
        }
    }
}

impl Pool {
    /// Opens no connection yet.
    fn of(connector: Connector, max_size: u32) -> Self {
        let overheard = Overheard::default();
        let connections = r2d2::Pool::builder()
            .max_size(max_size)
            .min_idle(Some(0))
            .connection_timeout(PATIENCE)
            .error_handler(Box::new(Handler(overheard.clone())))
            .build_unchecked(connector.clone());
        Self {
            connections,
            connector,
            overheard,
        }
    }

    fn get(&self) -> Result<Pooled, Failure> {
        self.overheard.forget();
        let started = Instant::now();
        loop {
            // Has one opened if there is room.
            let error = match self.connections.get_timeout(GLANCE) {
                Ok(connection) => return Ok(Pooled(Some(connection))),
                Err(error) => error,
            };
            let asked = Instant::now();
            while asked.elapsed() < AGAIN {
                if let Some(connection) = self.connections.try_get() {
                    return Ok(Pooled(Some(connection)));
                }
                if let Some(failure) = self.overheard.take() {
                    return Err(failure);
                }
                thread::sleep(GLANCE);
            }
            if started.elapsed() > PATIENCE {
                return Err(Failure::new(FailureKind::Timeout, &error));
            }
        }
    }
}

impl Pooled {
    async fn ask(&mut self, query: String) -> Result<String, Failure> {
        let mut connection = self.0.take().expect("nobody asks it anything");
        let (connection, answer) = blocking(move || {
            let answer: Result<Answer, _> = sql_query(query).get_result(&mut connection);
            (connection, answer)
        })
        .await;
        self.0 = Some(connection);
        answer.map(|it| it.value).map_err(|error| of_query(&error))
    }
}

impl Adapter for DieselSync {
    const NAME: &'static str = "diesel_sync";
    const ABANDONED: Abandoned = Abandoned::OpenedAndClosed;
    const DRIVER_LOGS: &'static str = DRIVER_LOGS;

    type Pool = Pool;
    type Connection = Pooled;

    async fn start(settings: &Settings) -> Result<(), Failure> {
        let connector = Connector::new(settings);
        blocking(|| Pool::of(connector, 1).get()).await.map(drop)
    }

    async fn connect(settings: &Settings, tokens: TokenCache) -> Result<(), Failure> {
        let connector = Connector::with_tokens(settings, tokens);
        let connection = blocking(move || connector.blocking_connect()).await;
        connection.map(drop).map_err(|error| failure(&error))
    }

    async fn pool(settings: &Settings, tokens: TokenCache, max_size: u32) -> Result<Pool, Failure> {
        Ok(Pool::of(Connector::with_tokens(settings, tokens), max_size))
    }

    async fn get(pool: &Pool) -> Result<Pooled, Failure> {
        let pool = pool.clone();
        blocking(move || pool.get()).await
    }

    async fn text(connection: &mut Pooled, query: &str) -> Result<String, Failure> {
        connection.ask(named(query)).await
    }

    async fn status(connection: &mut Pooled, name: &str) -> Result<String, Failure> {
        connection.ask(status_of(name)).await
    }

    /// r2d2 lets go of a connection only if it is broken, and one that is left in a transaction is.
    async fn close(connection: Pooled) {
        blocking(|| {
            let mut connection = connection.0.expect("nobody asks it anything");
            // A server that has gone away need not be told.
            let _ = Transactions::begin_transaction(&mut *connection);
        })
        .await;
    }

    fn shown(pool: &Pool, _: &Pooled) -> String {
        format!("{:?} {pool:?}", pool.connector)
    }

    fn listen() -> Option<fn() -> String> {
        Some(listen())
    }
}

/// Runs what blocks where it may, and goes on with its panic if it panics.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
