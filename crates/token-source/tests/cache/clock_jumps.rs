//! An expired token is never served, whatever the clocks do and however long tokens live.

use std::time::Duration;

use token_source::{Clock, ErrorKind, TokenStatus};

use crate::endpoint::{Endpoint, HOUR, LATENCY, Mood, SECOND};

#[tokio::test(start_paused = true)]
async fn expired_token_is_not_served_after_sleep() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    cache.token().await.unwrap();
    endpoint.clock().jumps(8 * 3600);
    assert_eq!(cache.token().await.unwrap().secret(), "token-2");
}

#[tokio::test(start_paused = true)]
async fn refresh_task_notices_sleep_within_its_heartbeat() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    cache.token().await.unwrap();
    endpoint.clock().jumps(8 * 3600);
    tokio::time::sleep(SECOND * 30 + LATENCY * 2).await;
    assert_eq!(endpoint.calls(), 2);
    assert_eq!(cache.status().token, Some(TokenStatus::Fresh));
}

#[tokio::test(start_paused = true)]
async fn clock_set_back_serves_valid_tokens() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    cache.token().await.unwrap();
    endpoint.clock().jumps(-6 * 3600);
    for _ in 0..100 {
        let token = cache.token().await.unwrap();
        let now = endpoint.clock().now();
        assert_ne!(token.status_at(now), TokenStatus::Expired);
        tokio::time::sleep(SECOND * 600).await;
    }
}

#[tokio::test(start_paused = true)]
async fn endpoint_clock_may_be_ten_minutes_off() {
    for seconds in [-600, 600] {
        let endpoint = Endpoint::new(HOUR);
        endpoint.is_ahead_by(seconds);
        let cache = endpoint.cache();
        for _ in 0..1000 {
            let token = cache.token().await.unwrap();
            assert_ne!(
                token.status_at(endpoint.clock().now()),
                TokenStatus::Expired
            );
            tokio::time::sleep(SECOND * 10).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn token_expired_on_arrival_points_at_the_clock() {
    let endpoint = Endpoint::new(Duration::ZERO);
    let error = endpoint.cache().token().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MalformedResponse);
    assert!(error.to_string().contains("clock"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn tokens_of_one_second_and_of_ten_years_are_served() {
    let year = HOUR * 24 * 365;
    for (lifetime, step) in [(SECOND, SECOND / 10), (year * 10, year)] {
        let endpoint = Endpoint::new(lifetime);
        endpoint.answers_after(SECOND / 100);
        let cache = endpoint.cache();
        for _ in 0..30 {
            let token = cache.token().await.unwrap();
            assert_ne!(
                token.status_at(endpoint.clock().now()),
                TokenStatus::Expired
            );
            tokio::time::advance(step).await;
            tokio::time::sleep(SECOND / 50).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn repeated_token_is_served_until_it_expires() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    cache.token().await.unwrap();
    endpoint.becomes(Mood::Repeating);
    let started = tokio::time::Instant::now();
    while started.elapsed() < Duration::from_secs(3590) {
        assert_eq!(cache.token().await.unwrap().secret(), "token-1");
        tokio::time::sleep(SECOND).await;
    }
    let calls = endpoint.calls();
    assert!(
        calls < 60,
        "{calls} calls: each is due at half of what is left"
    );
    tokio::time::sleep(SECOND * 15).await;
    cache.token().await.unwrap_err();
}
