use std::{fmt, sync::Arc, time::Duration};

use tokio::runtime::Handle;

use super::{
    shared::{Next, Shared},
    status::Status,
    updates::Updates,
};
use crate::{Error, Token};

/// A token that is always valid when it is asked for: fetched once, shared by all, refreshed ahead
/// of time.
///
/// The cache is a handle. Clones share the token, and one fetch serves them all.
///
/// | the token is | a caller gets |
/// |---|---|
/// | fresh | the token, at once |
/// | stale | the token, at once; one refresh is under way |
/// | stale and about to expire | the new token; or the old one, if the refresh fails or takes too long |
/// | expired, or there is none | the new token, or why there is none |
///
/// From the first fetch on, a task refreshes the token ahead of time even if nobody asks for it. The
/// task ends with the last handle.
///
/// A failed refresh never takes away a token that is still valid. After a failure the next attempt
/// waits, longer each time and never in step with other processes; callers that have no valid token
/// get the last error at once instead of hammering the endpoint.
///
/// ```
/// # async fn run() -> Result<(), token_source::Error> {
/// use token_source::{Cloud, TokenCache, entra::ManagedIdentity};
///
/// let tokens = TokenCache::new(ManagedIdentity::system_assigned(&Cloud::PUBLIC));
/// let token = tokens.token().await?;
/// println!("valid until {:?}", token.expires_on());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TokenCache(pub(super) Arc<Shared>);

/// What came of a token that a server had refused.
#[derive(Clone, Debug)]
pub enum Replacement {
    /// Another token. Logging in once more may help.
    New(Token),
    /// The endpoint gave out the same token again, or the one before was refused just now and it is
    /// too early for one more. Logging in once more will not help. Managed
    /// identity endpoints keep a token for hours, and no request makes them fetch another one:
    /// <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/managed-identities-faq>.
    Same(Token),
}

impl TokenCache {
    /// A token that is valid now.
    ///
    /// Waits only while there is no valid token, or only one that is about to expire. To give up
    /// sooner, wrap the call in `tokio::time::timeout`: the fetch goes on for the others.
    ///
    /// # Errors
    ///
    /// Why no token could be fetched, if there is none that is still valid. Also if called outside
    /// a tokio runtime while a fetch is due and there is none.
    ///
    /// # Panics
    ///
    /// If it has to wait in a tokio runtime that has no timers (`enable_time`).
    pub async fn token(&self) -> Result<Token, Error> {
        if let Some(token) = self.0.token_at_once() {
            return Ok(token);
        }
        // Outside a runtime there is no time limit, and no fetch to wait for either.
        let time_to_spare = self
            .0
            .time_to_spare()
            .filter(|_| Handle::try_current().is_ok());
        let result = match time_to_spare {
            Some(time) => match self.next_token_within(time).await {
                Some(result) => result,
                // There is still time to log in with the current one, unless the clock has jumped.
                None => match self.0.valid_token() {
                    Some(token) => return Ok(token),
                    None => self.next_token().await,
                },
            },
            None => self.next_token().await,
        };
        match result {
            Ok(token) if self.0.is_valid(&token) => Ok(token),
            // Between its coming and this caller's turn the machine slept.
            Ok(_expired) => self.next_token().await,
            Err(error) => self.0.valid_token().ok_or(error),
        }
    }

    /// Says that a server has refused `token`, and waits for another one.
    ///
    /// However many callers report the same token, it costs one fetch. Until the fetch is over,
    /// callers of [`token`](Self::token) wait for it too. If it fails, they go on getting the
    /// refused token at once while further attempts are made behind them: one server's refusal may
    /// be a mistake in that server's accounts. For the same reason replacements are spaced: while
    /// one token after the other is refused, the answer is [`Replacement::Same`] for up to a minute.
    ///
    /// # Errors
    ///
    /// Why no other token could be fetched. Also if called outside a tokio runtime while a fetch is
    /// due.
    ///
    /// # Panics
    ///
    /// As [`token`](Self::token).
    pub async fn reject(&self, token: &Token) -> Result<Replacement, Error> {
        let current = match self.0.refuse(token) {
            Some(current) => current,
            None => self.next_token().await?,
        };
        Ok(if current.has_same_secret(token) {
            Replacement::Same(current)
        } else {
            Replacement::New(current)
        })
    }

    /// Follows the token: yields the current one, if there is one, and then each new one.
    ///
    /// It does not fetch by itself and does not keep the cache alive.
    pub fn subscribe(&self) -> Updates {
        self.0.subscribe()
    }

    /// How the cache is doing, for readiness probes and metrics. Fetches nothing.
    pub fn status(&self) -> Status {
        self.0.status()
    }

    async fn next_token_within(&self, time: Duration) -> Option<Result<Token, Error>> {
        tokio::time::timeout(time, self.next_token()).await.ok()
    }

    /// Joins the fetch under way, or starts one, and waits for its end.
    async fn next_token(&self) -> Result<Token, Error> {
        loop {
            match self.0.join_or_start() {
                Next::Ready(token) => return Ok(token),
                Next::NotYet { error, .. } => return Err(error),
                Next::UnderWay(fetch) => {
                    if let Some(outcome) = self.0.wait_for(fetch).await {
                        return outcome;
                    }
                }
            }
        }
    }
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache")
            .field("current", &self.0.current())
            .finish_non_exhaustive()
    }
}
