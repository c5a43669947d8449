//! The suite that all adapters pass.

use std::{process::ExitCode, time::Duration};

use adapter_conformance::{Adapter, Failure, FailureKind, Suite};
use token_source_sea_orm::{
    Connector, Database, Error, ErrorKind,
    azure_mysql::Settings,
    sea_orm::ConnectOptions,
    token_source::TokenCache,
    token_source_sqlx::sqlx::{
        self, AssertSqlSafe, MySql, pool::PoolConnection, query_as, query_scalar,
    },
};

struct SeaOrm;

/// sea-orm hands out no connection of its pool, so it is the pool below that is asked for one.
impl Adapter for SeaOrm {
    const NAME: &'static str = "sea_orm";
    // There is always a pool.
    const NOT_THERE: FailureKind = FailureKind::Timeout;
    const DRIVER_LOGS: &'static str = "sqlx::query";

    type Pool = Database;
    type Connection = PoolConnection<MySql>;

    async fn start(settings: &Settings) -> Result<(), Failure> {
        let database = Database::connect(settings, options(1)).await;
        database.map(drop).map_err(|error| failure(&error))
    }

    /// There is always a pool. It opens a connection when it is made.
    async fn connect(settings: &Settings, tokens: TokenCache) -> Result<(), Failure> {
        let connector = Connector::with_tokens(settings, tokens);
        let database = Database::connect_with(connector, options(1)).await;
        let database = database.map_err(|error| failure(&error))?;
        database.pool().close().await;
        Ok(())
    }

    async fn pool(
        settings: &Settings,
        tokens: TokenCache,
        max_size: u32,
    ) -> Result<Database, Failure> {
        let mut options = options(max_size);
        options.connect_lazy(true);
        Database::connect_with(Connector::with_tokens(settings, tokens), options)
            .await
            .map_err(|error| failure(&error))
    }

    async fn get(database: &Database) -> Result<PoolConnection<MySql>, Failure> {
        let connection = database.pool().acquire().await;
        connection.map_err(|error| failure(&error.into()))
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

    fn shown(database: &Database, connection: &PoolConnection<MySql>) -> String {
        format!("{database:?} {:?} {connection:?}", **database)
    }
}

fn options(max_size: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new("mysql://");
    // The default, but for a thousand connections at once: each parses the web's roots anew.
    let patience = if max_size < 100 { 30 } else { 50 };
    options
        .max_connections(max_size)
        .acquire_timeout(Duration::from_secs(patience));
    options
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
    adapter_conformance::main([Suite::of::<SeaOrm>()])
}
