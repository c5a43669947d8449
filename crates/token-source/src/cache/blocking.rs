//! For threads that cannot wait asynchronously.

use std::{
    cell::Cell,
    io,
    sync::{
        OnceLock,
        mpsc::{RecvTimeoutError, sync_channel},
    },
};

use tokio::runtime::{Builder, Runtime};

use super::handle::{Replacement, TokenCache};
use crate::{Error, ErrorKind, Token};

/// Where fetches of synchronous programs run: one thread for all caches, started with the first.
static RUNTIME: OnceLock<Runtime> = OnceLock::new();

thread_local! {
    /// Whether this is a thread of that runtime. To block it would stop what it waits for.
    static IS_OURS: Cell<bool> = const { Cell::new(false) };
}

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
    /// As for [`token`](Self::token). Also if called by a token source: it has to await instead.
    pub fn blocking_token(&self) -> Result<Token, Error> {
        let runtime = runtime()?;
        // A stale token starts a refresh, and that has to have a runtime to run on.
        let entered = runtime.enter();
        if let Some(token) = self.0.token_at_once() {
            return Ok(token);
        }
        drop(entered);
        let cache = self.clone();
        self.wait(runtime, async move { cache.token().await })
    }

    /// The same as [`reject`](Self::reject), for such a thread.
    ///
    /// # Errors
    ///
    /// As for [`reject`](Self::reject) and [`blocking_token`](Self::blocking_token).
    pub fn blocking_reject(&self, token: &Token) -> Result<Replacement, Error> {
        let (cache, token) = (self.clone(), token.clone());
        self.wait(runtime()?, async move { cache.reject(&token).await })
    }

    fn wait<T: Send + 'static>(
        &self,
        runtime: &Runtime,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        if IS_OURS.get() {
            return Err(Error::new(
                ErrorKind::Configuration,
                "a token source waits for a token by blocking; let it await `TokenCache::token`",
            ));
        }
        let (sender, receiver) = sync_channel(1);
        runtime.spawn(async move {
            // Nobody waits any more if it took too long.
            let _ = sender.send(work.await);
        });
        // Long enough for a fetch that is lost and the one that takes its place.
        let limit = self.0.patience().saturating_mul(2);
        receiver.recv_timeout(limit).unwrap_or_else(|error| {
            Err(match error {
                RecvTimeoutError::Timeout => Error::new(
                    ErrorKind::Timeout,
                    "no token came in time; check that no token source blocks its thread",
                ),
                RecvTimeoutError::Disconnected => Error::new(
                    ErrorKind::Panicked,
                    "the wait for a token ended in a panic; see its message on standard error",
                ),
            })
        })
    }
}

fn runtime() -> Result<&'static Runtime, Error> {
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("token-source")
        .on_thread_start(|| IS_OURS.set(true))
        .enable_all()
        .build()
        .map_err(no_runtime)?;
    if let Err(surplus) = RUNTIME.set(runtime) {
        // Another thread was quicker. To wait for its end is not allowed everywhere.
        surplus.shutdown_background();
    }
    RUNTIME
        .get()
        .ok_or_else(|| no_runtime(io::ErrorKind::Other.into()))
}

fn no_runtime(error: io::Error) -> Error {
    Error::with_source(
        ErrorKind::Configuration,
        "no thread could be started for fetching tokens; raise this process's limits",
        error,
    )
}
