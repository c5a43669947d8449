//! The suite that all adapters pass.

#[cfg(feature = "bb8")]
mod bb8;
mod deadpool;

use std::process::ExitCode;

use adapter_conformance::{Failure, FailureKind, Suite};
use token_source_mysql_async::{
    Connection, Connector, Error, ErrorKind,
    azure_mysql::Settings,
    mysql_async::{self, prelude::Queryable},
    token_source::TokenCache,
};

async fn connect(settings: &Settings, tokens: TokenCache) -> Result<(), Failure> {
    let connection = Connector::with_tokens(settings, tokens).connect().await;
    let connection = connection.map_err(|error| failure(&error))?;
    connection
        .disconnect()
        .await
        .map_err(|error| of_driver(&error))
}

async fn text(connection: &mut Connection, query: &str) -> Result<String, Failure> {
    match connection.query_first(query).await {
        Ok(text) => Ok(text.expect("a row")),
        Err(error) => Err(of_driver(&error)),
    }
}

async fn status(connection: &mut Connection, name: &str) -> Result<String, Failure> {
    let query = format!("SHOW STATUS LIKE '{name}'");
    let row: Option<(String, String)> = connection
        .query_first(query)
        .await
        .map_err(|error| of_driver(&error))?;
    let (_, value) = row.expect("a row");
    Ok(value)
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

fn of_driver(error: &mysql_async::Error) -> Failure {
    Failure::new(FailureKind::Other, error)
}

fn main() -> ExitCode {
    adapter_conformance::main([
        Suite::of::<deadpool::MysqlAsync>(),
        #[cfg(feature = "bb8")]
        Suite::of::<bb8::MysqlAsyncBb8>(),
    ])
}
