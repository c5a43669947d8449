use std::time::SystemTime;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::{Error, Token, TokenSource};

/// A token that you already have, for tests and scripts.
///
/// Each fetch returns the same one, even after it has expired: there is nothing to refresh it from. For
/// anything that outlives the token, use a source that fetches.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use token_source::{TokenCache, entra::StaticToken};
///
/// # async fn run() -> Result<(), token_source::Error> {
/// // For instance from `az account get-access-token --resource-type oss-rdbms`.
/// let expires_on = SystemTime::now() + Duration::from_secs(3600);
/// let tokens = TokenCache::new(StaticToken::new("eyJ...", expires_on));
/// assert_eq!(tokens.token().await?.secret(), "eyJ...");
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(run()).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct StaticToken(Token);

impl StaticToken {
    /// The token `secret`, which is valid until `expires_on`.
    pub fn new(secret: impl Into<SecretString>, expires_on: SystemTime) -> Self {
        Self(Token::new(secret, expires_on))
    }
}

#[async_trait]
impl TokenSource for StaticToken {
    async fn fetch(&self) -> Result<Token, Error> {
        Ok(self.0.clone())
    }
}
