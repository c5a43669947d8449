//! What a readiness probe and a dashboard see.

use token_source::{Clock, ErrorKind, Readiness, TokenStatus};

use crate::endpoint::{Endpoint, HOUR, LATENCY, Mood, SECOND};

#[tokio::test(start_paused = true)]
async fn new_cache_is_idle() {
    let status = Endpoint::new(HOUR).cache().status();
    assert!(!status.is_ready());
    assert_eq!(status.readiness(), Readiness::Idle);
    assert_eq!(status.token, None);
    assert_eq!((status.fetches, status.failures), (0, 0));
    assert!(status.last_fetch.is_none() && status.last_error.is_none());
}

#[tokio::test(start_paused = true)]
async fn status_has_the_times_of_the_fetch() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    let token = cache.token().await.unwrap();
    let status = cache.status();
    assert!(status.is_ready());
    assert_eq!(status.token, Some(TokenStatus::Fresh));
    assert_eq!(status.obtained_on, Some(endpoint.clock().now()));
    assert_eq!(status.expires_on, Some(token.expires_on()));
    assert_eq!(status.refresh_on, token.refresh_on());
    let last = status.last_fetch.unwrap();
    assert_eq!(
        (last.ended_on, last.took),
        (endpoint.clock().now(), LATENCY)
    );
    assert_eq!((status.fetches, status.failures), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn outage_shows_before_and_after_expiry() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    cache.token().await.unwrap();
    endpoint.becomes(Mood::Down);

    tokio::time::sleep(HOUR * 3 / 4).await;
    let status = cache.status();
    assert!(status.is_ready());
    assert_eq!(
        status.token,
        Some(TokenStatus::Stale),
        "a stale token is being served"
    );
    assert!(status.consecutive_failures > 1);
    assert_eq!(u64::from(status.consecutive_failures), status.failures);
    assert_eq!(status.last_error.unwrap().kind(), ErrorKind::Transport);

    tokio::time::sleep(HOUR / 4).await;
    let status = cache.status();
    assert!(!status.is_ready());
    assert_eq!(status.readiness(), Readiness::Failed);
    assert_eq!(status.token, Some(TokenStatus::Expired));

    endpoint.becomes(Mood::Healthy);
    tokio::time::sleep(SECOND * 6).await;
    let status = cache.status();
    assert!(status.is_ready() && status.last_error.is_none());
    assert_eq!(status.consecutive_failures, 0);
    assert_eq!(status.fetches, status.failures + 2);
}
