//! A subscriber gets the current token and each new one, and ends with the cache.

use crate::endpoint::{Endpoint, HOUR, SECOND};

#[tokio::test(start_paused = true)]
async fn subscriber_gets_the_current_and_each_new_token() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    cache.token().await.unwrap();
    let mut updates = cache.subscribe();
    for number in 1..=10 {
        let token = updates.next().await.unwrap();
        assert_eq!(token.secret(), format!("token-{number}"));
    }
}

#[tokio::test(start_paused = true)]
async fn early_subscriber_waits_for_the_first_token() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    let mut updates = cache.subscribe();
    tokio::time::timeout(SECOND, updates.next())
        .await
        .unwrap_err();
    cache.token().await.unwrap();
    assert_eq!(updates.next().await.unwrap().secret(), "token-1");
}

#[tokio::test(start_paused = true)]
async fn subscriber_skips_replaced_tokens() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    cache.token().await.unwrap();
    let mut updates = cache.subscribe();
    tokio::time::sleep(HOUR * 10).await;
    let latest = cache.token().await.unwrap();
    assert_eq!(updates.next().await.unwrap().secret(), latest.secret());
}

#[tokio::test(start_paused = true)]
async fn subscriber_does_not_keep_the_cache_alive() {
    let endpoint = Endpoint::new(HOUR);
    let cache = endpoint.cache();
    cache.token().await.unwrap();
    let mut updates = cache.subscribe();
    updates.next().await.unwrap();
    drop(cache);
    assert!(updates.next().await.is_none());
    assert_eq!(endpoint.others(), 0);
}
