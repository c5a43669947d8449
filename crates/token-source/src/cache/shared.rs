//! What the handles of a cache share.

#[cfg(not(shuttle))]
use std::sync::{Mutex, MutexGuard};
use std::{
    sync::{Arc, PoisonError},
    time::{Duration, SystemTime},
};

#[cfg(shuttle)]
use shuttle::sync::{Mutex, MutexGuard};

use tokio::{
    runtime::Handle,
    sync::watch,
    task::AbortHandle,
    time::{Instant, timeout},
};

use super::{
    current::Current,
    fetch::{self, Fetch, Outcome, OutcomeReceiver},
    keeper::{self, Tended},
    status::{LastFetch, Status},
    updates::Updates,
};
use crate::{
    Clock, Error, ErrorKind, RefreshPolicy, Token, TokenSource, TokenStatus,
    policy::{self, SHORTEST_REFRESH},
};

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
    under_way: Option<Fetch>,
    keeper: Option<AbortHandle>,
    /// What has gone wrong since the last success.
    trouble: Option<Trouble>,
    /// How many tokens in a row were fetched because the one before was refused, and when the last
    /// of them came.
    replacements: u32,
    replaced_at: Option<Instant>,
    obtained_on: Option<SystemTime>,
    last: Option<LastFetch>,
    started: u64,
    ended: u64,
    failed: u64,
}

struct Trouble {
    failures: u32,
    failed_at: Instant,
    jitter: f64,
    error: Error,
}

impl Trouble {
    fn time_to_wait(&self, holds_valid_token: bool) -> Option<Duration> {
        let retryable = self.error.is_retryable();
        policy::retry_delay(self.failures, retryable, holds_valid_token, self.jitter)
            .checked_sub(self.failed_at.elapsed())
            .filter(|left| !left.is_zero())
    }
}

/// What comes next for somebody who needs another token than the current one.
pub(super) enum Next {
    /// It is there already: somebody else was quicker.
    Ready(Token),
    /// A fetch is under way.
    UnderWay(OutcomeReceiver),
    /// The next attempt has to wait.
    NotYet { error: Error, left: Duration },
}

/// Who asks for a fetch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AskedBy {
    Caller,
    Keeper,
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
            TokenStatus::Expired => return None,
            _ if token.has_to_be_replaced() => return None,
            TokenStatus::Fresh if !token.is_unwanted() => return Some(token),
            TokenStatus::Stale if !policy::outlasts_a_login(&token, now) => return None,
            TokenStatus::Fresh | TokenStatus::Stale => {}
        }
        self.join_or_start();
        Some(token)
    }

    /// How long a caller may wait for another token and still have time for the current one: half of
    /// what is left of it. `None` if there is no valid one.
    pub(super) fn time_to_spare(&self) -> Option<Duration> {
        let left = self.time_until(self.current()?.expires_on()) / 2;
        (!left.is_zero()).then_some(left)
    }

    /// Takes note that a server has refused `token`. Returns the current token if that is all that
    /// can be done: it is another one, or the endpoint has already given out the same one again, or
    /// it is too early to replace one more.
    pub(super) fn refuse(&self, token: &Token) -> Option<Token> {
        let now = self.clock.now();
        let fetches = self.lock();
        let current = self
            .current()
            .filter(|current| current.status_at(now) != TokenStatus::Expired)?;
        if !current.has_same_secret(token) || current.is_reissued() {
            return Some(current);
        }
        if current.is_unwanted() {
            return None;
        }
        let pause = match fetches.replacements {
            0 => Duration::ZERO,
            replacements => policy::retry_delay(replacements, true, true, 1.0),
        };
        if fetches.replaced_at.is_some_and(|at| at.elapsed() < pause) {
            return Some(current);
        }
        current.refuse();
        None
    }

    /// Joins the fetch under way, or starts one if there is need and it is allowed yet.
    pub(super) fn join_or_start(self: &Arc<Self>) -> Next {
        self.join_or_start_for(AskedBy::Caller)
    }

    fn join_or_start_for(self: &Arc<Self>, asked_by: AskedBy) -> Next {
        let now = self.clock.now();
        let mut fetches = self.lock();
        // A fetch may have ended between the caller's look at the token and the lock.
        let current = self.current();
        if let Some(token) = &current
            && token.status_at(now) == TokenStatus::Fresh
            && !token.is_unwanted()
        {
            return Next::Ready(token.clone());
        }
        // To wait for a fetch takes one too: the time limit is the runtime's.
        let Ok(runtime) = Handle::try_current() else {
            return nowhere_to_run(
                "a token has to be fetched, and there is no tokio runtime here; call from within \
                 one, or call `TokenCache::blocking_token` or `TokenCache::blocking_reject`",
            );
        };
        if let Some(fetch) = &fetches.under_way {
            // The sender is gone if the runtime of the fetch was shut down.
            if fetch.outcome.has_changed().is_ok() && fetch.started.elapsed() < self.patience() {
                return Next::UnderWay(fetch.outcome.clone());
            }
            fetch.task.abort();
            fetches.under_way = None;
        }
        if let Some(trouble) = &fetches.trouble {
            let holds_valid = current.is_some_and(|it| it.status_at(now) != TokenStatus::Expired);
            if let Some(left) = trouble.time_to_wait(holds_valid) {
                let error = trouble.error.clone();
                return Next::NotYet { error, left };
            }
        }
        self.start(&mut fetches, &runtime, asked_by)
    }

    fn start(self: &Arc<Self>, fetches: &mut Fetches, runtime: &Handle, asked_by: AskedBy) -> Next {
        let (sender, outcome) = watch::channel(None);
        fetches.started += 1;
        let number = fetches.started;
        // Neither a fetch nor the keeper keeps the cache alive.
        let shared = Arc::downgrade(self);
        let fetch = fetch::run(
            Arc::clone(&self.source),
            self.policy.fetch_timeout(),
            move |result, took| shared.upgrade()?.finish(number, result, took),
            sender,
        );
        let task = runtime.spawn(fetch).abort_handle();
        // It cannot finish before the lock is free. So it was never let in.
        if task.is_finished() {
            return nowhere_to_run(
                "a token has to be fetched, and the tokio runtime here is shutting down; use one \
                 that is still running",
            );
        }
        fetches.under_way = Some(Fetch {
            number,
            started: Instant::now(),
            outcome: outcome.clone(),
            task,
        });
        // A keeper that left this to a caller may be on a runtime that nobody drives any more.
        if asked_by == AskedBy::Caller {
            let shared = Arc::downgrade(self);
            let tend = move || Some(shared.upgrade()?.tend());
            let keeper = keeper::keep(tend, self.tokens.subscribe());
            let keeper = runtime.spawn(keeper).abort_handle();
            if let Some(former) = fetches.keeper.replace(keeper) {
                former.abort();
            }
        }
        Next::UnderWay(outcome)
    }

    /// How long a fetch is waited for.
    pub(super) fn patience(&self) -> Duration {
        self.policy.fetch_timeout().saturating_add(PATIENCE)
    }

    /// Waits for the end of a fetch. `None` if it was lost with the runtime that it ran on, or that
    /// runtime stands still; the next one to ask replaces it.
    pub(super) async fn wait_for(&self, mut fetch: OutcomeReceiver) -> Option<Outcome> {
        let outcome = timeout(self.patience(), fetch.wait_for(Option::is_some)).await;
        outcome.ok()?.ok()?.clone()
    }

    /// Takes in what a fetch has brought. `None` if another one has taken its place meanwhile.
    fn finish(&self, number: u64, result: Outcome, took: Duration) -> Option<Outcome> {
        let now = self.clock.now();
        let mut fetches = self.lock();
        fetches.under_way.take_if(|fetch| fetch.number == number)?;
        let current = self.current();
        let outcome = result.and_then(|token| accept(token, current.as_ref(), now));
        fetches.ended += 1;
        fetches.last = Some(LastFetch {
            ended_on: now,
            took,
        });
        match &outcome {
            Ok(token) => {
                fetches.trouble = None;
                fetches.obtained_on = Some(now);
                if current.is_some_and(|current| current.is_unwanted()) {
                    fetches.replacements = fetches.replacements.saturating_add(1);
                    fetches.replaced_at = Some(Instant::now());
                } else {
                    fetches.replacements = 0;
                }
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
                if let Some(current) = current {
                    current.serve_all_the_same();
                }
            }
        }
        Some(outcome)
    }

    /// Starts a refresh that is due, and says what to wait for next.
    fn tend(self: &Arc<Self>) -> Tended {
        match self.join_or_start_for(AskedBy::Keeper) {
            Next::UnderWay(fetch) => Tended::UnderWay(fetch),
            Next::NotYet { left, .. } => {
                // Once the token has expired, callers notice each second, and attempts come closer.
                let valid = self
                    .valid_token()
                    .map(|it| self.time_until(it.expires_on()));
                Tended::Resting(valid.map_or(left, |valid| valid.min(left)))
            }
            Next::Ready(token) => {
                let due = token.refresh_on().unwrap_or_else(|| token.expires_on());
                Tended::Resting(self.time_until(due))
            }
        }
    }

    fn time_until(&self, moment: SystemTime) -> Duration {
        moment.duration_since(self.clock.now()).unwrap_or_default()
    }

    pub(super) fn subscribe(&self) -> Updates {
        Updates::new(self.tokens.subscribe(), self.valid_token().is_some())
    }

    pub(super) fn status(&self) -> Status {
        let now = self.clock.now();
        let fetches = self.lock();
        let token = self.current();
        Status {
            token: token.as_ref().map(|it| it.status_at(now)),
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

    /// No panic under the lock leaves anything half-changed, so a poisoned one is as good as any.
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
        if let Some(fetch) = &fetches.under_way {
            fetch.task.abort();
        }
    }
}

/// What a fetch has brought, with the moment when another one is due.
fn accept(token: Token, current: Option<&Token>, now: SystemTime) -> Outcome {
    let expires_on = token.expires_on();
    if let Ok(since) = now.duration_since(expires_on) {
        return Err(Error::new(
            ErrorKind::MalformedResponse,
            format!(
                "the token endpoint returned a token that expired {} s ago; \
                 check this machine's clock",
                since.as_secs()
            ),
        ));
    }
    let earliest = now + SHORTEST_REFRESH;
    let due = token
        .refresh_on()
        .filter(|due| (earliest..expires_on).contains(due))
        .unwrap_or_else(|| policy::refresh_on(now, expires_on, fastrand::f64()));
    let token = token.with_refresh_on(due);
    let is_refused = current.is_some_and(|current| {
        (current.is_unwanted() || current.is_reissued()) && current.has_same_secret(&token)
    });
    Ok(if is_refused { token.reissued() } else { token })
}

fn nowhere_to_run(message: &str) -> Next {
    Next::NotYet {
        error: Error::new(ErrorKind::Configuration, message),
        left: Duration::ZERO,
    }
}
