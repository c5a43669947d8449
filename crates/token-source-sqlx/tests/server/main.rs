//! What this adapter promises besides what all adapters do, kept by a server: the embedded one, or the
//! one that `TEST_SERVER` names. One file a promise.

mod migrations_run;
mod no_expired_token_is_sent;
mod only_verified_tls;
mod rotation_is_not_noticed;
mod the_follower_ends_with_the_pool;
mod the_pool_is_the_drivers_own;
mod tokens_stay_secret;

use std::time::Duration;

use test_servers::{ServerKind, ServerTls, TestEnv};
use token_source_sqlx::{
    Connector, Pool,
    sqlx::{
        self, MySql, MySqlConnection, mysql::MySqlPoolOptions, pool::PoolConnection, query_scalar,
    },
    token_source::{Error, Token, TokenCache, TokenSource},
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

/// A pool with one open connection, and room for `max_connections`.
async fn pool_of(env: &TestEnv, max_connections: u32) -> Pool {
    let options = MySqlPoolOptions::new().max_connections(max_connections);
    let pool = Pool::new(connector(env), options);
    drop(pool.acquire().await.unwrap());
    pool
}

/// A source that never answers.
struct Silent;

#[async_trait::async_trait]
impl TokenSource for Silent {
    async fn fetch(&self) -> Result<Token, Error> {
        std::future::pending().await
    }
}

async fn connection_id(connection: &mut MySqlConnection) -> u64 {
    query_scalar("SELECT CONNECTION_ID()")
        .fetch_one(connection)
        .await
        .unwrap()
}

/// Takes a connection by the driver's own method, which knows nothing of tokens.
async fn acquire_natively(pool: &Pool) -> sqlx::Result<PoolConnection<MySql>> {
    (**pool).acquire().await
}
