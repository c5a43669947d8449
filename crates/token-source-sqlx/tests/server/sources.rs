//! Where the tokens of the tests come from.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use azure_mysql_emulator::Principal;
use test_servers::Sandbox;
use token_source_sqlx::token_source::{Error, ErrorKind, Token, TokenSource};

use crate::TOKEN_LIFETIME;

/// Gets tokens from the emulator without a request: a managed identity's address would have to be
/// in this process's environment.
#[derive(Clone)]
pub(crate) struct Mint {
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) principal: Principal,
    pub(crate) token_lifetime: Duration,
    pub(crate) fetches: Arc<AtomicUsize>,
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
pub(crate) struct Given(pub(crate) String);

#[async_trait::async_trait]
impl TokenSource for Given {
    async fn fetch(&self) -> Result<Token, Error> {
        Ok(Token::new(
            self.0.clone(),
            SystemTime::now() + TOKEN_LIFETIME,
        ))
    }
}

/// Gives out a token that no server takes, and good ones from then on.
pub(crate) struct BadAtFirst(pub(crate) Mint);

#[async_trait::async_trait]
impl TokenSource for BadAtFirst {
    async fn fetch(&self) -> Result<Token, Error> {
        let token = self.0.fetch().await?;
        if self.0.fetches.load(Ordering::SeqCst) > 1 {
            return Ok(token);
        }
        let forged = self.0.sandbox.emulator().token(&self.0.principal);
        Ok(Token::new(
            forged.signed_by_another_key().build(),
            token.expires_on(),
        ))
    }
}

/// Gives out one good token, and none from then on.
pub(crate) struct GoodOnce(pub(crate) Mint);

#[async_trait::async_trait]
impl TokenSource for GoodOnce {
    async fn fetch(&self) -> Result<Token, Error> {
        if self.0.fetches.load(Ordering::SeqCst) > 0 {
            return Err(Error::new(ErrorKind::Refused, "the secret has expired"));
        }
        self.0.fetch().await
    }
}

/// Never answers.
pub(crate) struct Silent;

#[async_trait::async_trait]
impl TokenSource for Silent {
    async fn fetch(&self) -> Result<Token, Error> {
        std::future::pending().await
    }
}
