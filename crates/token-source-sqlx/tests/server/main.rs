//! What this adapter promises besides what all adapters do, kept by a server: the embedded one, or the
//! one that `TEST_SERVER` names. One file a promise.

mod migrations_run;
mod no_expired_token_is_sent;
mod only_verified_tls;
mod rotation_is_not_noticed;
mod the_follower_ends_with_the_pool;
mod the_pool_is_the_drivers_own;
mod tokens_stay_secret;

use std::{ops::Deref, time::Duration};

use test_servers::{ServerKind, ServerTls};
use token_source_sqlx::{
    Connector, Pool,
    sqlx::{
        self, MySql, MySqlConnection, mysql::MySqlPoolOptions, pool::PoolConnection, query_scalar,
    },
    token_source::{Error, Token, TokenCache, TokenSource},
};

const TOKEN_LIFETIME: Duration = Duration::from_hours(1);

/// A server, and an account there that no other test uses.
struct Stage(adapter_conformance::Stage);

impl Stage {
    async fn new() -> Self {
        Self::with(ServerTls::Trusted).await
    }

    async fn with(tls: ServerTls) -> Self {
        let server = ServerKind::from_env().unwrap();
        Self(adapter_conformance::Stage::with_tls(server, tls).await)
    }

    /// A server that no other test is on: for what makes tables.
    async fn alone() -> Self {
        let server = ServerKind::from_env().unwrap();
        Self(adapter_conformance::Stage::alone(server).await)
    }

    /// A connector whose tokens are good ones.
    fn connector(&self) -> Connector {
        self.connector_over(self.mint(TOKEN_LIFETIME))
    }

    fn connector_over(&self, source: impl TokenSource + 'static) -> Connector {
        Connector::with_tokens(&self.settings(), TokenCache::new(source))
    }

    /// A pool with one open connection, and room for `max_connections`.
    async fn pool_of(&self, max_connections: u32) -> Pool {
        let options = MySqlPoolOptions::new().max_connections(max_connections);
        let pool = Pool::new(self.connector(), options);
        drop(pool.acquire().await.unwrap());
        pool
    }
}

impl Deref for Stage {
    type Target = adapter_conformance::Stage;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
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
