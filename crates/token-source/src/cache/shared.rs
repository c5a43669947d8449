//! What the handles of a cache share.

#[cfg(not(shuttle))]
use std::sync::{Mutex, MutexGuard};
use std::{
    sync::{Arc, PoisonError, Weak},
    time::{Duration, SystemTime},
};

#[cfg(shuttle)]
use shuttle::sync::{Mutex, MutexGuard};

use tokio::{
    runtime::Handle,
    sync::watch,
    task::{AbortHandle, JoinSet},
    time::{Instant, timeout},
};
use tracing::Instrument;

use super::{LastFetch, Status, Updates, current::Current, keeper};
use crate::{Clock, Error, ErrorKind, RefreshPolicy, Token, TokenSource, TokenStatus};

/// How much longer than its time limit a fetch is waited for. By then the runtime that it runs on
/// has stood still, for instance because nobody drives it any more.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct Shared {
    source: Arc<dyn TokenSource>,
    clock: Box<dyn Clock>,
    policy: RefreshPolicy,
    current: Current,
    /// The same token, for those who follow it. Closed when this is dropped.
    tokens: watch::Sender<Option<Token>>,
    fetches: Mutex<Fetches>,
}

/// Guarded by a lock that is never held across an await.
#[derive(Default)]
struct Fetches {
    flight: Option<Flight>,
    keeper: Option<AbortHandle>,
    /// What has gone wrong since the last success.
    trouble: Option<Trouble>,
    obtained_on: Option<SystemTime>,
    last: Option<LastFetch>,
    ended: u64,
    failed: u64,
}

/// A fetch under way.
struct Flight {
    started: Instant,
    landing: watch::Receiver<Option<Landing>>,
    task: AbortHandle,
}

/// How a fetch ended, for all that waited for it.
pub(super) type Landing = Result<Token, Error>;

struct Trouble {
    failures: u32,
    failed_at: Instant,
    jitter: f64,
    error: Error,
}

/// Where somebody stands who needs another token than the current one.
pub(super) enum Position {
    /// There is one already: somebody else was quicker.
    Landed(Token),
    /// A fetch is under way.
    Boarded(watch::Receiver<Option<Landing>>),
    /// The next attempt has to wait.
    Waiting { error: Error, left: Duration },
}

/// What the keeper has to wait for.
pub(super) enum Tended {
    Flying(watch::Receiver<Option<Landing>>),
    Resting(Duration),
}

impl Shared {
    pub(super) fn new(
        source: Arc<dyn TokenSource>,
        clock: Box<dyn Clock>,
        policy: RefreshPolicy,
    ) -> Self {
        Self {
            source,
            clock,
            policy,
            current: Current::empty(),
            tokens: watch::channel(None).0,
            fetches: Mutex::default(),
        }
    }

    pub(super) fn current(&self) -> Option<Token> {
        self.current.get()
    }

    /// The current token if it is valid, whatever else is to be said about it.
    pub(super) fn valid_token(&self) -> Option<Token> {
        self.current().filter(|token| self.is_valid(token))
    }

    pub(super) fn is_valid(&self, token: &Token) -> bool {
        token.status_at(self.clock.now()) != TokenStatus::Expired
    }

    /// The current token if a caller need not wait for another one. Starts a refresh that is due.
    pub(super) fn token_at_once(self: &Arc<Self>) -> Option<Token> {
        let token = self.current()?;
        let now = self.clock.now();
        match token.status_at(now) {
            _ if token.is_refused() => None,
            TokenStatus::Fresh => Some(token),
            TokenStatus::Stale if self.policy.outlasts_a_login(&token, now) => {
                self.board();
                Some(token)
            }
            TokenStatus::Stale | TokenStatus::Expired => None,
        }
    }

    /// Takes note that a server has refused `token`. Returns the current token if that is all that
    /// can be done: it is another one, or the endpoint has already given out the same one again.
    pub(super) fn refuse(&self, token: &Token) -> Option<Token> {
        let _fetches = self.lock();
        let current = self.valid_token()?;
        if !current.has_same_secret(token) || current.is_refused_and_reissued() {
            return Some(current);
        }
        current.refuse();
        None
    }

    /// Joins the fetch under way, or starts one if there is need and it is allowed yet.
    pub(super) fn board(self: &Arc<Self>) -> Position {
        let mut fetches = self.lock();
        if let Some(flight) = &fetches.flight {
            // The sender is gone if the runtime of the fetch was shut down.
            if flight.landing.has_changed().is_ok() && flight.started.elapsed() < self.patience() {
                return Position::Boarded(flight.landing.clone());
            }
            flight.task.abort();
            fetches.flight = None;
        }
        // A fetch may have ended between the caller's look at the token and the lock.
        let now = self.clock.now();
        let current = self.current();
        if let Some(token) = &current
            && token.status_at(now) == TokenStatus::Fresh
            && !token.is_refused()
        {
            return Position::Landed(token.clone());
        }
        if let Some(trouble) = &fetches.trouble {
            let holds_valid = current.is_some_and(|it| it.status_at(now) != TokenStatus::Expired);
            if let Some(left) = self.time_to_wait(trouble, holds_valid) {
                let error = trouble.error.clone();
                return Position::Waiting { error, left };
            }
        }
        let Ok(runtime) = Handle::try_current() else {
            let error = Error::new(
                ErrorKind::Configuration,
                "a token has to be fetched, and there is no tokio runtime here; call \
                 `TokenCache::token` from within one, or `TokenCache::blocking_token`",
            );
            let left = Duration::ZERO;
            return Position::Waiting { error, left };
        };
        let (sender, landing) = watch::channel(None);
        let flight = fly(
            Arc::downgrade(self),
            Arc::clone(&self.source),
            self.policy.fetch_timeout(),
            sender,
        );
        let task = runtime.spawn(flight).abort_handle();
        fetches.flight = Some(Flight {
            started: Instant::now(),
            landing: landing.clone(),
            task,
        });
        if fetches.keeper.as_ref().is_none_or(AbortHandle::is_finished) {
            let keeper = keeper::keep(Arc::downgrade(self), self.tokens.subscribe());
            fetches.keeper = Some(runtime.spawn(keeper).abort_handle());
        }
        Position::Boarded(landing)
    }

    fn time_to_wait(&self, trouble: &Trouble, holds_valid_token: bool) -> Option<Duration> {
        self.policy
            .retry_delay(
                trouble.failures,
                trouble.error.is_retryable(),
                holds_valid_token,
                trouble.jitter,
            )
            .checked_sub(trouble.failed_at.elapsed())
            .filter(|left| !left.is_zero())
    }

    fn patience(&self) -> Duration {
        self.policy.fetch_timeout() + PATIENCE
    }

    /// Waits for the end of a fetch. `None` if it was lost with the runtime that it ran on, or that
    /// runtime stands still; the next one to board replaces it.
    pub(super) async fn wait_for(
        &self,
        mut flight: watch::Receiver<Option<Landing>>,
    ) -> Option<Landing> {
        let landing = timeout(self.patience(), flight.wait_for(Option::is_some)).await;
        landing.ok()?.ok()?.clone()
    }

    /// Takes in what a fetch has brought.
    fn land(&self, result: Landing, took: Duration) -> Landing {
        let now = self.clock.now();
        let mut fetches = self.lock();
        let landing = result.and_then(|token| self.accept(token, now));
        fetches.flight = None;
        fetches.ended += 1;
        fetches.last = Some(LastFetch {
            ended_on: now,
            took,
        });
        match &landing {
            Ok(token) => {
                fetches.trouble = None;
                fetches.obtained_on = Some(now);
                self.current.set(token);
                self.tokens.send_replace(Some(token.clone()));
            }
            Err(error) => {
                fetches.failed += 1;
                let before = fetches.trouble.as_ref().map_or(0, |it| it.failures);
                fetches.trouble = Some(Trouble {
                    failures: before.saturating_add(1),
                    failed_at: Instant::now(),
                    jitter: fastrand::f64(),
                    error: error.clone(),
                });
            }
        }
        landing
    }

    fn accept(&self, token: Token, now: SystemTime) -> Landing {
        if let Ok(since) = now.duration_since(token.expires_on()) {
            return Err(Error::new(
                ErrorKind::MalformedResponse,
                format!(
                    "the token endpoint returned a token that expired {} s ago; \
                     check this machine's clock",
                    since.as_secs()
                ),
            ));
        }
        let expires_on = token.expires_on();
        let token = match token.refresh_on() {
            Some(due) if due > now => token,
            _ => token.with_refresh_on(self.policy.refresh_on(now, expires_on, fastrand::f64())),
        };
        let is_refused = self.current().is_some_and(|current| {
            (current.is_refused() || current.is_refused_and_reissued())
                && current.has_same_secret(&token)
        });
        Ok(if is_refused { token.reissued() } else { token })
    }

    /// Starts a refresh that is due, and says what to wait for next.
    pub(super) fn tend(self: &Arc<Self>) -> Tended {
        match self.board() {
            Position::Boarded(flight) => Tended::Flying(flight),
            Position::Waiting { left, .. } => {
                // Once the token has expired, callers notice each second, and attempts come closer.
                let valid = self
                    .valid_token()
                    .map(|it| self.time_until(it.expires_on()));
                Tended::Resting(valid.map_or(left, |valid| valid.min(left)))
            }
            Position::Landed(token) => {
                let due = token.refresh_on().unwrap_or_else(|| token.expires_on());
                Tended::Resting(self.time_until(due))
            }
        }
    }

    fn time_until(&self, moment: SystemTime) -> Duration {
        moment.duration_since(self.clock.now()).unwrap_or_default()
    }

    pub(super) fn subscribe(&self) -> Updates {
        Updates::new(self.tokens.subscribe())
    }

    pub(super) fn status(&self) -> Status {
        let fetches = self.lock();
        let token = self.current();
        Status {
            token: token.as_ref().map(|it| it.status_at(self.clock.now())),
            obtained_on: fetches.obtained_on,
            expires_on: token.as_ref().map(Token::expires_on),
            refresh_on: token.as_ref().and_then(Token::refresh_on),
            last_fetch: fetches.last,
            fetches: fetches.ended,
            failures: fetches.failed,
            consecutive_failures: fetches.trouble.as_ref().map_or(0, |it| it.failures),
            last_error: fetches.trouble.as_ref().map(|it| it.error.clone()),
        }
    }

    /// No code that can panic runs under the lock, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Fetches> {
        self.fetches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Shared {
    /// Nobody is left to take what a fetch would bring.
    fn drop(&mut self) {
        let fetches = self
            .fetches
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = &fetches.flight {
            flight.task.abort();
        }
    }
}

/// One fetch from its start to its landing. A task of its own: a caller that is cancelled takes
/// nothing away from the others. It does not keep the cache alive.
async fn fly(
    shared: Weak<Shared>,
    source: Arc<dyn TokenSource>,
    limit: Duration,
    sender: watch::Sender<Option<Landing>>,
) {
    let started = Instant::now();
    let result = fetch(source, limit).await;
    let took = started.elapsed();
    if let Some(shared) = shared.upgrade() {
        let landing = shared.land(result, took);
        report(&landing, took);
        sender.send_replace(Some(landing));
    }
}

/// In a task of its own, so that a panic of the source is an error like any other.
async fn fetch(source: Arc<dyn TokenSource>, limit: Duration) -> Landing {
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
        // The runtime is being shut down, and this task with it: a flight that is lost, not failed.
        Some(Err(_)) | None => std::future::pending().await,
    }
}

fn report(landing: &Landing, took: Duration) {
    match landing {
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
