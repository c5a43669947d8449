use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::SystemTime,
};

use secrecy::{ExposeSecret, SecretString};

/// An access token and its times.
///
/// A clone is a handle to the same token: it copies a pointer, never the secret. The secret is
/// overwritten in memory when the last handle is dropped, and `Debug` does not show it.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use token_source::{Token, TokenStatus};
///
/// let now = SystemTime::now();
/// let token = Token::new("eyJ...", now + Duration::from_secs(3600));
/// assert_eq!(token.status_at(now), TokenStatus::Fresh);
/// assert!(!format!("{token:?}").contains("eyJ"));
/// ```
#[derive(Clone)]
pub struct Token(Arc<TokenHandle>);

/// What a [`Token`] counts its clones in. A cache gives out several handles to one token, so that
/// readers on several cores do not count in one place. Aligned so that no two of them lie in one pair
/// of cache lines: else they would count in one place all the same.
#[repr(align(128))]
pub(crate) struct TokenHandle(Arc<TokenParts>);

struct TokenParts {
    secret: SecretString,
    expires_on: SystemTime,
    refresh_on: Option<SystemTime>,
    refusal: AtomicU8,
}

/// How a [`Token`] stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenStatus {
    /// Valid, and a new one is not due yet.
    Fresh,
    /// Valid, and a new one is due.
    Stale,
    /// No longer valid.
    Expired,
}

/// No server has refused the token.
const NOT_REFUSED: u8 = 0;
/// A server has refused it, and another one has to be fetched.
const REFUSED: u8 = 1;
/// A server has refused it, and no other could be had yet.
const REFUSED_AND_SERVED: u8 = 2;
/// A server has refused it, and the endpoint has given it out again.
const REFUSED_AND_REISSUED: u8 = 3;

impl Token {
    /// A token that is valid until `expires_on`.
    ///
    /// A [`TokenSource`](crate::TokenSource) calls this. When the refresh is due is decided by the
    /// cache, unless the source knows better and says so with
    /// [`with_refresh_on`](Self::with_refresh_on).
    pub fn new(secret: impl Into<SecretString>, expires_on: SystemTime) -> Self {
        Self::from(TokenParts {
            secret: secret.into(),
            expires_on,
            refresh_on: None,
            refusal: AtomicU8::new(NOT_REFUSED),
        })
    }

    /// The same token with a moment from which it is [stale](TokenStatus::Stale).
    #[must_use]
    pub fn with_refresh_on(self, refresh_on: SystemTime) -> Self {
        self.rebuilt(Some(refresh_on), NOT_REFUSED)
    }

    /// The secret itself, to be used as a password or a bearer token.
    pub fn secret(&self) -> &str {
        self.parts().secret.expose_secret()
    }

    /// The moment from which the token is no longer valid.
    pub fn expires_on(&self) -> SystemTime {
        self.parts().expires_on
    }

    /// The moment from which a new token is due. `None` until a cache, or the source, has set it.
    pub fn refresh_on(&self) -> Option<SystemTime> {
        self.parts().refresh_on
    }

    /// How the token stands at `now`. Reads no clock.
    pub fn status_at(&self, now: SystemTime) -> TokenStatus {
        if now >= self.parts().expires_on {
            TokenStatus::Expired
        } else if self.parts().refresh_on.is_some_and(|due| now >= due) {
            TokenStatus::Stale
        } else {
            TokenStatus::Fresh
        }
    }

    pub(crate) fn from_handle(handle: Arc<TokenHandle>) -> Self {
        Self(handle)
    }

    /// A handle to the same token that counts by itself.
    pub(crate) fn another_handle(&self) -> Arc<TokenHandle> {
        Arc::new(TokenHandle(Arc::clone(&self.0.0)))
    }

    fn parts(&self) -> &TokenParts {
        &self.0.0
    }

    pub(crate) fn has_same_secret(&self, other: &Self) -> bool {
        self.secret() == other.secret()
    }

    /// Whether a server has refused the token and callers have to wait for another one.
    pub(crate) fn has_to_be_replaced(&self) -> bool {
        self.refusal() == REFUSED
    }

    /// Whether a server has refused the token and another one is wanted.
    pub(crate) fn is_unwanted(&self) -> bool {
        matches!(self.refusal(), REFUSED | REFUSED_AND_SERVED)
    }

    /// Whether a server has refused the token and the endpoint has given it out again.
    pub(crate) fn is_reissued(&self) -> bool {
        self.refusal() == REFUSED_AND_REISSUED
    }

    /// Marks the token, in all handles to it.
    pub(crate) fn refuse(&self) {
        self.parts().refusal.store(REFUSED, Ordering::Relaxed);
    }

    /// Marks the token if it is refused: no other can be had, so it is given out all the same.
    pub(crate) fn serve_all_the_same(&self) {
        let (from, to) = (REFUSED, REFUSED_AND_SERVED);
        let _ =
            self.parts()
                .refusal
                .compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed);
    }

    fn refusal(&self) -> u8 {
        self.parts().refusal.load(Ordering::Relaxed)
    }

    /// The same token after the endpoint has given it out although a server had refused it.
    pub(crate) fn reissued(self) -> Self {
        let refresh_on = self.parts().refresh_on;
        self.rebuilt(refresh_on, REFUSED_AND_REISSUED)
    }

    /// Copies the secret only if there is another handle.
    fn rebuilt(self, refresh_on: Option<SystemTime>, refusal: u8) -> Self {
        let expires_on = self.expires_on();
        let parts = Arc::try_unwrap(self.0)
            .map_or_else(|handle| Arc::clone(&handle.0), |TokenHandle(parts)| parts);
        let secret = match Arc::try_unwrap(parts) {
            Ok(parts) => parts.secret,
            Err(shared) => shared.secret.clone(),
        };
        Self::from(TokenParts {
            secret,
            expires_on,
            refresh_on,
            refusal: AtomicU8::new(refusal),
        })
    }
}

impl From<TokenParts> for Token {
    fn from(parts: TokenParts) -> Self {
        Self(Arc::new(TokenHandle(Arc::new(parts))))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("expires_on", &self.parts().expires_on)
            .field("refresh_on", &self.parts().refresh_on)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn status_is_a_function_of_token_and_time() {
        let start = SystemTime::UNIX_EPOCH;
        let at = |seconds| start + Duration::from_secs(seconds);
        let token = Token::new("secret", at(100)).with_refresh_on(at(50));

        for (now, expected) in [
            (0, TokenStatus::Fresh),
            (49, TokenStatus::Fresh),
            (50, TokenStatus::Stale),
            (99, TokenStatus::Stale),
            (100, TokenStatus::Expired),
            (1_000, TokenStatus::Expired),
        ] {
            assert_eq!(token.status_at(at(now)), expected, "at {now} s");
        }
    }

    #[test]
    fn a_token_without_a_refresh_time_is_fresh_until_it_expires() {
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(10);
        let token = Token::new("secret", end);
        assert_eq!(
            token.status_at(end - Duration::from_nanos(1)),
            TokenStatus::Fresh
        );
        assert_eq!(token.status_at(end), TokenStatus::Expired);
    }

    #[test]
    fn debug_does_not_show_the_secret() {
        let token = Token::new("canary", SystemTime::now());
        assert!(!format!("{token:?} {token:#?}").contains("canary"));
    }
}
