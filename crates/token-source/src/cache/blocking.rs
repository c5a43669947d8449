//! For threads that cannot wait asynchronously.

use std::{
    io,
    sync::{LazyLock, mpsc},
};

use tokio::runtime::{Builder, Runtime};

use super::TokenCache;
use crate::{Error, ErrorKind, Token};

/// Where fetches of synchronous programs run: one thread for all caches, started with the first.
static RUNTIME: LazyLock<io::Result<Runtime>> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("token-source")
        .enable_all()
        .build()
});

impl TokenCache {
    /// A token that is valid now, for a thread that is not in a runtime, or in a runtime's blocking
    /// section.
    ///
    /// The cache is the same one, with one fetch for all. Called from within an asynchronous task it
    /// blocks that task's thread; [`token`](Self::token) is for there.
    ///
    /// ```
    /// # fn run() -> Result<(), token_source::Error> {
    /// use token_source::{Cloud, TokenCache, entra::ManagedIdentity};
    ///
    /// let tokens = TokenCache::new(ManagedIdentity::system_assigned(&Cloud::PUBLIC));
    /// let token = tokens.blocking_token()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`token`](Self::token).
    pub fn blocking_token(&self) -> Result<Token, Error> {
        let runtime = RUNTIME.as_ref().map_err(|error| {
            Error::with_source(
                ErrorKind::Configuration,
                "no thread could be started for fetching tokens; raise this process's limits",
                io::Error::from(error.kind()),
            )
        })?;
        // A stale token starts a refresh, and that has to have a runtime to run on.
        let _entered = runtime.enter();
        if let Some(token) = self.0.token_at_once() {
            return Ok(token);
        }
        let (sender, receiver) = mpsc::sync_channel(1);
        let cache = self.clone();
        runtime.spawn(async move {
            // The receiver waits below, so this cannot fail.
            let _ = sender.send(cache.token().await);
        });
        receiver.recv().unwrap_or_else(|_| {
            Err(Error::new(
                ErrorKind::Panicked,
                "the wait for a token ended in a panic; see its message on standard error",
            ))
        })
    }
}
