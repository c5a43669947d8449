use std::fmt;

use tokio::sync::watch;

use crate::Token;

/// The tokens of a cache, one after the other; from [`TokenCache::subscribe`].
///
/// [`TokenCache::subscribe`]: crate::TokenCache::subscribe
pub struct Updates {
    tokens: watch::Receiver<Option<Token>>,
    has_begun: bool,
}

impl Updates {
    pub(super) fn new(tokens: watch::Receiver<Option<Token>>, with_current: bool) -> Self {
        Self {
            tokens,
            has_begun: !with_current,
        }
    }

    /// The next token. Skips those that have been replaced since; `None` when the last handle of the
    /// cache is gone.
    ///
    /// Nothing is lost if the call is cancelled.
    pub async fn next(&mut self) -> Option<Token> {
        loop {
            if self.has_begun {
                self.tokens.changed().await.ok()?;
            }
            self.has_begun = true;
            if let Some(token) = self.tokens.borrow_and_update().clone() {
                return Some(token);
            }
        }
    }
}

impl fmt::Debug for Updates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Updates").finish_non_exhaustive()
    }
}
