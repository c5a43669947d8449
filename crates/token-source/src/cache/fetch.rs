//! One fetch, from its start to its outcome: a single flight that all callers share.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::{
    sync::watch,
    task::{AbortHandle, JoinSet},
    time::{Instant, timeout},
};
use tracing::Instrument;

use crate::{Error, ErrorKind, Token, TokenSource};

/// How a fetch ended, for all that waited for it.
pub(super) type Outcome = Result<Token, Error>;

/// Where to wait for the outcome. Its sender is gone if the fetch was lost.
pub(super) type OutcomeReceiver = watch::Receiver<Option<Outcome>>;

/// A fetch in flight.
pub(super) struct Fetch {
    /// Tells it from others.
    pub(super) number: u64,
    pub(super) started: Instant,
    pub(super) outcome: OutcomeReceiver,
    pub(super) task: AbortHandle,
}

impl Fetch {
    /// Whether the runtime that it runs on still exists.
    pub(super) fn is_alive(&self) -> bool {
        self.outcome.has_changed().is_ok()
    }
}

/// A task of its own: a cancelled caller takes nothing away from the others. `finish` must not keep
/// the cache alive; it returns nothing if the outcome is of no use any more.
pub(super) async fn run(
    source: Arc<dyn TokenSource>,
    limit: Duration,
    finish: impl FnOnce(Outcome, Duration) -> Option<Outcome>,
    sender: watch::Sender<Option<Outcome>>,
) {
    let started = Instant::now();
    let result = fetch(source, limit).await;
    if let Some(outcome) = finish(result, started.elapsed()) {
        sender.send_replace(Some(outcome));
    }
}

/// In a task of its own, so that a panic of the source is an error like any other.
async fn fetch(source: Arc<dyn TokenSource>, limit: Duration) -> Outcome {
    // The set aborts its task when it is dropped with this one.
    let mut tasks = JoinSet::new();
    tasks.spawn(
        async move { timeout(limit, source.fetch()).await }
            .instrument(tracing::debug_span!("token_fetch")),
    );
    match tasks.join_next().await {
        Some(Ok(Ok(result))) => result,
        Some(Ok(Err(_elapsed))) => Err(Error::new(
            ErrorKind::Timeout,
            format!(
                "no token arrived within {} s; check that the token endpoint can be reached",
                limit.as_secs_f64()
            ),
        )),
        Some(Err(ended)) if ended.is_panic() => Err(Error::new(
            ErrorKind::Panicked,
            "the token source panicked; see its message on standard error",
        )),
        // The runtime is shutting down, and this task with it: the fetch is lost, not failed.
        Some(Err(_)) | None => std::future::pending().await,
    }
}

/// Logs how a fetch ended. Times are in seconds.
pub(super) fn log(outcome: &Outcome, took: Duration, now: SystemTime) {
    let until = |time: SystemTime| time.duration_since(now).unwrap_or_default().as_secs_f64();
    let took_s = took.as_secs_f64();
    match outcome {
        Ok(token) => tracing::debug!(
            took_s,
            expires_in_s = until(token.expires_on()),
            refresh_in_s = token.refresh_on().map(until),
            "token fetched"
        ),
        Err(error) => tracing::warn!(
            took_s,
            kind = ?error.kind(),
            %error,
            "token could not be fetched"
        ),
    }
}
