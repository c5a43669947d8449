//! When to refresh a token and when to retry. [`defaults`](crate::defaults) gives the reasons.
//!
//! All of it is arithmetic: it reads no clock, and randomness comes in as a number from 0 to 1.

use std::time::{Duration, SystemTime};

use crate::Token;

/// The share of its life after which a token is due for a refresh.
const REFRESH_AT: f64 = 0.5;

/// The largest share of its life by which the refresh is brought forward.
const SPREAD: f64 = 0.1;

/// The shortest time between a fetch and the refresh of its token.
pub(crate) const SHORTEST_REFRESH: Duration = Duration::from_millis(100);

/// How long one fetch may take unless the builder says otherwise.
pub(crate) const FETCH_TIMEOUT: Duration = Duration::from_secs(30);
const FIRST_RETRY: Duration = Duration::from_millis(500);
const SHORTEST_RETRY: Duration = Duration::from_millis(100);
const LONGEST_RETRY_WHILE_VALID: Duration = Duration::from_secs(60);
const LONGEST_RETRY_WHILE_EXPIRED: Duration = Duration::from_secs(5);
const LONGEST_LOGIN_MARGIN: Duration = Duration::from_secs(30);

/// When a token fetched at `now` is due for a refresh: at half of what is left of its life,
/// brought forward by up to a tenth of it.
pub(crate) fn refresh_on(now: SystemTime, expires_on: SystemTime, jitter: f64) -> SystemTime {
    let left = expires_on.duration_since(now).unwrap_or_default();
    let due = left.mul_f64(REFRESH_AT - SPREAD * within_bounds(jitter));
    now + due.max(SHORTEST_REFRESH).min(left)
}

/// Whether enough of the token's life is left at `now` for a login that starts now to reach the
/// server in time: more than about a tenth of it, or than 30 s.
pub(crate) fn outlasts_a_login(token: &Token, now: SystemTime) -> bool {
    let expires_on = token.expires_on();
    // What follows the refresh is about half of the life.
    let margin = token
        .refresh_on()
        .and_then(|due| expires_on.duration_since(due).ok())
        .map_or(LONGEST_LOGIN_MARGIN, |half| half / 5)
        .min(LONGEST_LOGIN_MARGIN);
    expires_on
        .duration_since(now)
        .is_ok_and(|left| left > margin)
}

/// How long to wait after the `failures`th failure in a row (1 is the first) before the next attempt:
/// exponential, with full jitter. A permanent error is retried at the slowest pace.
pub(crate) fn retry_delay(
    failures: u32,
    retryable: bool,
    holds_valid_token: bool,
    jitter: f64,
) -> Duration {
    let jitter = within_bounds(jitter);
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

/// Not a number becomes 0 as well.
fn within_bounds(jitter: f64) -> f64 {
    if jitter > 0.0 { jitter.min(1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: SystemTime = SystemTime::UNIX_EPOCH;
    const YEAR: u64 = 31_536_000;

    #[test]
    fn refresh_is_due_at_40_to_50_percent_of_life() {
        for seconds in [1, 5, 300, 3_600, 86_400, 10 * YEAR] {
            let life = Duration::from_secs(seconds);
            let due = |jitter| refresh_on(START, START + life, jitter);
            assert_eq!(due(0.0), START + life.mul_f64(0.5), "{seconds} s");
            assert_eq!(due(1.0), START + life.mul_f64(0.4), "{seconds} s");
        }
    }

    #[test]
    fn expired_token_is_due_at_once() {
        let now = START + Duration::from_secs(10);
        assert_eq!(refresh_on(now, START, 0.3), now);
    }

    #[test]
    fn repeated_token_is_not_refreshed_more_often_than_every_100_ms() {
        let life = Duration::from_millis(150);
        assert_eq!(
            refresh_on(START, START + life, 1.0),
            START + SHORTEST_REFRESH
        );
    }

    #[test]
    fn login_margin_is_a_tenth_of_life_and_30_s_at_most() {
        for (life, margin) in [(5.0, 0.5), (100.0, 10.0), (3_600.0, 30.0), (86_400.0, 30.0)] {
            let end = START + Duration::from_secs_f64(life);
            let due = refresh_on(START, end, 0.0);
            let token = Token::new("", end).with_refresh_on(due);
            let margin = Duration::from_secs_f64(margin);
            let step = Duration::from_millis(1);
            assert!(outlasts_a_login(&token, end - margin - step), "{life} s");
            assert!(!outlasts_a_login(&token, end - margin), "{life} s");
            assert!(!outlasts_a_login(&token, end + step), "{life} s");
        }
    }

    #[test]
    fn retries_slow_down_to_5_or_60_s() {
        let longest = |failures, valid| retry_delay(failures, true, valid, 1.0);
        assert_eq!(longest(1, true), FIRST_RETRY);
        assert_eq!(longest(2, true), FIRST_RETRY * 2);
        assert_eq!(longest(100, true), LONGEST_RETRY_WHILE_VALID);
        assert_eq!(longest(100, false), LONGEST_RETRY_WHILE_EXPIRED);
        assert_eq!(retry_delay(100, true, false, 0.0), SHORTEST_RETRY);
    }

    #[test]
    fn jitter_is_clamped() {
        for (wild, tame) in [
            (-1.0, 0.0),
            (7.0, 1.0),
            (f64::NAN, 0.0),
            (f64::INFINITY, 1.0),
        ] {
            let end = START + Duration::from_secs(100);
            let due = |jitter| refresh_on(START, end, jitter);
            assert_eq!(due(wild), due(tame), "{wild}");
            let delay = |jitter| retry_delay(3, true, true, jitter);
            assert_eq!(delay(wild), delay(tame), "{wild}");
        }
    }

    #[test]
    fn permanent_error_is_retried_slowly() {
        let delay = |valid, jitter| retry_delay(1, false, valid, jitter);
        assert_eq!(delay(false, 0.0), Duration::from_secs(30));
        assert_eq!(delay(true, 1.0), Duration::from_secs(60));
    }
}
