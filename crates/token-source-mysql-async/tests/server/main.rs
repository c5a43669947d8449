//! What the adapter promises, kept against a real server: MySQL, or the one that `TEST_SERVER`
//! names. One file a promise.

mod a_refused_login_is_tried_once_more;
mod only_verified_tls;
mod pooled_sessions_are_new;
mod pools_keep_their_limits;
mod refused_logins_say_why;
mod rotation_is_not_noticed;
mod tokens_stay_secret;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use azure_mysql_emulator::{Emulator, Principal};
use test_servers::{Sandbox, ServerKind, ServerTls};
use token_source_mysql_async::{
    Connector,
    token_source::{Error, Token, TokenCache, TokenSource},
};

const TOKEN_LIFETIME: Duration = Duration::from_secs(3600);

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
        let (connector, _) = self.connector_and_mint(TOKEN_LIFETIME);
        connector
    }

    fn connector_and_mint(&self, token_lifetime: Duration) -> (Connector, Mint) {
        let mint = Mint {
            sandbox: Arc::clone(&self.sandbox),
            principal: self.principal.clone(),
            token_lifetime,
            fetches: Arc::default(),
        };
        let tokens = TokenCache::new(mint.clone());
        (
            Connector::with_tokens(&self.sandbox.settings(&self.principal), tokens),
            mint,
        )
    }

    /// A connector that logs in with this token.
    fn connector_with_token(&self, token: &str) -> Connector {
        let tokens = TokenCache::new(Given(token.to_owned()));
        Connector::with_tokens(&self.sandbox.settings(&self.principal), tokens)
    }

    /// How many tokens have reached the server so far.
    fn tokens_received(&self) -> usize {
        self.sandbox.tokens_received()
    }
}

/// Gets tokens from the emulator without a request: a managed identity's address would have to be
/// in this process's environment.
#[derive(Clone)]
struct Mint {
    sandbox: Arc<Sandbox>,
    principal: Principal,
    token_lifetime: Duration,
    fetches: Arc<AtomicUsize>,
}

#[async_trait::async_trait]
impl TokenSource for Mint {
    async fn fetch(&self) -> Result<Token, Error> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        // Tokens count whole seconds, so this one ends up to a second before a full lifetime is
        // over.
        let since_1970 = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let issued = SystemTime::UNIX_EPOCH + Duration::from_secs(since_1970);
        let secret = self.sandbox.emulator().token_for(&self.principal);
        Ok(Token::new(secret, issued + self.token_lifetime))
    }
}

/// Gives out one token for ever, whatever it is worth.
struct Given(String);

#[async_trait::async_trait]
impl TokenSource for Given {
    async fn fetch(&self) -> Result<Token, Error> {
        Ok(Token::new(
            self.0.clone(),
            SystemTime::now() + TOKEN_LIFETIME,
        ))
    }
}
