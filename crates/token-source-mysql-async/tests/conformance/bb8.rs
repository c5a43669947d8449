//! bb8's pool.
//!
//! It opens connections in tasks of its own, and tells its error sink why it could not. A caller
//! gets no more than that it took too long. So the sink is listened to here, and a connect is not
//! tried again, as bb8 would do for as long as somebody waits.

use std::{error::Error as _, time::Duration};

use adapter_conformance::{Abandoned, Adapter, ErrorCapture, Failure, FailureKind};
use bb8::{ErrorSink, RunError};
use token_source_mysql_async::{
    Connector, Error, ErrorKind, azure_mysql::Settings, mysql_async::prelude::Queryable,
    token_source::TokenCache,
};

use crate::{connect, failure, status, text};

/// Longer than the connector's own patience, so that its error comes first.
const PATIENCE: Duration = Duration::from_secs(50);

pub(crate) struct MysqlAsyncBb8;

#[derive(Clone, Debug)]
pub(crate) struct Pool {
    connections: bb8::Pool<Connector>,
    connector: Connector,
    errors: ErrorCapture,
}

#[derive(Clone, Debug)]
struct Sink(ErrorCapture);

impl ErrorSink<Error> for Sink {
    /// In the place of a connection that cannot be used again bb8 opens another one. Such an error
    /// has no cause.
    fn sink(&self, error: Error) {
        if error.kind() != ErrorKind::Connection || error.source().is_some() {
            self.0.tell(failure(&error));
        }
    }

    fn boxed_clone(&self) -> Box<dyn ErrorSink<Error>> {
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
            .build(connector.clone())
            .await
            .map_err(|error| failure(&error))?;
        Ok(Self {
            connections,
            connector,
            errors,
        })
    }
}

impl Adapter for MysqlAsyncBb8 {
    const NAME: &'static str = "mysql_async_bb8";
    const ABANDONED: Abandoned = Abandoned::OpenedAndClosed;
    const DRIVER_LOGS: &'static str = "mysql_async::query";

    type Pool = Pool;
    type Connection = bb8::PooledConnection<'static, Connector>;

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
            connection = pool.connections.get_owned() => connection.map_err(|error| match error {
                RunError::User(error) => failure(&error),
                error @ RunError::TimedOut => Failure::new(FailureKind::Timeout, &error),
            }),
            failure = pool.errors.next() => Err(failure),
        }
    }

    async fn text(connection: &mut Self::Connection, query: &str) -> Result<String, Failure> {
        text(connection, query).await
    }

    async fn status(connection: &mut Self::Connection, name: &str) -> Result<String, Failure> {
        status(connection, name).await
    }

    /// bb8 lets go of a connection only if it is broken, and one that was not waited for is.
    async fn close(mut connection: Self::Connection) {
        while !connection.is_disconnected() {
            // Polled once, and dropped.
            let _ = tokio::time::timeout(Duration::ZERO, connection.ping()).await;
        }
    }

    fn shown(pool: &Pool, connection: &Self::Connection) -> String {
        format!("{:?} {pool:?} {connection:?}", pool.connector)
    }
}
