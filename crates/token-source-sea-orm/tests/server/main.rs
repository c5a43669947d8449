//! What this adapter promises besides what all adapters do, kept by a server: the embedded one, or the
//! one that `TEST_SERVER` names. One file a promise.

mod migrations_run;
mod no_expired_token_is_sent;
mod only_verified_tls;
mod refused_logins_say_why;
mod rotation_is_not_noticed;
mod the_options_are_honoured;
mod tokens_stay_secret;

use std::time::Duration;

use test_servers::{ServerKind, ServerTls, TestEnv};
use token_source_sea_orm::{
    Connector, Database,
    sea_orm::{ConnectOptions, ConnectionTrait, DbErr, Statement, TryGetable},
    token_source::{TokenCache, TokenSource},
};

const TOKEN_LIFETIME: Duration = Duration::from_hours(1);

/// A server, and an account there that no other test uses.
async fn shared_env() -> TestEnv {
    shared_env_with(ServerTls::Trusted).await
}

/// The same, where a client that verifies the server finds this.
async fn shared_env_with(tls: ServerTls) -> TestEnv {
    let server = ServerKind::from_env().unwrap();
    TestEnv::shared(server, tls, &[]).await.unwrap()
}

/// A server that no other test uses: for what makes tables.
async fn own_env() -> TestEnv {
    let server = ServerKind::from_env().unwrap();
    TestEnv::builder(server).start().await.unwrap()
}

/// A connector whose tokens the server accepts.
fn connector(env: &TestEnv) -> Connector {
    Connector::with_tokens(&env.settings(), env.token_cache())
}

fn connector_over(env: &TestEnv, source: impl TokenSource + 'static) -> Connector {
    Connector::with_tokens(&env.settings(), TokenCache::new(source))
}

async fn database(env: &TestEnv) -> Database {
    Database::connect_with(connector(env), options())
        .await
        .unwrap()
}

fn options() -> ConnectOptions {
    ConnectOptions::new("mysql://")
}

/// The first column of the query's one row.
async fn value<T: TryGetable>(database: &impl ConnectionTrait, query: &str) -> Result<T, DbErr> {
    let statement = Statement::from_string(database.get_database_backend(), query);
    let row = database.query_one_raw(statement).await?;
    row.expect("one row").try_get_by_index(0)
}
