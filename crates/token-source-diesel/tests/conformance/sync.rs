//! Connections without async, in diesel's r2d2 pool.

use std::error::Error as _;

use adapter_conformance::{Abandoned, Adapter, BlockingConnection, BlockingPool, Failure};
use diesel::{RunQueryDsl, connection::TransactionManager, r2d2, sql_query};
use test_servers::blocking;
use token_source_diesel::{
    Connector, Error, SyncConnection, azure_mysql::Settings, diesel, token_source::TokenCache,
};

use crate::{Answer, DRIVER_LOGS, failure, listen, named, of_query, status_of};

type Transactions = <SyncConnection as diesel::Connection>::TransactionManager;

pub(crate) struct DieselSync;

fn pool_of(connector: Connector, max_size: u32) -> BlockingPool<Connector> {
    let builder = r2d2::Pool::builder().max_size(max_size);
    BlockingPool::new(builder, connector, |error: &Error| {
        let of_query = error
            .source()
            .and_then(|cause| cause.downcast_ref::<diesel::result::Error>());
        // In the place of a connection that cannot be used again r2d2 opens another one.
        of_query.is_none().then(|| failure(error))
    })
}

async fn ask(
    connection: &mut BlockingConnection<Connector>,
    query: String,
) -> Result<String, Failure> {
    let ask = |connection: &mut SyncConnection| sql_query(query).get_result(connection);
    let answer: Result<Answer, _> = connection.with(ask).await;
    answer.map(|it| it.value).map_err(|error| of_query(&error))
}

impl Adapter for DieselSync {
    const NAME: &'static str = "diesel_sync";
    const ABANDONED: Abandoned = Abandoned::OpenedAndClosed;
    const DRIVER_LOGS: &'static str = DRIVER_LOGS;

    type Pool = BlockingPool<Connector>;
    type Connection = BlockingConnection<Connector>;

    async fn start(settings: &Settings) -> Result<(), Failure> {
        pool_of(Connector::new(settings), 1).get().await.map(drop)
    }

    async fn connect(settings: &Settings, tokens: TokenCache) -> Result<(), Failure> {
        let connector = Connector::with_tokens(settings, tokens);
        let connection = blocking(move || connector.blocking_connect()).await;
        connection.map(drop).map_err(|error| failure(&error))
    }

    async fn pool(
        settings: &Settings,
        tokens: TokenCache,
        max_size: u32,
    ) -> Result<Self::Pool, Failure> {
        Ok(pool_of(Connector::with_tokens(settings, tokens), max_size))
    }

    async fn get(pool: &Self::Pool) -> Result<Self::Connection, Failure> {
        pool.get().await
    }

    async fn text(connection: &mut Self::Connection, query: &str) -> Result<String, Failure> {
        ask(connection, named(query)).await
    }

    async fn status(connection: &mut Self::Connection, name: &str) -> Result<String, Failure> {
        ask(connection, status_of(name)).await
    }

    /// r2d2 lets go of a connection only if it is broken, and one that is left in a transaction is.
    async fn close(connection: Self::Connection) {
        let leave = |connection: &mut SyncConnection| {
            // A server that has gone away need not be told.
            let _ = Transactions::begin_transaction(connection);
        };
        connection.last(leave).await;
    }

    fn shown(pool: &Self::Pool, _: &Self::Connection) -> String {
        format!("{pool:?}")
    }

    fn listen() -> Option<fn() -> String> {
        Some(listen())
    }
}
