use std::{fmt, sync::Arc, time::Duration};

use super::{state::CacheState, token_cache::TokenCache};
use crate::{Clock, TokenSource, clock::SystemClock, policy::FETCH_TIMEOUT};

/// Makes a [`TokenCache`] with another clock or time limit than the default ones.
///
/// ```
/// use std::time::Duration;
/// use token_source::{TokenCache, entra::ManagedIdentity};
///
/// let source = ManagedIdentity::system_assigned("https://vault.azure.net/.default");
/// let tokens = TokenCache::builder(source)
///     .fetch_timeout(Duration::from_secs(10))
///     .build();
/// ```
pub struct TokenCacheBuilder {
    source: Arc<dyn TokenSource>,
    clock: Box<dyn Clock>,
    fetch_timeout: Duration,
}

impl TokenCache {
    /// A cache over `source`, empty at first. Nothing is fetched before somebody asks for a token or
    /// calls [`warm_up`](Self::warm_up).
    pub fn new(source: impl TokenSource + 'static) -> Self {
        Self::builder(source).build()
    }

    /// The same with another clock or time limit.
    pub fn builder(source: impl TokenSource + 'static) -> TokenCacheBuilder {
        TokenCacheBuilder {
            source: Arc::new(source),
            clock: Box::new(SystemClock),
            fetch_timeout: FETCH_TIMEOUT,
        }
    }
}

impl TokenCacheBuilder {
    /// Sets the wall clock. Defaults to the system's; tests bring their own.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Sets how long one fetch may take. Defaults to 30 s, for the reason given in
    /// [`defaults`](crate::defaults).
    #[must_use]
    pub fn fetch_timeout(mut self, timeout: Duration) -> Self {
        self.fetch_timeout = timeout;
        self
    }

    /// Makes the cache, empty.
    pub fn build(self) -> TokenCache {
        TokenCache::over(CacheState::new(self.source, self.clock, self.fetch_timeout))
    }
}

impl fmt::Debug for TokenCacheBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCacheBuilder")
            .field("fetch_timeout", &self.fetch_timeout)
            .finish_non_exhaustive()
    }
}
