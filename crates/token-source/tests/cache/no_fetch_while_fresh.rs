//! A fresh token costs no fetch; a stale one is refreshed once, in the background.

use std::time::Duration;

use crate::endpoint::{Endpoint, HOUR, LATENCY};
use token_source::TokenStatus;

#[tokio::test(start_paused = true)]
async fn nothing_is_fetched_before_the_first_caller() {
    let endpoint = Endpoint::new(HOUR);
    let _cache = endpoint.cache();
    tokio::time::advance(HOUR).await;
    assert_eq!(endpoint.calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn fresh_token_is_not_fetched_again() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    for _ in 0..1000 {
        assert_eq!(cache.token().await.unwrap().secret(), "token-1");
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    assert_eq!(endpoint.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn stale_token_is_served_during_one_refresh() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    cache.token().await.unwrap();
    tokio::time::advance(HOUR / 2).await;

    let asked = tokio::time::Instant::now();
    for _ in 0..100 {
        assert_eq!(cache.token().await.unwrap().secret(), "token-1");
    }
    assert_eq!(asked.elapsed(), Duration::ZERO);

    tokio::time::sleep(LATENCY * 2).await;
    assert_eq!(cache.token().await.unwrap().secret(), "token-2");
    assert_eq!(endpoint.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn token_about_to_expire_is_replaced_first() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    cache.token().await.unwrap();
    tokio::time::advance(Duration::from_secs(3_595)).await;
    assert_eq!(cache.token().await.unwrap().secret(), "token-2");
}

#[tokio::test(start_paused = true)]
async fn five_second_tokens_are_valid_when_served() {
    let endpoint = Endpoint::new(Duration::from_secs(5));
    let clock = endpoint.clock();
    let cache = endpoint.cache();
    for _ in 0..1000 {
        let token = cache.token().await.unwrap();
        let now = token_source::Clock::now(&clock);
        assert_ne!(token.status_at(now), TokenStatus::Expired);
        tokio::time::sleep(Duration::from_millis(170)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn clones_share_one_token() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    let clone = cache.clone();
    cache.token().await.unwrap();
    clone.token().await.unwrap();
    assert_eq!(endpoint.calls(), 1);
}
