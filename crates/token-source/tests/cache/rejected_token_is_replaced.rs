//! A token that a server refused is fetched anew, once, and the answer tells whether that helped.

use token_source::{ErrorKind, RejectOutcome, Token, TokenCache};

use crate::endpoint::{Endpoint, HOUR, LATENCY, Mood, SECOND};

async fn cache_with_token(endpoint: &Endpoint) -> (TokenCache, Token) {
    let cache = endpoint.cache();
    let token = cache.token().await.unwrap();
    (cache, token)
}

fn is_new(replacement: &RejectOutcome, secret: &str) -> bool {
    matches!(replacement, RejectOutcome::New(token) if token.secret() == secret)
}

fn is_same(replacement: &RejectOutcome, secret: &str) -> bool {
    matches!(replacement, RejectOutcome::Same(token) if token.secret() == secret)
}

#[tokio::test(start_paused = true)]
async fn hundred_reports_cost_one_fetch() {
    let endpoint = Endpoint::new(HOUR);
    let (cache, token) = cache_with_token(&endpoint).await;
    let reporters: Vec<_> = (0..100)
        .map(|_| {
            let (cache, token) = (cache.clone(), token.clone());
            tokio::spawn(async move { cache.reject(&token).await.unwrap() })
        })
        .collect();
    for reporter in reporters {
        assert!(is_new(&reporter.await.unwrap(), "token-2"));
    }
    // One who comes late.
    assert!(is_new(&cache.reject(&token).await.unwrap(), "token-2"));
    assert_eq!(endpoint.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn callers_wait_for_the_replacement() {
    let endpoint = Endpoint::new(HOUR);
    let (cache, token) = cache_with_token(&endpoint).await;
    let reporter = tokio::spawn({
        let (cache, token) = (cache.clone(), token.clone());
        async move { cache.reject(&token).await }
    });
    tokio::time::sleep(LATENCY / 2).await;
    assert_eq!(cache.token().await.unwrap().secret(), "token-2");
    reporter.await.unwrap().unwrap();
    assert_eq!(endpoint.calls(), 2);
}

#[tokio::test(start_paused = true)]
async fn reissued_token_is_reported_as_same() {
    let endpoint = Endpoint::new(HOUR);
    let (cache, token) = cache_with_token(&endpoint).await;
    endpoint.becomes(Mood::Repeating);
    for _ in 0..100 {
        assert!(is_same(&cache.reject(&token).await.unwrap(), "token-1"));
    }
    assert_eq!(endpoint.calls(), 2, "it is not asked again for each report");
    assert_eq!(cache.token().await.unwrap().secret(), "token-1");

    // The regular refresh brings another one at last.
    endpoint.becomes(Mood::Healthy);
    tokio::time::sleep(HOUR / 2).await;
    assert!(is_new(&cache.reject(&token).await.unwrap(), "token-2"));
}

#[tokio::test(start_paused = true)]
async fn rejected_token_is_served_if_no_other_can_be_fetched() {
    let endpoint = Endpoint::new(HOUR);
    let (cache, token) = cache_with_token(&endpoint).await;
    endpoint.becomes(Mood::Down);
    let error = cache.reject(&token).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert_eq!(cache.token().await.unwrap().secret(), "token-1");

    endpoint.becomes(Mood::Healthy);
    tokio::time::sleep(SECOND * 60).await;
    assert_eq!(cache.token().await.unwrap().secret(), "token-2");
}

#[tokio::test(start_paused = true)]
async fn rejecting_an_old_token_costs_no_fetch() {
    let endpoint = Endpoint::new(HOUR);
    let (cache, token) = cache_with_token(&endpoint).await;
    tokio::time::sleep(HOUR * 3 / 4).await;
    let calls = endpoint.calls();
    let current = cache.token().await.unwrap();
    assert!(is_new(
        &cache.reject(&token).await.unwrap(),
        current.secret()
    ));
    assert_eq!(endpoint.calls(), calls);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_while_no_other_can_be_fetched() {
    let endpoint = Endpoint::new(HOUR);
    let (cache, token) = cache_with_token(&endpoint).await;
    endpoint.becomes(Mood::Hanging);
    cache.reject(&token).await.unwrap_err();
    let asked = tokio::time::Instant::now();
    for _ in 0..600 {
        let asked = tokio::time::Instant::now();
        assert_eq!(cache.token().await.unwrap().secret(), "token-1");
        assert!(asked.elapsed().is_zero());
        tokio::time::sleep(SECOND).await;
    }
    assert!(asked.elapsed() > SECOND * 599);
    assert!(
        endpoint.calls() > 5,
        "another one is asked for all the time"
    );
}

#[tokio::test(start_paused = true)]
async fn replacements_are_spaced() {
    let endpoint = Endpoint::new(HOUR);
    let (cache, _) = cache_with_token(&endpoint).await;
    let started = tokio::time::Instant::now();
    while started.elapsed() < SECOND * 600 {
        let token = cache.token().await.unwrap();
        cache.reject(&token).await.unwrap();
        tokio::time::sleep(SECOND / 10).await;
    }
    // The pauses grow to a minute.
    let calls = endpoint.calls();
    assert!((10..30).contains(&calls), "{calls} calls in ten minutes");

    // The regular refresh ends it.
    tokio::time::sleep(HOUR).await;
    let (token, calls) = (cache.token().await.unwrap(), endpoint.calls());
    let replacement = cache.reject(&token).await.unwrap();
    assert!(matches!(replacement, RejectOutcome::New(_)));
    assert_eq!(endpoint.calls(), calls + 1);
}
