//! The suite that all adapters pass.

use std::{process::ExitCode, time::Duration};

use adapter_conformance::{Adapter, Failure, FailureKind, Suite};
use token_source_sea_orm::{
    Connector, Database, ErrorKind,
    azure_mysql::Settings,
    sea_orm::ConnectOptions,
    token_source::TokenCache,
    token_source_sqlx::sqlx::{AssertSqlSafe, MySql, pool::PoolConnection, query_scalar},
};

struct SeaOrm;

/// sea-orm hands out no connection of its pool, so it is the pool below that is asked for one.
impl Adapter for SeaOrm {
    const NAME: &'static str = "sea_orm";

    type Pool = Database;
    type Connection = PoolConnection<MySql>;

    async fn pool(
        settings: &Settings,
        tokens: TokenCache,
        max_size: u32,
    ) -> Result<Database, Failure> {
        let mut options = ConnectOptions::new("mysql://");
        options
            .max_connections(max_size)
            // A thousand connections at once take a while: each parses the web's roots anew.
            .acquire_timeout(Duration::from_secs(50));
        Database::connect_with(Connector::with_tokens(settings, tokens), options)
            .await
            .map_err(|error| Failure::new(kind(error.kind()), &error))
    }

    async fn get(database: &Database) -> Result<PoolConnection<MySql>, Failure> {
        let connection = database.pool().acquire().await;
        connection.map_err(|error| Failure::new(kind(error.kind()), &error))
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

fn kind(kind: ErrorKind) -> FailureKind {
    match kind {
        ErrorKind::Token => FailureKind::Token,
        ErrorKind::Tls => FailureKind::Tls,
        ErrorKind::LoginRefused => FailureKind::LoginRefused,
        _ => FailureKind::Other,
    }
}

fn main() -> ExitCode {
    adapter_conformance::main([Suite::of::<SeaOrm>()])
}
