//! A task refreshes the token even if nobody asks, until the last handle is gone.

use std::time::Duration;

use token_source::TokenCache;
use tokio::runtime::{Builder, Runtime};

use crate::endpoint::{Endpoint, HOUR, LATENCY, Mood, SECOND};

#[tokio::test(start_paused = true)]
async fn token_is_fresh_after_a_day_without_callers() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    cache.token().await.unwrap();
    tokio::time::sleep(HOUR * 24).await;

    let (calls, asked) = (endpoint.calls(), tokio::time::Instant::now());
    cache.token().await.unwrap();
    assert_eq!(asked.elapsed(), Duration::ZERO);
    assert_eq!(endpoint.calls(), calls);
    // Each token is replaced after 40 to 50 % of its life.
    assert!((48..=60).contains(&calls), "{calls} calls in a day");
}

#[tokio::test(start_paused = true)]
async fn refresh_task_ends_with_the_last_handle() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    let clone = cache.clone();
    cache.token().await.unwrap();
    drop(cache);
    tokio::time::sleep(HOUR).await;
    let calls = endpoint.calls();
    assert!(calls > 1, "one handle is enough");

    drop(clone);
    tokio::task::yield_now().await;
    assert_eq!(endpoint.others(), 0);
    tokio::time::sleep(HOUR).await;
    assert_eq!(endpoint.calls(), calls);
    assert_eq!(
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks(),
        0
    );
}

#[tokio::test(start_paused = true)]
async fn dropping_the_last_handle_ends_the_fetch() {
    let endpoint = Endpoint::new(HOUR);
    endpoint.becomes(Mood::Hanging);
    let cache = endpoint.cache();
    tokio::time::timeout(LATENCY * 2, cache.token())
        .await
        .unwrap_err();
    assert_eq!(endpoint.calls(), 1);
    drop(cache);
    for _ in 0..3 {
        tokio::task::yield_now().await;
    }
    assert_eq!(endpoint.others(), 0);
    assert_eq!(
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks(),
        0
    );
}

#[tokio::test(start_paused = true)]
async fn recovery_needs_no_caller() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    cache.token().await.unwrap();
    endpoint.becomes(Mood::Down);
    tokio::time::sleep(HOUR * 3).await;
    assert!(!cache.status().is_ready());
    endpoint.becomes(Mood::Healthy);
    tokio::time::sleep(SECOND * 5 + LATENCY).await;
    assert!(cache.status().is_ready());
}

#[tokio::test(start_paused = true)]
async fn refresh_task_survives_a_panicking_source() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    cache.token().await.unwrap();
    endpoint.becomes(Mood::Panicking);
    tokio::time::sleep(HOUR * 3 / 4).await;
    endpoint.becomes(Mood::Healthy);
    tokio::time::sleep(SECOND * 61).await;
    assert_eq!(cache.status().consecutive_failures, 0);
}

fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
}

#[test]
fn use_on_another_runtime_starts_a_new_refresh_task() {
    let first = runtime();
    let (endpoint, cache): (Endpoint, TokenCache) = first.block_on(async {
        let endpoint = Endpoint::new(HOUR);
        let cache = endpoint.cache();
        cache.token().await.unwrap();
        (endpoint, cache)
    });
    drop(first);

    runtime().block_on(async {
        // The clock is the first runtime's, and that one stands still. So it is set by hand.
        endpoint.clock().jumps(3601);
        assert_eq!(cache.token().await.unwrap().secret(), "token-2");
        endpoint.clock().jumps(1800);
        tokio::time::sleep(SECOND * 31).await;
        assert_eq!(endpoint.calls(), 3, "the refresh task looked at the clock");
    });
}

#[test]
fn fetch_on_an_undriven_runtime_is_replaced() {
    let idle = runtime();
    let (endpoint, cache) = idle.block_on(async {
        let endpoint = Endpoint::new(HOUR);
        let cache = endpoint.cache();
        tokio::time::timeout(LATENCY / 2, cache.token())
            .await
            .unwrap_err();
        (endpoint, cache)
    });
    // `idle` lives on, with the fetch in it.
    let token = runtime().block_on(cache.token()).unwrap();
    assert_eq!(token.secret(), "token-1");
    assert_eq!(endpoint.calls(), 2);
    drop(idle);
}

#[test]
fn refresh_task_on_an_undriven_runtime_is_replaced() {
    let idle = runtime();
    let (endpoint, cache) = idle.block_on(async {
        let endpoint = Endpoint::new(HOUR);
        let cache = endpoint.cache();
        cache.token().await.unwrap();
        (endpoint, cache)
    });
    // `idle` lives on, with the refresh task in it.
    runtime().block_on(async {
        endpoint.clock().jumps(1801);
        cache.token().await.unwrap();
        tokio::time::sleep(LATENCY * 2).await;
        endpoint.clock().jumps(1801);
        tokio::time::sleep(SECOND * 31).await;
        assert_eq!(
            endpoint.calls(),
            3,
            "the first, a caller's, and the new refresh task's"
        );
    });
    drop(idle);
}

#[test]
fn runtime_that_shuts_down_is_an_error() {
    let endpoint = runtime().block_on(async { Endpoint::new(HOUR) });
    let cache = endpoint.cache();
    let closed = runtime();
    let handle = closed.handle().clone();
    drop(closed);
    let _entered = handle.enter();
    let mut call = std::pin::pin!(cache.token());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match call.as_mut().poll(&mut context) {
        std::task::Poll::Ready(Err(error)) => {
            assert!(error.to_string().contains("shutting down"), "{error}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn longest_time_limit_does_not_panic() {
    let endpoint = Endpoint::new(HOUR);
    let cache = TokenCache::builder(endpoint.clone())
        .clock(endpoint.clock())
        .fetch_timeout(Duration::MAX)
        .build();
    cache.token().await.unwrap();
}
