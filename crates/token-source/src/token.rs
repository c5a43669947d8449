use std::{fmt, sync::Arc, time::SystemTime};

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
pub struct Token(Arc<TokenParts>);

struct TokenParts {
    secret: SecretString,
    expires_on: SystemTime,
    refresh_on: Option<SystemTime>,
}

/// The status of a [`Token`] at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenStatus {
    /// Valid, and a new one is not due yet.
    Fresh,
    /// Valid, and a new one is due.
    Stale,
    /// No longer valid.
    Expired,
}

impl Token {
    /// A token that is valid until `expires_on`.
    ///
    /// A [`TokenSource`](crate::TokenSource) calls this. When the refresh is due is decided by the
    /// cache, unless the source knows better and says so with
    /// [`with_refresh_on`](Self::with_refresh_on).
    pub fn new(secret: impl Into<SecretString>, expires_on: SystemTime) -> Self {
        Self(Arc::new(TokenParts {
            secret: secret.into(),
            expires_on,
            refresh_on: None,
        }))
    }

    /// The same token with the time from which it is [stale](TokenStatus::Stale).
    #[must_use]
    pub fn with_refresh_on(self, refresh_on: SystemTime) -> Self {
        let expires_on = self.expires_on();
        // Copies the secret only if there is another handle.
        let secret = Arc::try_unwrap(self.0)
            .map_or_else(|shared| shared.secret.clone(), |parts| parts.secret);
        Self(Arc::new(TokenParts {
            secret,
            expires_on,
            refresh_on: Some(refresh_on),
        }))
    }

    /// The secret itself, to be used as a password or a bearer token.
    pub fn secret(&self) -> &str {
        self.0.secret.expose_secret()
    }

    /// The time from which the token is no longer valid.
    pub fn expires_on(&self) -> SystemTime {
        self.0.expires_on
    }

    /// The time from which a new token is due. `None` until a cache, or the source, has set it.
    pub fn refresh_on(&self) -> Option<SystemTime> {
        self.0.refresh_on
    }

    /// The status of the token at `now`. Reads no clock.
    pub fn status_at(&self, now: SystemTime) -> TokenStatus {
        if now >= self.0.expires_on {
            TokenStatus::Expired
        } else if self.0.refresh_on.is_some_and(|due| now >= due) {
            TokenStatus::Stale
        } else {
            TokenStatus::Fresh
        }
    }

    pub(crate) fn has_same_secret(&self, other: &Self) -> bool {
        self.secret() == other.secret()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("expires_on", &self.0.expires_on)
            .field("refresh_on", &self.0.refresh_on)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn status_depends_on_time() {
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
    fn token_without_refresh_time_is_fresh_until_it_expires() {
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(10);
        let token = Token::new("secret", end);
        assert_eq!(
            token.status_at(end - Duration::from_nanos(1)),
            TokenStatus::Fresh
        );
        assert_eq!(token.status_at(end), TokenStatus::Expired);
    }

    #[test]
    fn debug_hides_the_secret() {
        let token = Token::new("canary", SystemTime::now());
        assert!(!format!("{token:?} {token:#?}").contains("canary"));
    }
}
