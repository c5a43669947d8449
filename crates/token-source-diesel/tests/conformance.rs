//! The suite that all adapters pass.

use std::process::ExitCode;

use adapter_conformance::{Adapter, Failure, FailureKind, Suite};
use azure_mysql::Settings;
use token_source_diesel::{
    Connector, Error, ErrorKind, Pool, PooledConnection,
    diesel::{QueryableByName, sql_query, sql_types::Text},
    diesel_async::{RunQueryDsl, pooled_connection::deadpool::Object},
    token_source::TokenCache,
};

struct Diesel;

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Text)]
    answer: String,
}

impl Adapter for Diesel {
    const NAME: &'static str = "diesel_deadpool";

    type Pool = Pool;
    type Connection = PooledConnection;

    async fn pool(settings: &Settings, tokens: TokenCache, max_size: u32) -> Result<Pool, Failure> {
        let connector = Connector::with_tokens(settings, tokens);
        Ok(Pool::new(connector, max_size as usize))
    }

    async fn get(pool: &Pool) -> Result<PooledConnection, Failure> {
        pool.get().await.map_err(|error| failure(&error))
    }

    async fn text(connection: &mut PooledConnection, query: &str) -> Result<String, Failure> {
        // diesel reads columns by name.
        let query = format!("{query} AS answer");
        let answer: Result<Answer, _> = sql_query(query).get_result(&mut **connection).await;
        answer
            .map(|it| it.answer)
            .map_err(|error| Failure::new(FailureKind::Other, &error))
    }

    async fn close(connection: PooledConnection) {
        drop(Object::take(connection));
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
    adapter_conformance::main([Suite::of::<Diesel>()])
}
