use std::{fmt, sync::Arc};

use super::{handle::TokenCache, shared::Shared};
use crate::{Clock, RefreshPolicy, TokenSource, clock::SystemClock};

/// Makes a [`TokenCache`] with another clock or policy than the default ones.
///
/// ```
/// use std::time::Duration;
/// use token_source::{Cloud, RefreshPolicy, TokenCache, entra::ManagedIdentity};
///
/// let tokens = TokenCache::builder(ManagedIdentity::system_assigned(&Cloud::PUBLIC))
///     .policy(RefreshPolicy::default().with_fetch_timeout(Duration::from_secs(10)))
///     .build();
/// ```
pub struct TokenCacheBuilder {
    source: Arc<dyn TokenSource>,
    clock: Box<dyn Clock>,
    policy: RefreshPolicy,
}

impl TokenCache {
    /// A cache over `source`, empty at first. Nothing is fetched before the first token is asked
    /// for.
    pub fn new(source: impl TokenSource + 'static) -> Self {
        Self::builder(source).build()
    }

    /// The same with another clock or policy.
    pub fn builder(source: impl TokenSource + 'static) -> TokenCacheBuilder {
        TokenCacheBuilder::new(source)
    }
}

impl TokenCacheBuilder {
    fn new(source: impl TokenSource + 'static) -> Self {
        Self {
            source: Arc::new(source),
            clock: Box::new(SystemClock),
            policy: RefreshPolicy::default(),
        }
    }

    /// Sets the wall clock. Defaults to the system's; tests bring their own.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Sets when tokens are refreshed. Defaults to [`RefreshPolicy::default`], whose figures are told
    /// in [`defaults`](crate::defaults).
    #[must_use]
    pub fn policy(mut self, policy: RefreshPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Makes the cache, empty.
    pub fn build(self) -> TokenCache {
        TokenCache(Arc::new(Shared::new(self.source, self.clock, self.policy)))
    }
}

impl fmt::Debug for TokenCacheBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCacheBuilder")
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
