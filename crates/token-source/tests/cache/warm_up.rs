//! A lazily built pool becomes ready without a login: its cache is warmed up in the background.

use token_source::Readiness;

use crate::endpoint::{Endpoint, HOUR, LATENCY, Mood, SECOND};

#[tokio::test(start_paused = true)]
async fn warm_up_fetches_in_the_background() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    assert_eq!(cache.status().readiness(), Readiness::Idle);

    let started = tokio::time::Instant::now();
    cache.warm_up();
    assert!(started.elapsed().is_zero());
    let status = cache.status();
    assert_eq!(status.readiness(), Readiness::Fetching);
    assert!(status.is_fetching && !status.is_ready());

    tokio::time::sleep(LATENCY + SECOND).await;
    assert_eq!(cache.status().readiness(), Readiness::Ready);
    assert_eq!(cache.current().unwrap().secret(), "token-1");
    assert_eq!(endpoint.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn repeated_warm_ups_and_callers_share_one_fetch() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    for _ in 0..100 {
        cache.warm_up();
    }
    assert_eq!(cache.token().await.unwrap().secret(), "token-1");
    cache.warm_up();
    tokio::time::sleep(LATENCY * 2).await;
    assert_eq!(endpoint.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn failed_warm_up_is_retried_until_ready() {
    let endpoint = Endpoint::new(HOUR);
    endpoint.becomes(Mood::Down);
    let cache = endpoint.cache();
    cache.warm_up();
    tokio::time::sleep(SECOND * 60).await;
    assert_eq!(cache.status().readiness(), Readiness::Failed);

    endpoint.becomes(Mood::Healthy);
    tokio::time::sleep(SECOND * 6).await;
    assert_eq!(cache.status().readiness(), Readiness::Ready);
}

/// The clock is the real one: the background thread has no paused one.
#[test]
fn warm_up_outside_a_runtime_runs_on_the_background_thread() {
    let expires_on = std::time::SystemTime::now() + HOUR;
    let source = token_source::entra::StaticToken::new("token-1", expires_on);
    let cache = token_source::TokenCache::new(source);
    let mut status = cache.status();
    cache.warm_up();
    for _ in 0..1_000 {
        status = cache.status();
        if status.is_ready() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(status.is_ready(), "{status:?}");
}
