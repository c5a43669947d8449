//! diesel-async's bb8 pool.
//!
//! It opens connections in tasks of its own, and tells its error sink why it could not. A caller
//! gets no more than that it took too long. So the sink is listened to here, and a connect is not
//! tried again, as bb8 would do for as long as somebody waits.

use std::time::Duration;

use adapter_conformance::{Abandoned, Adapter, ErrorCapture, Failure};
use bb8::ErrorSink;
use token_source_diesel::{
    Connector, Error,
    azure_mysql::Settings,
    diesel_async::{
        AsyncConnection, AsyncMysqlConnection, TransactionManager,
        pooled_connection::{AsyncDieselConnectionManager, PoolError},
    },
    token_source::TokenCache,
};

use crate::{DRIVER_LOGS, ask, connect, failure, listen, named, status_of};

/// Longer than the connector's own patience, so that its error comes first.
const PATIENCE: Duration = Duration::from_secs(50);

type Manager = AsyncDieselConnectionManager<AsyncMysqlConnection>;
type Transactions = <AsyncMysqlConnection as AsyncConnection>::TransactionManager;

pub(crate) struct DieselBb8;

#[derive(Clone, Debug)]
pub(crate) struct Pool {
    connections: bb8::Pool<Manager>,
    connector: Connector,
    errors: ErrorCapture,
}

#[derive(Clone, Debug)]
struct Sink(ErrorCapture);

impl ErrorSink<PoolError> for Sink {
    /// In the place of a connection that cannot be used again bb8 opens another one.
    fn sink(&self, error: PoolError) {
        if let PoolError::ConnectionError(_) = error {
            self.0.tell(failure(&error.into()));
        }
    }

    fn boxed_clone(&self) -> Box<dyn ErrorSink<PoolError>> {
        Box::new(self.clone())
    }
}

impl Pool {
    async fn of(connector: Connector, max_size: u32) -> Result<Self, Failure> {
        let errors = ErrorCapture::default();
        let connections = bb8::Pool::builder()
            .max_size(max_size)
            .connection_timeout(PATIENCE)
            .retry_connection(false)
            .error_sink(Box::new(Sink(errors.clone())))
            .build(connector.manager())
            .await
            .map_err(|error| failure(&error.into()))?;
        Ok(Self {
            connections,
            connector,
            errors,
        })
    }
}

impl Adapter for DieselBb8 {
    const NAME: &'static str = "diesel_bb8";
    const ABANDONED: Abandoned = Abandoned::OpenedAndClosed;
    const DRIVER_LOGS: &'static str = DRIVER_LOGS;

    type Pool = Pool;
    type Connection = bb8::PooledConnection<'static, Manager>;

    async fn start(settings: &Settings) -> Result<(), Failure> {
        let pool = Pool::of(Connector::new(settings), 1).await?;
        Self::get(&pool).await.map(drop)
    }

    async fn connect(settings: &Settings, tokens: TokenCache) -> Result<(), Failure> {
        connect(settings, tokens).await
    }

    async fn pool(settings: &Settings, tokens: TokenCache, max_size: u32) -> Result<Pool, Failure> {
        Pool::of(Connector::with_tokens(settings, tokens), max_size).await
    }

    async fn get(pool: &Pool) -> Result<Self::Connection, Failure> {
        pool.errors.forget();
        tokio::select! {
            connection = pool.connections.get_owned() => {
                connection.map_err(|error| failure(&Error::from(error)))
            }
            failure = pool.errors.next() => Err(failure),
        }
    }

    async fn text(connection: &mut Self::Connection, query: &str) -> Result<String, Failure> {
        ask(connection, named(query)).await
    }

    async fn status(connection: &mut Self::Connection, name: &str) -> Result<String, Failure> {
        ask(connection, status_of(name)).await
    }

    /// bb8 lets go of a connection only if it is broken, and one that is left in a transaction is.
    async fn close(mut connection: Self::Connection) {
        // A server that has gone away need not be told.
        let _ = Transactions::begin_transaction(&mut *connection).await;
    }

    fn shown(pool: &Pool, _: &Self::Connection) -> String {
        format!("{:?} {pool:?}", pool.connector)
    }

    fn listen() -> Option<fn() -> String> {
        Some(listen())
    }
}
