//! While a token is valid nobody notices that the endpoint is down; afterwards nobody hammers it.

use std::time::Duration;

use crate::endpoint::{Endpoint, HOUR, Mood, SECOND};
use token_source::ErrorKind;

#[tokio::test(start_paused = true)]
async fn outage_in_the_second_half_of_life_is_not_noticed() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    cache.token().await.unwrap();
    endpoint.becomes(Mood::Down);
    let last = Duration::from_secs(3_598);
    let started = tokio::time::Instant::now();
    while started.elapsed() < last {
        assert_eq!(cache.token().await.unwrap().secret(), "token-1");
        tokio::time::sleep(SECOND).await;
    }
    assert!(
        endpoint.calls() > 10,
        "the refresh is tried again and again"
    );

    endpoint.becomes(Mood::Healthy);
    tokio::time::sleep(SECOND * 60).await;
    assert_ne!(cache.token().await.unwrap().secret(), "token-1");
}

#[tokio::test(start_paused = true)]
async fn valid_token_is_served_in_its_last_second() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    cache.token().await.unwrap();
    endpoint.becomes(Mood::Down);
    tokio::time::advance(Duration::from_secs(3_599)).await;
    assert_eq!(cache.token().await.unwrap().secret(), "token-1");
}

#[tokio::test(start_paused = true)]
async fn callers_get_the_last_error_between_attempts() {
    let endpoint = Endpoint::new(HOUR);
    endpoint.becomes(Mood::Down);
    let cache = endpoint.cache();
    cache.token().await.unwrap_err();
    let (calls, asked) = (endpoint.calls(), tokio::time::Instant::now());

    for _ in 0..1000 {
        assert_eq!(
            cache.token().await.unwrap_err().kind(),
            ErrorKind::Transport
        );
    }
    assert_eq!(endpoint.calls(), calls);
    assert_eq!(asked.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn recovery_takes_five_seconds_at_most() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    cache.token().await.unwrap();
    endpoint.becomes(Mood::Down);
    let started = tokio::time::Instant::now();
    while started.elapsed() < HOUR * 2 {
        let _ = cache.token().await;
        tokio::time::sleep(SECOND).await;
    }
    cache.token().await.unwrap_err();

    endpoint.becomes(Mood::Healthy);
    tokio::time::sleep(SECOND * 5).await;
    cache.token().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn permanent_error_is_retried_slowly() {
    let endpoint = Endpoint::new(HOUR);
    endpoint.becomes(Mood::Refusing);
    let cache = endpoint.cache();
    let started = tokio::time::Instant::now();
    while started.elapsed() < HOUR {
        assert_eq!(cache.token().await.unwrap_err().kind(), ErrorKind::Refused);
        tokio::time::sleep(SECOND).await;
    }
    // A pause of 30 to 60 seconds between two of them.
    assert!(
        (58..=121).contains(&endpoint.calls()),
        "{} calls",
        endpoint.calls()
    );

    endpoint.becomes(Mood::Healthy);
    tokio::time::sleep(SECOND * 60).await;
    cache.token().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn slow_refresh_delays_nobody() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    cache.token().await.unwrap();
    endpoint.answers_after(SECOND * 20);
    let started = tokio::time::Instant::now();
    while started.elapsed() < HOUR * 2 {
        let asked = tokio::time::Instant::now();
        cache.token().await.unwrap();
        assert_eq!(asked.elapsed(), Duration::ZERO);
        tokio::time::sleep(SECOND).await;
    }
}

#[tokio::test(start_paused = true)]
async fn wait_near_expiry_takes_half_of_what_is_left() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    cache.token().await.unwrap();
    endpoint.becomes(Mood::Hanging);
    tokio::time::advance(Duration::from_secs(3_575)).await;
    let asked = tokio::time::Instant::now();
    assert_eq!(cache.token().await.unwrap().secret(), "token-1");
    let waited = asked.elapsed();
    assert!(
        waited > SECOND * 12 && waited < SECOND * 13,
        "half of 25 s: {waited:?}"
    );
}
