//! What the handles of a cache share, and every decision that depends on it.

#[cfg(not(shuttle))]
use std::sync::{Mutex, MutexGuard};
use std::{
    sync::{Arc, PoisonError},
    time::{Duration, SystemTime},
};

#[cfg(shuttle)]
use shuttle::sync::{Mutex, MutexGuard};

use arc_swap::ArcSwapOption;
use tokio::{
    runtime::Handle,
    sync::watch,
    time::{Instant, timeout},
};

use super::{
    entry::{Entry, Rejection},
    fetch::{self, Fetch, Outcome, OutcomeReceiver},
    fetches::Fetches,
    refresh_task::{self, NextAction},
    status::Status,
    updates::Updates,
};
use crate::{
    Clock, Error, ErrorKind, Token, TokenSource, TokenStatus,
    policy::{self, SHORTEST_REFRESH},
};

/// How much longer than its time limit callers wait for a fetch. By then the runtime that it runs on
/// has stopped, for instance because nobody drives it any more.
const GRACE: Duration = Duration::from_secs(5);

pub(super) struct CacheState {
    source: Arc<dyn TokenSource>,
    clock: Box<dyn Clock>,
    fetch_timeout: Duration,
    /// Written under the lock of `fetches`, read without.
    entry: ArcSwapOption<Entry>,
    /// The same token, for subscribers. Closed when this is dropped.
    tokens: watch::Sender<Option<Token>>,
    fetches: Mutex<Fetches>,
}

/// What a caller does who cannot have a token at once.
pub(super) enum Next {
    /// Takes the token: another caller was quicker.
    Ready(Token),
    /// Waits for the fetch in flight.
    AwaitFetch(OutcomeReceiver),
    /// Gives up: the next attempt has to wait.
    BackOff { error: Error, left: Duration },
}

/// Who asks for a fetch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AskedBy {
    Caller,
    RefreshTask,
}

impl CacheState {
    pub(super) fn new(
        source: Arc<dyn TokenSource>,
        clock: Box<dyn Clock>,
        fetch_timeout: Duration,
    ) -> Self {
        Self {
            source,
            clock,
            fetch_timeout,
            entry: ArcSwapOption::empty(),
            tokens: watch::channel(None).0,
            fetches: Mutex::default(),
        }
    }

    /// The current token, whatever its status.
    pub(super) fn latest(&self) -> Option<Token> {
        self.entry.load().as_ref().map(|it| it.token.clone())
    }

    /// The current token if it is valid, whatever a server said about it.
    pub(super) fn valid_token(&self) -> Option<Token> {
        self.latest().filter(|token| self.is_valid(token))
    }

    pub(super) fn is_valid(&self, token: &Token) -> bool {
        token.status_at(self.clock.now()) != TokenStatus::Expired
    }

    /// The current token if a caller need not wait for another one. Starts a refresh that is due.
    pub(super) fn token_at_once(self: &Arc<Self>) -> Option<Token> {
        let token = {
            let entry = self.entry.load();
            let entry = entry.as_ref()?;
            let now = self.clock.now();
            let status = entry.token.status_at(now);
            if entry.is_settled(status) {
                return Some(entry.token.clone());
            }
            let must_wait = entry.rejection == Rejection::AwaitingReplacement
                || status == TokenStatus::Expired
                || status == TokenStatus::Stale && !policy::outlasts_a_login(&entry.token, now);
            (!must_wait).then(|| entry.token.clone())?
        };
        self.join_or_start();
        Some(token)
    }

    /// How long a caller may wait for another token and still have time to use the current one: half of
    /// what is left of it. `None` if there is no valid one.
    pub(super) fn time_to_spare(&self) -> Option<Duration> {
        let left = self.time_until(self.latest()?.expires_on()) / 2;
        (!left.is_zero()).then_some(left)
    }

    /// Records that a server has rejected `token`. Returns the current token if there is nothing to
    /// wait for: it is another one, or the endpoint has already returned the same one again, or it is
    /// too early to replace one more.
    pub(super) fn mark_rejected(&self, token: &Token) -> Option<Token> {
        let now = self.clock.now();
        let fetches = self.lock();
        let entry = self.entry.load_full()?;
        if entry.token.status_at(now) == TokenStatus::Expired {
            return None;
        }
        let is_another = !entry.token.has_same_secret(token);
        if is_another || entry.rejection == Rejection::SameTokenReissued {
            return Some(entry.token.clone());
        }
        if entry.needs_replacement() {
            return None;
        }
        if !fetches.may_replace() {
            return Some(entry.token.clone());
        }
        self.set(Entry::new(
            entry.token.clone(),
            Rejection::AwaitingReplacement,
        ));
        None
    }

    /// Joins the fetch in flight, or starts one if it is needed and allowed yet.
    pub(super) fn join_or_start(self: &Arc<Self>) -> Next {
        self.join_or_start_for(AskedBy::Caller)
    }

    fn join_or_start_for(self: &Arc<Self>, asked_by: AskedBy) -> Next {
        let now = self.clock.now();
        let mut fetches = self.lock();
        // A fetch may have ended between the caller's look at the token and the lock.
        let entry = self.entry.load_full();
        let status = entry.as_ref().map(|it| it.token.status_at(now));
        if let (Some(entry), Some(status)) = (&entry, status)
            && entry.is_settled(status)
        {
            return Next::Ready(entry.token.clone());
        }
        // Waiting for a fetch needs a runtime too, for the time limit.
        let Ok(runtime) = Handle::try_current() else {
            return nowhere_to_run(
                "a token has to be fetched, and there is no tokio runtime here; call from within \
                 one, or call `TokenCache::blocking_token` or `TokenCache::blocking_reject`",
            );
        };
        if let Some(fetch) = &fetches.in_flight {
            // A fetch is lost if its runtime was shut down.
            if fetch.is_alive() && fetch.started.elapsed() < self.longest_wait() {
                return Next::AwaitFetch(fetch.outcome.clone());
            }
            fetch.task.abort();
            fetches.in_flight = None;
        }
        let holds_valid = status.is_some_and(|it| it != TokenStatus::Expired);
        if let Some((error, left)) = fetches.back_off(holds_valid) {
            return Next::BackOff { error, left };
        }
        self.start(&mut fetches, &runtime, asked_by)
    }

    fn start(self: &Arc<Self>, fetches: &mut Fetches, runtime: &Handle, asked_by: AskedBy) -> Next {
        let (sender, outcome) = watch::channel(None);
        let number = fetches.next_number();
        let weak = Arc::downgrade(self);
        let fetch = fetch::run(
            Arc::clone(&self.source),
            self.fetch_timeout,
            move |result, took| weak.upgrade()?.finish(number, result, took),
            sender,
        );
        let task = runtime.spawn(fetch).abort_handle();
        // It cannot finish while the lock is held. So the runtime never accepted it.
        if task.is_finished() {
            return nowhere_to_run(
                "a token has to be fetched, and the tokio runtime here is shutting down; use one \
                 that is still running",
            );
        }
        fetches.in_flight = Some(Fetch {
            number,
            started: Instant::now(),
            outcome: outcome.clone(),
            task,
        });
        // If the refresh task left this to a caller, its runtime may not be driven any more.
        if asked_by == AskedBy::Caller {
            let weak = Arc::downgrade(self);
            let next_action = move || weak.upgrade().map(|state| state.next_action());
            let task = refresh_task::run(next_action, self.tokens.subscribe());
            let task = runtime.spawn(task).abort_handle();
            if let Some(former) = fetches.refresh_task.replace(task) {
                former.abort();
            }
        }
        Next::AwaitFetch(outcome)
    }

    /// How long a caller waits for a fetch.
    pub(super) fn longest_wait(&self) -> Duration {
        self.fetch_timeout.saturating_add(GRACE)
    }

    /// Waits for the end of a fetch. `None` if it was lost with its runtime, or that runtime has
    /// stopped; the next caller replaces it.
    pub(super) async fn wait_for(&self, mut fetch: OutcomeReceiver) -> Option<Outcome> {
        let outcome = timeout(self.longest_wait(), fetch.wait_for(Option::is_some)).await;
        outcome.ok()?.ok()?.clone()
    }

    /// Takes in the result of a fetch. `None` if another fetch has replaced it meanwhile.
    fn finish(&self, number: u64, result: Outcome, took: Duration) -> Option<Outcome> {
        let now = self.clock.now();
        let mut fetches = self.lock();
        fetches.in_flight.take_if(|it| it.number == number)?;
        let current = self.entry.load_full();
        fetches.ended(now, took);
        let outcome = match result.and_then(|token| accept(token, current.as_deref(), now)) {
            Ok(entry) => {
                let is_replacement = current.is_some_and(|it| it.needs_replacement());
                fetches.succeeded(now, is_replacement);
                let token = entry.token.clone();
                self.set(entry);
                self.tokens.send_replace(Some(token.clone()));
                Ok(token)
            }
            Err(error) => {
                fetches.failed(&error);
                if let Some(current) = current
                    && current.rejection == Rejection::AwaitingReplacement
                {
                    self.set(Entry::new(current.token.clone(), Rejection::Served));
                }
                Err(error)
            }
        };
        drop(fetches);
        fetch::log(&outcome, took, now);
        Some(outcome)
    }

    /// Starts a refresh that is due, and says what the refresh task waits for next.
    fn next_action(self: &Arc<Self>) -> NextAction {
        match self.join_or_start_for(AskedBy::RefreshTask) {
            Next::AwaitFetch(fetch) => NextAction::AwaitFetch(fetch),
            Next::BackOff { left, .. } => {
                // Once the token has expired, callers notice each second, and attempts come closer.
                let valid = self
                    .valid_token()
                    .map(|it| self.time_until(it.expires_on()));
                NextAction::Sleep(valid.map_or(left, |valid| valid.min(left)))
            }
            Next::Ready(token) => {
                let due = token.refresh_on().unwrap_or_else(|| token.expires_on());
                NextAction::Sleep(self.time_until(due))
            }
        }
    }

    fn time_until(&self, time: SystemTime) -> Duration {
        time.duration_since(self.clock.now()).unwrap_or_default()
    }

    pub(super) fn subscribe(&self) -> Updates {
        Updates::new(self.tokens.subscribe(), self.valid_token().is_some())
    }

    pub(super) fn status(&self) -> Status {
        let now = self.clock.now();
        let fetches = self.lock();
        fetches.status(self.latest().as_ref(), now)
    }

    fn set(&self, entry: Entry) {
        self.entry.store(Some(Arc::new(entry)));
    }

    /// No panic under the lock leaves anything half changed, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Fetches> {
        self.fetches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for CacheState {
    /// Nobody is left to take the result of a fetch.
    fn drop(&mut self) {
        let fetches = self
            .fetches
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(fetch) = &fetches.in_flight {
            fetch.task.abort();
        }
    }
}

/// A fetched token, with the time when the next one is due.
fn accept(token: Token, current: Option<&Entry>, now: SystemTime) -> Result<Entry, Error> {
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
    let is_rejected = current.is_some_and(|current| {
        current.rejection != Rejection::None && current.token.has_same_secret(&token)
    });
    let rejection = if is_rejected {
        Rejection::SameTokenReissued
    } else {
        Rejection::None
    };
    Ok(Entry::new(token, rejection))
}

fn nowhere_to_run(message: &str) -> Next {
    Next::BackOff {
        error: Error::new(ErrorKind::Configuration, message),
        left: Duration::ZERO,
    }
}
