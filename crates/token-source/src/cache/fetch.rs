//! One fetch, from its start to its outcome. It is a single flight: all callers share it.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    task::{AbortHandle, JoinSet},
    time::{Instant, timeout},
};
use tracing::Instrument;

use crate::{Error, ErrorKind, Token, TokenSource};

/// How a fetch ended, for all that waited for it.
pub(super) type Outcome = Result<Token, Error>;

/// Where the outcome can be waited for. Its sender is gone if the fetch was lost.
pub(super) type OutcomeReceiver = watch::Receiver<Option<Outcome>>;

/// A fetch under way.
pub(super) struct Fetch {
    /// Told from others by it.
    pub(super) number: u64,
    pub(super) started: Instant,
    pub(super) outcome: OutcomeReceiver,
    pub(super) task: AbortHandle,
}

/// A task of its own: a caller that is cancelled takes nothing away from the others.
///
/// `finish` takes in what `source` has brought and how long that took; it returns what callers get,
/// or `None` if nobody is left to get it.
pub(super) async fn run(
    source: Arc<dyn TokenSource>,
    limit: Duration,
    finish: impl FnOnce(Outcome, Duration) -> Option<Outcome>,
    sender: watch::Sender<Option<Outcome>>,
) {
    let started = Instant::now();
    let result = fetch(source, limit).await;
    let took = started.elapsed();
    if let Some(outcome) = finish(result, took) {
        report(&outcome, took);
        sender.send_replace(Some(outcome));
    }
}

/// In a task of its own, so that a panic of the source is an error like any other.
async fn fetch(source: Arc<dyn TokenSource>, limit: Duration) -> Outcome {
    // The set ends its task when it is dropped with this one.
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
                "no token came within {} s; check that the token endpoint can be reached",
                limit.as_secs_f64()
            ),
        )),
        Some(Err(ended)) if ended.is_panic() => Err(Error::new(
            ErrorKind::Panicked,
            "the token source panicked; see its message on standard error",
        )),
        // The runtime is being shut down, and this task with it: a fetch that is lost, not failed.
        Some(Err(_)) | None => std::future::pending().await,
    }
}

fn report(outcome: &Outcome, took: Duration) {
    match outcome {
        Ok(token) => tracing::debug!(
            ?took,
            expires_on = ?token.expires_on(),
            refresh_on = ?token.refresh_on(),
            "token fetched"
        ),
        Err(error) => tracing::warn!(
            ?took,
            kind = ?error.kind(),
            %error,
            "token could not be fetched"
        ),
    }
}
