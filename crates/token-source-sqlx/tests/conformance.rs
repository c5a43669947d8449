//! The suite that all adapters pass.

use std::{process::ExitCode, time::Duration};

use adapter_conformance::{Adapter, Failure, FailureKind, Suite};
use azure_mysql::Settings;
use token_source_sqlx::{
    Connector, Error, ErrorKind, Pool,
    sqlx::{
        self, AssertSqlSafe, Connection, MySql, MySqlConnection, mysql::MySqlPoolOptions,
        pool::PoolConnection, query_as, query_scalar,
    },
    token_source::TokenCache,
};

struct Sqlx;

impl Adapter for Sqlx {
    const NAME: &'static str = "sqlx";
    const DRIVER_LOGS: &'static str = "sqlx::query";

    type Pool = Pool;
    type Connection = PoolConnection<MySql>;

    async fn start(settings: &Settings) -> Result<(), Failure> {
        let pool = Pool::connect(settings).await;
        pool.map(drop).map_err(|error| failure(&error))
    }

    async fn connect(settings: &Settings, tokens: TokenCache) -> Result<(), Failure> {
        let connection = Connector::with_tokens(settings, tokens).connect().await;
        let connection = connection.map_err(|error| failure(&error))?;
        connection.close().await.map_err(|error| of_driver(&error))
    }

    async fn pool(settings: &Settings, tokens: TokenCache, max_size: u32) -> Result<Pool, Failure> {
        let options = MySqlPoolOptions::new()
            .max_connections(max_size)
            .acquire_timeout(patience(max_size));
        Ok(Pool::new(Connector::with_tokens(settings, tokens), options))
    }

    async fn get(pool: &Pool) -> Result<PoolConnection<MySql>, Failure> {
        pool.acquire().await.map_err(|error| failure(&error))
    }

    async fn text(connection: &mut PoolConnection<MySql>, query: &str) -> Result<String, Failure> {
        query_scalar(AssertSqlSafe(query))
            .fetch_one(&mut **connection)
            .await
            .map_err(|error| of_driver(&error))
    }

    async fn status(connection: &mut PoolConnection<MySql>, name: &str) -> Result<String, Failure> {
        let query = format!("SHOW STATUS LIKE '{name}'");
        let row: (String, String) = query_as(AssertSqlSafe(query))
            .fetch_one(&mut **connection)
            .await
            .map_err(|error| of_driver(&error))?;
        Ok(row.1)
    }

    async fn close(connection: PoolConnection<MySql>) {
        // A server that has gone away need not be told.
        let _ = connection.close().await;
    }

    fn shown(pool: &Pool, pooled: &PoolConnection<MySql>) -> String {
        let connection: &MySqlConnection = pooled;
        let connector = pool.connector();
        format!("{connector:?} {pool:?} {pooled:?} {connection:?}")
    }
}

/// The default, but for a thousand connections at once: each parses the web's roots anew.
fn patience(max_size: u32) -> Duration {
    Duration::from_secs(if max_size < 100 { 30 } else { 50 })
}

fn failure(error: &Error) -> Failure {
    let kind = match error.kind() {
        ErrorKind::Token => FailureKind::Token,
        ErrorKind::Tls => FailureKind::Tls,
        ErrorKind::LoginRefused => FailureKind::LoginRefused,
        ErrorKind::Server => FailureKind::Server,
        ErrorKind::Connection => FailureKind::Connection,
        ErrorKind::Timeout => FailureKind::Timeout,
        _ => FailureKind::Other,
    };
    Failure::new(kind, error)
}

fn of_driver(error: &sqlx::Error) -> Failure {
    Failure::new(FailureKind::Other, error)
}

fn main() -> ExitCode {
    adapter_conformance::main([Suite::of::<Sqlx>()])
}
