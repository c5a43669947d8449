//! However many callers want a token at once, the endpoint is asked once.

use std::time::Duration;

use crate::endpoint::{Endpoint, HOUR, LATENCY, Mood};
use token_source::{Clock, ErrorKind, TokenCache};

#[tokio::test(start_paused = true)]
async fn ten_thousand_first_callers_cost_one_fetch() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    let started = tokio::time::Instant::now();

    assert_all_get(&cache, 10_000, "token-1").await;
    assert_eq!(endpoint.calls(), 1);
    assert_eq!(started.elapsed(), LATENCY);
}

#[tokio::test(start_paused = true)]
async fn thousand_callers_at_expiry_cost_one_fetch() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    let token = cache.token().await.unwrap();
    tokio::time::advance(HOUR).await;
    assert_eq!(endpoint.clock().now(), token.expires_on());

    assert_all_get(&cache, 1_000, "token-2").await;
    assert_eq!(endpoint.calls(), 2);
}

/// The refresh ahead of time has failed up to the last moment, and callers try again and again.
#[tokio::test(start_paused = true)]
async fn thousand_callers_at_expiry_after_an_outage_cost_one_fetch() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    let token = cache.token().await.unwrap();
    endpoint.becomes(Mood::Down);
    let left = token.expires_on().duration_since(endpoint.clock().now());
    tokio::time::sleep(left.unwrap()).await;
    assert!(cache.status().consecutive_failures > 1);
    assert!(!cache.status().is_ready(), "it has expired");
    cache.token().await.unwrap_err();

    endpoint.becomes(Mood::Healthy);
    let calls = endpoint.calls();
    let callers: Vec<_> = (0..1_000)
        .map(|_| {
            let cache = cache.clone();
            tokio::spawn(async move {
                while cache.token().await.is_err() {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
    assert_eq!(endpoint.calls(), calls + 1);
}

/// So many callers at once all get the token with this secret.
async fn assert_all_get(cache: &TokenCache, callers: usize, secret: &str) {
    let callers: Vec<_> = (0..callers)
        .map(|_| {
            let cache = cache.clone();
            tokio::spawn(async move { cache.token().await.unwrap().secret().to_owned() })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap(), secret);
    }
}

#[tokio::test(start_paused = true)]
async fn cancelled_caller_does_not_cancel_the_fetch() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    let first = tokio::spawn({
        let cache = cache.clone();
        async move { cache.token().await }
    });
    tokio::time::sleep(LATENCY / 2).await;
    let second = tokio::spawn({
        let cache = cache.clone();
        async move { cache.token().await }
    });
    tokio::task::yield_now().await;
    first.abort();

    assert_eq!(second.await.unwrap().unwrap().secret(), "token-1");
    assert_eq!(endpoint.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn callers_have_time_limits_of_their_own() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    let hasty = tokio::time::timeout(LATENCY / 3, cache.token());
    let patient = tokio::time::timeout(LATENCY * 3, cache.token());
    let (hasty, patient) = tokio::join!(hasty, patient);
    assert!(hasty.is_err());
    assert_eq!(patient.unwrap().unwrap().secret(), "token-1");
    assert_eq!(endpoint.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn failure_reaches_all_waiting_callers() {
    let endpoint = Endpoint::new(HOUR);
    endpoint.becomes(Mood::Down);
    let cache = endpoint.cache();

    let callers: Vec<_> = (0..10)
        .map(|_| {
            let cache = cache.clone();
            tokio::spawn(async move { cache.token().await })
        })
        .collect();
    for caller in callers {
        let error = caller.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transport);
    }
    assert_eq!(endpoint.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn panicking_source_is_an_error() {
    let endpoint = Endpoint::new(HOUR);
    endpoint.becomes(Mood::Panicking);
    let cache = endpoint.cache();
    let error = cache.token().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Panicked);

    endpoint.becomes(Mood::Healthy);
    tokio::time::advance(Duration::from_secs(5)).await;
    assert_eq!(cache.token().await.unwrap().secret(), "token-1");
}

#[tokio::test(start_paused = true)]
async fn silent_endpoint_times_out() {
    let endpoint = Endpoint::new(HOUR);
    endpoint.becomes(Mood::Hanging);
    let started = tokio::time::Instant::now();
    let error = endpoint.cache().token().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(started.elapsed(), Duration::from_secs(30));
}

#[test]
fn fetch_lost_with_its_runtime_is_started_again() {
    let new_runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap()
    };
    let first = new_runtime();
    let (endpoint, cache) = first.block_on(async {
        let endpoint = Endpoint::new(HOUR);
        let cache = endpoint.cache();
        let impatient = tokio::time::timeout(LATENCY / 2, cache.token()).await;
        assert!(impatient.is_err());
        (endpoint, cache)
    });
    drop(first);

    let token = new_runtime().block_on(cache.token()).unwrap();
    assert_eq!(token.secret(), "token-1");
    assert_eq!(endpoint.calls(), 2);
}
