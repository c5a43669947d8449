use std::time::{Duration, SystemTime};

use crate::{Error, TokenStatus};

/// The state of a cache, for readiness probes and metrics.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// The status of the current token; `None` if there is none. `Stale` means that a token is being
    /// served whose refresh is due.
    pub token: Option<TokenStatus>,
    /// Whether a fetch is in flight.
    pub is_fetching: bool,
    /// When the current token was fetched.
    pub obtained_on: Option<SystemTime>,
    /// When the current token expires.
    pub expires_on: Option<SystemTime>,
    /// From when on another token is due.
    pub refresh_on: Option<SystemTime>,
    /// The last fetch that ended.
    pub last_fetch: Option<LastFetch>,
    /// How many fetches have ended.
    pub fetches: u64,
    /// How many of them failed.
    pub failures: u64,
    /// How many failed since the last success.
    pub consecutive_failures: u32,
    /// The last error, if no fetch has succeeded since.
    pub last_error: Option<Error>,
}

/// A fetch that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LastFetch {
    /// When it ended.
    pub ended_on: SystemTime,
    /// How long it took.
    pub took: Duration,
}

/// Whether a new login can get a token, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Readiness {
    /// No valid token, but nothing has failed: nobody has asked for one yet, or the machine has just
    /// woken up. The next caller, or [`TokenCache::warm_up`](crate::TokenCache::warm_up), fetches one.
    Idle,
    /// No valid token, but a fetch is in flight, and none has failed.
    Fetching,
    /// There is a valid token: a new login neither waits nor fails for lack of one.
    Ready,
    /// No valid token, and the last fetch failed: [`Status::last_error`] says why.
    Failed,
}

impl Status {
    /// Whether a new login can get a token, and if not, why.
    pub fn readiness(&self) -> Readiness {
        match self.token {
            Some(TokenStatus::Fresh | TokenStatus::Stale) => Readiness::Ready,
            _ if self.last_error.is_some() => Readiness::Failed,
            _ if self.is_fetching => Readiness::Fetching,
            _ => Readiness::Idle,
        }
    }

    /// Whether there is a valid token, so that a new login neither waits nor fails for lack of one.
    ///
    /// Before anybody has asked for a token there is none. A service that gets traffic only once it is
    /// ready calls [`TokenCache::warm_up`](crate::TokenCache::warm_up) when it starts.
    pub fn is_ready(&self) -> bool {
        self.readiness() == Readiness::Ready
    }
}
