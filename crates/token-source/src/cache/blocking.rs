//! For threads outside a tokio runtime.

use std::{
    cell::Cell,
    io,
    sync::{
        OnceLock,
        mpsc::{RecvTimeoutError, sync_channel},
    },
};

use tokio::runtime::{Builder, Handle, Runtime};

use super::token_cache::{RejectOutcome, TokenCache};
use crate::{Error, ErrorKind, Token};

/// Where fetches of synchronous programs run: one thread for all caches, started by the first call.
static RUNTIME: OnceLock<Runtime> = OnceLock::new();

thread_local! {
    /// Whether this thread belongs to that runtime. Blocking it would stop what it waits for.
    static IS_WORKER: Cell<bool> = const { Cell::new(false) };
}

impl TokenCache {
    /// Fetches a token in the background if there is none, so that the first login need not wait for it
    /// and [`Status::is_ready`](crate::Status::is_ready) becomes true without any login.
    ///
    /// Returns at once. It starts no second fetch beside one in flight, and is harmless to repeat. If
    /// the fetch fails, further attempts follow by themselves. Outside a tokio runtime it runs on the
    /// thread that serves [`blocking_token`](Self::blocking_token).
    ///
    /// ```
    /// # async fn run() {
    /// use token_source::{Readiness, TokenCache, entra::ManagedIdentity};
    ///
    /// let source = ManagedIdentity::system_assigned("https://vault.azure.net/.default");
    /// let tokens = TokenCache::new(source);
    /// assert_eq!(tokens.status().readiness(), Readiness::Idle);
    /// tokens.warm_up();
    /// assert_eq!(tokens.status().readiness(), Readiness::Fetching);
    /// # }
    /// ```
    pub fn warm_up(&self) {
        if Handle::try_current().is_ok() {
            self.0.join_or_start();
            return;
        }
        match runtime() {
            Ok(runtime) => {
                let _entered = runtime.enter();
                self.0.join_or_start();
            }
            Err(error) => tracing::warn!(%error, "no token is fetched in the background"),
        }
    }

    /// A token that is valid now, for a thread outside a runtime, or in a runtime's blocking section.
    ///
    /// The cache is the same one, with one fetch for all. Called from within an asynchronous task it
    /// blocks that task's thread; call [`token`](Self::token) there.
    ///
    /// ```
    /// # fn run() -> Result<(), token_source::Error> {
    /// use token_source::{TokenCache, entra::ManagedIdentity};
    ///
    /// let source = ManagedIdentity::system_assigned("https://vault.azure.net/.default");
    /// let tokens = TokenCache::new(source);
    /// let token = tokens.blocking_token()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`token`](Self::token). Also if a token source calls it: that has to await instead.
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

    /// [`reject`](Self::reject) for such a thread.
    ///
    /// # Errors
    ///
    /// As [`reject`](Self::reject) and [`blocking_token`](Self::blocking_token).
    pub fn blocking_reject(&self, token: &Token) -> Result<RejectOutcome, Error> {
        let (cache, token) = (self.clone(), token.clone());
        self.wait(runtime()?, async move { cache.reject(&token).await })
    }

    fn wait<T: Send + 'static>(
        &self,
        runtime: &Runtime,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        if IS_WORKER.get() {
            return Err(Error::new(
                ErrorKind::Configuration,
                "a token source blocks while it waits for a token; let it await `TokenCache::token`",
            ));
        }
        let (sender, receiver) = sync_channel(1);
        runtime.spawn(async move {
            // The caller is gone if it took too long.
            let _ = sender.send(work.await);
        });
        // Long enough for a lost fetch and its replacement.
        let limit = self.0.longest_wait().saturating_mul(2);
        receiver.recv_timeout(limit).unwrap_or_else(|error| {
            Err(match error {
                RecvTimeoutError::Timeout => Error::new(
                    ErrorKind::Timeout,
                    "no token arrived in time; check that no token source blocks its thread",
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
        .on_thread_start(|| IS_WORKER.set(true))
        .enable_all()
        .build()
        .map_err(no_runtime)?;
    if let Err(surplus) = RUNTIME.set(runtime) {
        // Another thread was quicker. Waiting for the end of this one is not allowed everywhere.
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
