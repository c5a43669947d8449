use std::sync::Arc;

use async_trait::async_trait;

use crate::{Error, Token};

/// Somewhere that tokens come from.
///
/// A source fetches and nothing else: each call asks the endpoint anew. Keeping, sharing and
/// refreshing tokens is the work of [`TokenCache`](crate::TokenCache).
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
    /// Whatever kept the token from being fetched. The text must not hold a secret: it is logged.
    async fn fetch(&self) -> Result<Token, Error>;
}

#[async_trait]
impl<S: TokenSource + ?Sized> TokenSource for Arc<S> {
    async fn fetch(&self) -> Result<Token, Error> {
        (**self).fetch().await
    }
}
