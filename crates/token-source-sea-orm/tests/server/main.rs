//! What the adapter promises, kept against a real server: MySQL, or the one that `TEST_SERVER`
//! names. One file a promise.

mod migrations_run;
mod no_expired_token_is_sent;
mod only_verified_tls;
mod refused_logins_say_why;
mod rotation_is_not_noticed;
mod sources;
mod the_options_are_honoured;
mod tokens_stay_secret;

use std::{sync::Arc, time::Duration};

use azure_mysql_emulator::Principal;
use sources::{Given, Mint};
use test_servers::{Sandbox, ServerKind, ServerTls};
use token_source_sea_orm::{
    Connector, Database,
    sea_orm::{ConnectOptions, ConnectionTrait, DbErr, Statement, TryGetable},
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

    async fn database(&self) -> Database {
        Database::connect_with(self.connector(), options())
            .await
            .unwrap()
    }

    /// A token that no server takes.
    fn bad_token(&self) -> String {
        let token = self.sandbox.emulator().token(&self.principal);
        token.signed_by_another_key().build()
    }

    /// How many tokens have reached the server so far.
    fn tokens_received(&self) -> usize {
        self.sandbox.log().matches("token received").count()
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
