//! What the adapter promises, kept against a real server: MySQL, or the one that `TEST_SERVER`
//! names. One file a promise.

mod ask;
mod log;
mod migrations_and_transactions_work;
mod only_verified_tls;
mod pools_are_like_diesels_own;
mod refused_logins_say_why;
mod rotation_is_not_noticed;
mod tokens_stay_secret;
mod without_async_all_is_the_same;

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use azure_mysql_emulator::{Emulator, Principal};
use test_servers::{Sandbox, ServerKind, ServerTls};
use token_source_diesel::{
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
        (self.connector_over(mint.clone()), mint)
    }

    /// A connector that logs in with this token.
    fn connector_with_token(&self, token: &str) -> Connector {
        self.connector_with_tokens([token])
    }

    /// A connector that gets these tokens one after the other, and the last one for ever.
    fn connector_with_tokens<const N: usize>(&self, tokens: [&str; N]) -> Connector {
        self.connector_over(Given(Mutex::new(tokens.map(str::to_owned).into())))
    }

    fn connector_over(&self, source: impl TokenSource + 'static) -> Connector {
        Connector::with_tokens(
            &self.sandbox.settings(&self.principal),
            TokenCache::new(source),
        )
    }

    /// How many tokens have reached the server so far.
    fn tokens_received(&self) -> usize {
        self.sandbox.log().matches("token received").count()
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

/// Gives out tokens in turn, whatever they are worth.
struct Given(Mutex<VecDeque<String>>);

#[async_trait::async_trait]
impl TokenSource for Given {
    async fn fetch(&self) -> Result<Token, Error> {
        let mut left = self.0.lock().unwrap();
        let secret = if left.len() > 1 {
            left.pop_front().unwrap()
        } else {
            left[0].clone()
        };
        Ok(Token::new(secret, SystemTime::now() + TOKEN_LIFETIME))
    }
}

/// Runs what blocks where it may, and goes on with its panic if it panics.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
