//! The suite that all adapters pass.

use std::process::ExitCode;

use adapter_conformance::{Adapter, Failure, FailureKind, Suite};
use azure_mysql::Settings;
use token_source_mysql_async::{
    Connector, Error, ErrorKind, Pool, PoolOptions, PooledConnection,
    mysql_async::prelude::Queryable, token_source::TokenCache,
};

struct MysqlAsync;

impl Adapter for MysqlAsync {
    const NAME: &'static str = "mysql_async";

    type Pool = Pool;
    type Connection = PooledConnection;

    async fn pool(settings: &Settings, tokens: TokenCache, max_size: u32) -> Result<Pool, Failure> {
        let options = PoolOptions::default().with_max_size(max_size as usize);
        Ok(Pool::new(Connector::with_tokens(settings, tokens), options))
    }

    async fn get(pool: &Pool) -> Result<PooledConnection, Failure> {
        pool.get_conn().await.map_err(|error| failure(&error))
    }

    async fn text(connection: &mut PooledConnection, query: &str) -> Result<String, Failure> {
        match connection.query_first(query).await {
            Ok(text) => Ok(text.expect("a row")),
            Err(error) => Err(Failure::new(FailureKind::Other, &error)),
        }
    }

    async fn close(connection: PooledConnection) {
        // A server that has gone away need not be told.
        let _ = connection.take().disconnect().await;
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
    adapter_conformance::main([Suite::of::<MysqlAsync>()])
}
