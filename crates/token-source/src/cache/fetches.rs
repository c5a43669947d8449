//! What is known about fetches: the one in flight, past ones, and when the next may start.

use std::time::{Duration, SystemTime};

use tokio::{task::AbortHandle, time::Instant};

use super::{
    fetch::Fetch,
    status::{LastFetch, Status},
};
use crate::{Error, Token, policy};

/// Guarded by a lock that is never held across an await.
#[derive(Default)]
pub(super) struct Fetches {
    pub(super) in_flight: Option<Fetch>,
    pub(super) refresh_task: Option<AbortHandle>,
    failure: Option<FailureState>,
    /// How many tokens in a row were fetched because the one before was rejected, and when the last
    /// one arrived.
    replacements: u32,
    replaced_at: Option<Instant>,
    obtained_on: Option<SystemTime>,
    last: Option<LastFetch>,
    started: u64,
    ended: u64,
    failed: u64,
}

/// The failures since the last success.
struct FailureState {
    count: u32,
    last_at: Instant,
    jitter: f64,
    error: Error,
}

impl Fetches {
    /// A number for the next fetch.
    pub(super) fn next_number(&mut self) -> u64 {
        self.started += 1;
        self.started
    }

    /// Whether one more rejected token may be replaced yet.
    pub(super) fn may_replace(&self) -> bool {
        let pause = match self.replacements {
            0 => return true,
            replacements => policy::retry_delay(replacements, true, true, 1.0),
        };
        self.replaced_at.is_none_or(|at| at.elapsed() >= pause)
    }

    /// The last error, while it is too early for another attempt, and how long it is.
    pub(super) fn back_off(&self, holds_valid_token: bool) -> Option<(Error, Duration)> {
        let failure = self.failure.as_ref()?;
        let retryable = failure.error.is_retryable();
        let left = policy::retry_delay(failure.count, retryable, holds_valid_token, failure.jitter)
            .checked_sub(failure.last_at.elapsed())
            .filter(|left| !left.is_zero())?;
        Some((failure.error.clone(), left))
    }

    pub(super) fn ended(&mut self, now: SystemTime, took: Duration) {
        self.ended += 1;
        self.last = Some(LastFetch {
            ended_on: now,
            took,
        });
    }

    pub(super) fn succeeded(&mut self, now: SystemTime, is_replacement: bool) {
        self.failure = None;
        self.obtained_on = Some(now);
        if is_replacement {
            self.replacements = self.replacements.saturating_add(1);
            self.replaced_at = Some(Instant::now());
        } else {
            self.replacements = 0;
        }
    }

    pub(super) fn failed(&mut self, error: &Error) {
        self.failed += 1;
        let before = self.failure.as_ref().map_or(0, |it| it.count);
        self.failure = Some(FailureState {
            count: before.saturating_add(1),
            last_at: Instant::now(),
            jitter: fastrand::f64(),
            error: error.clone(),
        });
    }

    pub(super) fn status(&self, token: Option<&Token>, now: SystemTime) -> Status {
        Status {
            token: token.map(|it| it.status_at(now)),
            is_fetching: self.in_flight.as_ref().is_some_and(Fetch::is_alive),
            obtained_on: self.obtained_on,
            expires_on: token.map(Token::expires_on),
            refresh_on: token.and_then(Token::refresh_on),
            last_fetch: self.last,
            fetches: self.ended,
            failures: self.failed,
            consecutive_failures: self.failure.as_ref().map_or(0, |it| it.count),
            last_error: self.failure.as_ref().map(|it| it.error.clone()),
        }
    }
}
