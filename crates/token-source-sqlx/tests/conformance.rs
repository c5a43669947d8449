//! The suite that all adapters pass.

use std::{process::ExitCode, time::Duration};

use adapter_conformance::{Adapter, Failure, FailureKind, Suite};
use azure_mysql::Settings;
use token_source_sqlx::{
    Connector, Error, ErrorKind, Pool,
    sqlx::{AssertSqlSafe, MySql, mysql::MySqlPoolOptions, pool::PoolConnection, query_scalar},
    token_source::TokenCache,
};

struct Sqlx;

impl Adapter for Sqlx {
    const NAME: &'static str = "sqlx";

    type Pool = Pool;
    type Connection = PoolConnection<MySql>;

    async fn pool(settings: &Settings, tokens: TokenCache, max_size: u32) -> Result<Pool, Failure> {
        let options = MySqlPoolOptions::new()
            .max_connections(max_size)
            // A thousand connections at once take a while: each parses the web's roots anew.
            .acquire_timeout(Duration::from_secs(50));
        Ok(Pool::new(Connector::with_tokens(settings, tokens), options))
    }

    async fn get(pool: &Pool) -> Result<PoolConnection<MySql>, Failure> {
        pool.acquire().await.map_err(|error| failure(&error))
    }

    async fn text(connection: &mut PoolConnection<MySql>, query: &str) -> Result<String, Failure> {
        query_scalar(AssertSqlSafe(query))
            .fetch_one(&mut **connection)
            .await
            .map_err(|error| Failure::new(FailureKind::Other, &error))
    }

    async fn close(connection: PoolConnection<MySql>) {
        // A server that has gone away need not be told.
        let _ = connection.close().await;
    }
}

fn failure(error: &Error) -> Failure {
    let kind = match error.kind() {
        ErrorKind::Token => FailureKind::Token,
        ErrorKind::Tls => FailureKind::Tls,
        ErrorKind::LoginRefused => FailureKind::LoginRefused,
        _ => FailureKind::Other,
    };
    Failure::new(kind, error)
}

fn main() -> ExitCode {
    adapter_conformance::main([Suite::of::<Sqlx>()])
}
