//! `current` returns what `token` would return at once, and nothing else.

use std::time::Duration;

use token_source::{Clock, TokenStatus};

use crate::endpoint::{Endpoint, HOUR, LATENCY, Mood};

#[tokio::test(start_paused = true)]
async fn empty_cache_has_none_and_fetches_nothing() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    assert!(cache.current().is_none());
    tokio::time::sleep(HOUR).await;
    assert_eq!(endpoint.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn stale_token_is_returned_and_refreshed() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    cache.token().await.unwrap();
    tokio::time::advance(HOUR / 2).await;
    assert_eq!(cache.current().unwrap().secret(), "token-1");
    tokio::time::sleep(LATENCY * 2).await;
    assert_eq!(cache.current().unwrap().secret(), "token-2");
    assert_eq!(endpoint.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn token_that_callers_wait_for_is_none() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    cache.token().await.unwrap();
    tokio::time::advance(Duration::from_secs(3_595)).await;
    assert!(cache.current().is_none(), "it is about to expire");
    tokio::time::sleep(LATENCY * 2).await;
    let token = cache.current().unwrap();

    let rejects = cache.reject(&token);
    tokio::pin!(rejects);
    tokio::time::timeout(LATENCY / 2, &mut rejects)
        .await
        .unwrap_err();
    assert!(cache.current().is_none(), "it was rejected");
    rejects.await.unwrap();
    assert_eq!(cache.current().unwrap().secret(), "token-3");
}

#[tokio::test(start_paused = true)]
async fn expired_token_is_never_returned() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    let token = cache.token().await.unwrap();
    endpoint.becomes(Mood::Down);
    let left = token
        .expires_on()
        .duration_since(endpoint.clock().now())
        .unwrap();
    tokio::time::advance(left).await;
    let now = endpoint.clock().now();
    assert_eq!(token.status_at(now), TokenStatus::Expired);
    assert!(cache.current().is_none());
}
