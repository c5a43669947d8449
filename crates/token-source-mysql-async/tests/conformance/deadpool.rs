//! The crate's own pool.

use adapter_conformance::{Adapter, Failure};
use token_source_mysql_async::{
    Connector, Pool, PoolOptions, PooledConnection, azure_mysql::Settings, token_source::TokenCache,
};

use crate::{connect, failure, status, text};

pub(crate) struct MysqlAsync;

impl Adapter for MysqlAsync {
    const NAME: &'static str = "mysql_async";
    const DRIVER_LOGS: &'static str = "mysql_async::query";

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
        let options = PoolOptions::default().with_max_size(max_size as usize);
        Ok(Pool::new(Connector::with_tokens(settings, tokens), options))
    }

    async fn get(pool: &Pool) -> Result<PooledConnection, Failure> {
        pool.get_conn().await.map_err(|error| failure(&error))
    }

    async fn text(connection: &mut PooledConnection, query: &str) -> Result<String, Failure> {
        text(connection, query).await
    }

    async fn status(connection: &mut PooledConnection, name: &str) -> Result<String, Failure> {
        status(connection, name).await
    }

    async fn close(connection: PooledConnection) {
        // A server that has gone away need not be told.
        let _ = connection.take().disconnect().await;
    }

    fn shown(pool: &Pool, pooled: &PooledConnection) -> String {
        let connection: &token_source_mysql_async::Connection = pooled;
        let connector = pool.connector();
        format!("{connector:?} {pool:?} {pooled:?} {connection:?}")
    }
}
