use std::time::{Duration, SystemTime};

use crate::{Error, TokenStatus};

/// How a cache is doing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// How the current token stands; `None` if there is none. `Stale` means that a token is being
    /// served whose refresh is due.
    pub token: Option<TokenStatus>,
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
    /// What went wrong last, if nothing has gone right since.
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

impl Status {
    /// Whether a valid token is at hand, so that a login would not have to wait or fail.
    pub fn is_ready(&self) -> bool {
        matches!(self.token, Some(TokenStatus::Fresh | TokenStatus::Stale))
    }
}
