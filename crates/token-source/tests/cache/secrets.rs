//! Nothing that a cache prints during its life holds a token.

use token_source::TokenCache;

use crate::{
    endpoint::{Endpoint, HOUR, Mood, SECOND},
    log::Log,
};

#[tokio::test(start_paused = true)]
async fn debug_errors_and_events_hide_tokens() {
    // It takes the events of the other tests too, so those are looked at as well.
    let log = Log::of_this_process();

    // Every secret of this endpoint starts with `token-`.
    let endpoint = Endpoint::new(HOUR);
    let mut shown = Vec::new();
    let builder = TokenCache::builder(endpoint.clone()).clock(endpoint.clock());
    shown.push(format!("{builder:?}"));
    let cache = builder.build();
    let mut updates = cache.subscribe();
    let token = cache.token().await.unwrap();
    shown.push(format!(
        "{cache:?} {token:?} {updates:?} {:?}",
        updates.next().await
    ));
    shown.push(format!("{:?}", cache.reject(&token).await.unwrap()));
    for mood in [
        Mood::Repeating,
        Mood::Down,
        Mood::Refusing,
        Mood::Panicking,
        Mood::Hanging,
    ] {
        endpoint.becomes(mood);
        tokio::time::sleep(HOUR).await;
        let result = cache.token().await;
        shown.push(format!("{result:?} {:?} {cache:?}", cache.status()));
        shown.extend(result.err().map(|error| error.to_string()));
    }
    endpoint.becomes(Mood::Healthy);
    tokio::time::sleep(SECOND * 70).await;
    shown.push(format!("{:?}", cache.token().await.unwrap()));
    drop(cache);

    let log = log.text();
    assert!(
        log.contains("token fetched") && log.contains("token could not be fetched"),
        "{log}"
    );
    assert!(
        log.contains("expires_in_s=") && !log.contains("tv_sec"),
        "{log}"
    );
    for text in shown.iter().chain([&log]) {
        assert!(!text.contains("token-"), "{text}");
    }
}
