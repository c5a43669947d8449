//! What the adapter promises, kept against a real server: MySQL, or the one that `TEST_SERVER`
//! names. One file a promise.

mod migrations_run;
mod no_expired_token_is_sent;
mod only_verified_tls;
mod refused_logins_say_why;
mod rotation_is_not_noticed;
mod sources;
mod the_follower_ends_with_the_pool;
mod the_pool_is_the_drivers_own;
mod tokens_stay_secret;

use std::{sync::Arc, time::Duration};

use azure_mysql_emulator::{Emulator, Principal};
use sources::{Given, Mint};
use test_servers::{Sandbox, ServerKind, ServerTls};
use token_source_sqlx::{
    Connector, Pool,
    sqlx::{
        self, MySql, MySqlConnection, mysql::MySqlPoolOptions, pool::PoolConnection, query_scalar,
    },
    token_source::{TokenCache, TokenSource},
};

const TOKEN_LIFETIME: Duration = Duration::from_hours(1);

/// A server with one account, and that account's principal.
struct Stage {
    sandbox: Arc<Sandbox>,
    principal: Principal,
}

impl Stage {
    async fn new() -> Self {
        Self::with(ServerTls::Trusted, TOKEN_LIFETIME).await
    }

    async fn with(tls: ServerTls, token_lifetime: Duration) -> Self {
        let principal = Principal::system_assigned("aad_app");
        let sandbox = Sandbox::builder(ServerKind::from_env().unwrap())
            .principal(principal.clone())
            .token_lifetime(token_lifetime)
            .tls(tls)
            .start()
            .await
            .unwrap();
        Self {
            sandbox: Arc::new(sandbox),
            principal,
        }
    }

    fn emulator(&self) -> &Emulator {
        self.sandbox.emulator()
    }

    /// A connector whose tokens are good ones.
    fn connector(&self) -> Connector {
        self.connector_over(self.mint(TOKEN_LIFETIME))
    }

    /// A connector that logs in with this token.
    fn connector_with_token(&self, token: &str) -> Connector {
        self.connector_over(Given(token.to_owned()))
    }

    fn connector_over(&self, source: impl TokenSource + 'static) -> Connector {
        let settings = self.sandbox.settings(&self.principal);
        Connector::with_tokens(&settings, TokenCache::new(source))
    }

    fn mint(&self, token_lifetime: Duration) -> Mint {
        Mint {
            sandbox: Arc::clone(&self.sandbox),
            principal: self.principal.clone(),
            token_lifetime,
            fetches: Arc::default(),
        }
    }

    /// A pool with one open connection, and room for `max_connections`.
    async fn pool_of(&self, max_connections: u32) -> Pool {
        let options = MySqlPoolOptions::new().max_connections(max_connections);
        let pool = Pool::new(self.connector(), options);
        drop(pool.acquire().await.unwrap());
        pool
    }

    /// How many tokens have reached the server so far.
    fn tokens_received(&self) -> usize {
        self.sandbox.log().matches("token received").count()
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
