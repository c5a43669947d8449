//! What the cache costs in memory, by an allocator that counts.

use std::{
    future::Future as _,
    pin::pin,
    task::{Context, Poll, Waker},
    time::{Duration, SystemTime},
};

use allocation_counter::measure;
use token_source::{Error, Token, TokenCache, TokenSource};
use tokio::runtime::{Builder, Runtime};

/// As long as the token of a managed identity.
const TOKEN_LENGTH: usize = 1_700;

/// Gives out tokens for an hour.
struct Endpoint;

#[async_trait::async_trait]
impl TokenSource for Endpoint {
    async fn fetch(&self) -> Result<Token, Error> {
        let expires_on = SystemTime::now() + Duration::from_secs(3_600);
        Ok(Token::new("x".repeat(TOKEN_LENGTH), expires_on))
    }
}

/// Runs everything on the thread that counts.
fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
}

#[test]
fn reading_a_fresh_token_allocates_nothing() {
    runtime().block_on(async {
        let cache = TokenCache::new(Endpoint);
        cache.token().await.unwrap();
        // The first read of a thread sets up what that thread needs for lock-free reads.
        cache.token().await.unwrap();

        let mut context = Context::from_waker(Waker::noop());
        let reads = measure(|| {
            for _ in 0..1_000 {
                assert_eq!(cache.current().unwrap().secret().len(), TOKEN_LENGTH);
                let Poll::Ready(token) = pin!(cache.token()).poll(&mut context) else {
                    panic!("a fresh token is there at once");
                };
                assert_eq!(token.unwrap().secret().len(), TOKEN_LENGTH);
            }
        });
        assert_eq!(reads.count_total, 0, "{reads:?}");
    });
}

#[test]
fn cache_with_token_and_refresh_task_costs_less_than_16_kib() {
    const CACHES: usize = 100;
    let runtime = runtime();
    let mut caches = Vec::with_capacity(CACHES);

    let info = measure(|| {
        runtime.block_on(async {
            for _ in 0..CACHES {
                let cache = TokenCache::new(Endpoint);
                cache.token().await.unwrap();
                caches.push(cache);
            }
            // Until only the tasks that stay are left.
            tokio::time::sleep(Duration::from_secs(1)).await;
        });
    });
    let each = usize::try_from(info.bytes_current).unwrap() / CACHES;
    assert!(
        each > TOKEN_LENGTH && each < 16 * 1024,
        "a cache costs {each} bytes"
    );
}
