//! When to refresh a token and when to try again. Pure functions; each takes its randomness as a
//! number from 0 to 1.

use std::time::{Duration, SystemTime};

use crate::Token;

/// How long one fetch may take. Longer than a healthy endpoint ever needs (the slowest is a
/// developer's `az`, some seconds), and short enough that a hung connection is noticed while an
/// hour-long token is still good for many attempts.
pub(crate) const FETCH_TIMEOUT: Duration = Duration::from_secs(30);

/// The first pause after a failed fetch. Most failures are a dropped connection or a restart.
const FIRST_RETRY: Duration = Duration::from_millis(500);

/// The longest pause while callers are served by a token that is still valid.
const LONGEST_RETRY_WHILE_VALID: Duration = Duration::from_secs(60);

/// The longest pause while callers get an error: they notice each second of it.
const LONGEST_RETRY_WHILE_EXPIRED: Duration = Duration::from_secs(5);

/// The shortest pause, so that jitter never turns into hammering.
const SHORTEST_RETRY: Duration = Duration::from_millis(100);

/// The most that is kept in hand at the end of a token's life for a login to reach the server.
const LONGEST_LOGIN_MARGIN: Duration = Duration::from_secs(30);

/// When a token fetched at `now` is due for a refresh: at half of what is left of its life, brought
/// forward by up to a tenth of it.
///
/// One more request each lifetime buys half a lifetime in which the endpoint may be down and no
/// caller notices. The jitter keeps a fleet that was started together from refreshing together.
pub(crate) fn refresh_on(now: SystemTime, expires_on: SystemTime, jitter: f64) -> SystemTime {
    let left = expires_on.duration_since(now).unwrap_or_default();
    now + left.mul_f64(0.5 - 0.1 * jitter)
}

/// Whether enough of the token's life is left at `now` for a login that starts now to end in time.
pub(crate) fn outlasts_a_login(token: &Token, now: SystemTime) -> bool {
    let expires_on = token.expires_on();
    // What follows the refresh is about half of the lifetime, so this is about a tenth of it.
    let margin = token
        .refresh_on()
        .and_then(|due| expires_on.duration_since(due).ok())
        .map_or(LONGEST_LOGIN_MARGIN, |half| half / 5)
        .min(LONGEST_LOGIN_MARGIN);
    expires_on
        .duration_since(now)
        .is_ok_and(|left| left > margin)
}

/// How long to wait after the `failures`th failure in a row (1 is the first) before the next
/// attempt: exponential, with full jitter.
///
/// A permanent error (a bad secret) is cured by a person, so it is tried at the slowest pace, but
/// never given up.
pub(crate) fn retry_delay(
    failures: u32,
    retryable: bool,
    holds_valid_token: bool,
    jitter: f64,
) -> Duration {
    if !retryable {
        return LONGEST_RETRY_WHILE_VALID.mul_f64(0.5 + 0.5 * jitter);
    }
    let longest = if holds_valid_token {
        LONGEST_RETRY_WHILE_VALID
    } else {
        LONGEST_RETRY_WHILE_EXPIRED
    };
    let doublings = failures.saturating_sub(1).min(16);
    let ceiling = (FIRST_RETRY * 2_u32.pow(doublings)).min(longest);
    ceiling.mul_f64(jitter).max(SHORTEST_RETRY)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: SystemTime = SystemTime::UNIX_EPOCH;

    #[test]
    fn refresh_is_due_at_half_the_lifetime_at_the_latest_and_spread_over_a_tenth() {
        for seconds in [1, 5, 300, 3_600, 86_400, 315_360_000] {
            let life = Duration::from_secs(seconds);
            assert_eq!(
                refresh_on(START, START + life, 0.0),
                START + life.mul_f64(0.5)
            );
            assert_eq!(
                refresh_on(START, START + life, 1.0),
                START + life.mul_f64(0.4)
            );
        }
    }

    #[test]
    fn a_token_that_is_already_expired_is_due_at_once() {
        let now = START + Duration::from_secs(10);
        assert_eq!(refresh_on(now, START, 0.3), now);
    }

    #[test]
    fn the_margin_for_a_login_is_a_tenth_of_the_life_and_30_seconds_at_most() {
        for (life, margin) in [(5.0, 0.5), (100.0, 10.0), (3_600.0, 30.0), (86_400.0, 30.0)] {
            let end = START + Duration::from_secs_f64(life);
            let token = Token::new("", end).with_refresh_on(refresh_on(START, end, 0.0));
            let margin = Duration::from_secs_f64(margin);
            let moment = Duration::from_millis(1);
            assert!(outlasts_a_login(&token, end - margin - moment), "{life} s");
            assert!(!outlasts_a_login(&token, end - margin), "{life} s");
            assert!(!outlasts_a_login(&token, end + moment), "{life} s");
        }
    }

    #[test]
    fn retries_slow_down_to_a_limit_that_depends_on_who_notices() {
        let longest = |failures, valid| retry_delay(failures, true, valid, 1.0);
        assert_eq!(longest(1, true), FIRST_RETRY);
        assert_eq!(longest(2, true), FIRST_RETRY * 2);
        assert_eq!(longest(100, true), LONGEST_RETRY_WHILE_VALID);
        assert_eq!(longest(100, false), LONGEST_RETRY_WHILE_EXPIRED);
        assert_eq!(retry_delay(100, true, false, 0.0), SHORTEST_RETRY);
    }

    #[test]
    fn a_permanent_error_is_retried_slowly() {
        assert_eq!(retry_delay(1, false, false, 0.0), Duration::from_secs(30));
        assert_eq!(retry_delay(1, false, true, 1.0), Duration::from_secs(60));
    }
}
