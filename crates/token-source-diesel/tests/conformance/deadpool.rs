//! diesel-async's deadpool, in the crate's own pool.

use adapter_conformance::{Adapter, Failure};
use token_source_diesel::{
    Connector, Pool, PooledConnection, azure_mysql::Settings,
    diesel_async::pooled_connection::deadpool::Object, token_source::TokenCache,
};

use crate::{DRIVER_LOGS, ask, connect, failure, listen, named, status_of};

pub(crate) struct DieselDeadpool;

impl Adapter for DieselDeadpool {
    const NAME: &'static str = "diesel_deadpool";
    const DRIVER_LOGS: &'static str = DRIVER_LOGS;

    type Pool = Pool;
    type Connection = PooledConnection;

    async fn start(settings: &Settings) -> Result<(), Failure> {
        let pool = Pool::connect(settings).await;
        pool.map(drop).map_err(|error| failure(&error))
    }

    async fn connect(settings: &Settings, tokens: TokenCache) -> Result<(), Failure> {
        connect(settings, tokens).await
    }

    async fn pool(settings: &Settings, tokens: TokenCache, max_size: u32) -> Result<Pool, Failure> {
        let connector = Connector::with_tokens(settings, tokens);
        Ok(Pool::new(connector, max_size as usize))
    }

    async fn get(pool: &Pool) -> Result<PooledConnection, Failure> {
        pool.get().await.map_err(|error| failure(&error))
    }

    async fn text(connection: &mut PooledConnection, query: &str) -> Result<String, Failure> {
        ask(connection, named(query)).await
    }

    async fn status(connection: &mut PooledConnection, name: &str) -> Result<String, Failure> {
        ask(connection, status_of(name)).await
    }

    async fn close(connection: PooledConnection) {
        drop(Object::take(connection));
    }

    fn shown(pool: &Pool, _: &PooledConnection) -> String {
        let connector = pool.connector();
        format!("{connector:?} {:?} {pool:?}", connector.manager())
    }

    fn listen() -> Option<fn() -> String> {
        Some(listen())
    }
}
