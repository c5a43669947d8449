use std::sync::Arc;

use async_trait::async_trait;

use crate::{Error, Token};

/// Somewhere that tokens come from.
///
/// A source only fetches: each call asks the endpoint. [`TokenCache`](crate::TokenCache) keeps, shares
/// and refreshes tokens.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use token_source::{Error, Token, TokenSource};
///
/// struct Vault;
///
/// #[async_trait::async_trait]
/// impl TokenSource for Vault {
///     async fn fetch(&self) -> Result<Token, Error> {
///         Ok(Token::new("from-the-vault", SystemTime::now() + Duration::from_secs(900)))
///     }
/// }
/// ```
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// Fetches one token.
    ///
    /// # Errors
    ///
    /// Why no token could be fetched. The text must not hold a secret: it is logged.
    async fn fetch(&self) -> Result<Token, Error>;
}

#[async_trait]
impl<S: TokenSource + ?Sized> TokenSource for Arc<S> {
    async fn fetch(&self) -> Result<Token, Error> {
        (**self).fetch().await
    }
}
