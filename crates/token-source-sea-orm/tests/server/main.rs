//! What this adapter promises besides what all adapters do, kept by a server: the embedded one, or the
//! one that `TEST_SERVER` names. One file a promise.

mod migrations_run;
mod no_expired_token_is_sent;
mod only_verified_tls;
mod refused_logins_say_why;
mod rotation_is_not_noticed;
mod the_options_are_honoured;
mod tokens_stay_secret;

use std::{ops::Deref, time::Duration};

use test_servers::{ServerKind, ServerTls};
use token_source_sea_orm::{
    Connector, Database,
    sea_orm::{ConnectOptions, ConnectionTrait, DbErr, Statement, TryGetable},
    token_source::{TokenCache, TokenSource},
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

    async fn database(&self) -> Database {
        Database::connect_with(self.connector(), options())
            .await
            .unwrap()
    }
}

impl Deref for Stage {
    type Target = adapter_conformance::Stage;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
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
