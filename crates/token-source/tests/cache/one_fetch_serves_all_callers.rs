//! However many callers want a token at once, the endpoint is asked once.

use std::time::Duration;

use crate::endpoint::{Endpoint, HOUR, LATENCY, Mood};
use token_source::{ErrorKind, RefreshPolicy};

#[tokio::test(start_paused = true)]
async fn ten_thousand_first_callers_cause_one_fetch_and_wait_no_longer_than_it_takes() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    let started = tokio::time::Instant::now();

    let callers: Vec<_> = (0..10_000)
        .map(|_| {
            let cache = cache.clone();
            tokio::spawn(async move { cache.token().await.unwrap().secret().to_owned() })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap(), "token-1");
    }

    assert_eq!(endpoint.calls(), 1);
    assert_eq!(started.elapsed(), LATENCY);
}

#[tokio::test(start_paused = true)]
async fn all_callers_at_the_moment_of_expiry_share_one_fetch() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    cache.token().await.unwrap();
    tokio::time::advance(HOUR).await;

    let callers: Vec<_> = (0..100)
        .map(|_| {
            let cache = cache.clone();
            tokio::spawn(async move { cache.token().await.unwrap().secret().to_owned() })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap(), "token-2");
    }
    assert_eq!(endpoint.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_first_caller_does_not_cancel_the_fetch_of_the_others() {
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
async fn each_caller_waits_as_long_as_it_likes() {
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
async fn a_failure_reaches_all_that_waited_for_it() {
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
async fn a_panicking_source_is_an_error_and_the_next_fetch_works() {
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
async fn an_endpoint_that_never_answers_is_given_up_after_the_time_out() {
    let endpoint = Endpoint::new(HOUR);
    endpoint.becomes(Mood::Hanging);
    let started = tokio::time::Instant::now();
    let error = endpoint.cache().token().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(started.elapsed(), RefreshPolicy::default().fetch_timeout());
}

#[test]
fn a_fetch_that_was_lost_with_its_runtime_is_started_again_on_the_next() {
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
