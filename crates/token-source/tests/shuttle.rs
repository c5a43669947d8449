//! The heart of the cache under a scheduler that tries many orders of events.
//!
//! ```sh
//! RUSTFLAGS="--cfg shuttle" cargo test -p token-source --test shuttle --target-dir target/shuttle
//! ```
#![cfg(shuttle)]

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use shuttle::{
    future::{block_on, spawn, yield_now},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};
use token_source::{Clock, Error, ErrorKind, RejectOutcome, Token, TokenCache, TokenSource};

const SCHEDULES: usize = 2_000;

/// Counts its calls and fails the test if two run at once.
#[derive(Default)]
struct Endpoint {
    calls: AtomicUsize,
    busy: AtomicBool,
    /// This call fails, counted from 1.
    fails_at: Option<usize>,
    repeats: bool,
}

#[async_trait::async_trait]
impl TokenSource for Endpoint {
    async fn fetch(&self) -> Result<Token, Error> {
        assert!(
            !self.busy.swap(true, Ordering::SeqCst),
            "two fetches at once"
        );
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        yield_now().await;
        self.busy.store(false, Ordering::SeqCst);
        if self.fails_at == Some(call) {
            // A permanent error, so that the next attempt is far away however slow the machine is.
            return Err(Error::new(ErrorKind::Refused, "no"));
        }
        let number = if self.repeats { 1 } else { call };
        let expires_on = SystemTime::now() + Duration::from_secs(3600);
        Ok(Token::new(format!("token-{number}"), expires_on))
    }
}

fn check(
    endpoint: fn() -> Endpoint,
    scenario: impl Fn(Arc<Endpoint>, TokenCache) + Send + Sync + 'static,
) {
    shuttle::check_random(
        move || {
            let endpoint = Arc::new(endpoint());
            scenario(
                Arc::clone(&endpoint),
                TokenCache::new(Arc::clone(&endpoint)),
            );
        },
        SCHEDULES,
    );
}

#[test]
fn first_callers_share_one_fetch() {
    check(Endpoint::default, |endpoint, cache| {
        let callers: Vec<_> = (0..3)
            .map(|_| {
                let cache = cache.clone();
                spawn(async move { cache.token().await.unwrap().secret().to_owned() })
            })
            .collect();
        for caller in callers {
            assert_eq!(block_on(caller).unwrap(), "token-1");
        }
        assert_eq!(endpoint.calls.load(Ordering::SeqCst), 1);
    });
}

/// A clock that each test sets by hand.
#[derive(Clone)]
struct HandSet(Arc<AtomicUsize>);

impl Clock for HandSet {
    fn now(&self) -> SystemTime {
        let seconds = self.0.load(Ordering::SeqCst).try_into().unwrap();
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }
}

/// Each token expires at the full hour.
struct Hourly(HandSet, AtomicUsize);

#[async_trait::async_trait]
impl TokenSource for Hourly {
    async fn fetch(&self) -> Result<Token, Error> {
        let call = self.1.fetch_add(1, Ordering::SeqCst) + 1;
        yield_now().await;
        let hours = self.0.0.load(Ordering::SeqCst) / 3_600 + 1;
        let expires_on =
            SystemTime::UNIX_EPOCH + Duration::from_secs((hours * 3_600).try_into().unwrap());
        Ok(Token::new(format!("token-{call}"), expires_on))
    }
}

#[test]
fn callers_at_expiry_share_one_fetch() {
    shuttle::check_random(
        || {
            let clock = HandSet(Arc::new(AtomicUsize::new(0)));
            let source = Arc::new(Hourly(clock.clone(), AtomicUsize::new(0)));
            let cache = TokenCache::builder(Arc::clone(&source))
                .clock(clock.clone())
                .build();
            block_on(cache.token()).unwrap();
            clock.0.store(3_600, Ordering::SeqCst);
            let callers: Vec<_> = (0..3)
                .map(|_| {
                    let cache = cache.clone();
                    spawn(async move { cache.token().await.unwrap().secret().to_owned() })
                })
                .collect();
            for caller in callers {
                assert_eq!(block_on(caller).unwrap(), "token-2");
            }
            assert_eq!(source.1.load(Ordering::SeqCst), 2);
        },
        SCHEDULES,
    );
}

#[test]
fn cancelled_caller_does_not_cancel_the_fetch() {
    check(Endpoint::default, |endpoint, cache| {
        let patient = spawn({
            let cache = cache.clone();
            async move { cache.token().await.unwrap().secret().to_owned() }
        });
        let impatient = spawn({
            let cache = cache.clone();
            async move {
                let _ = cache.token().await;
            }
        });
        impatient.abort();
        assert_eq!(block_on(patient).unwrap(), "token-1");
        assert_eq!(endpoint.calls.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn failure_reaches_waiting_and_later_callers() {
    let endpoint = || Endpoint {
        fails_at: Some(1),
        ..Endpoint::default()
    };
    check(endpoint, |endpoint, cache| {
        let callers: Vec<_> = (0..3)
            .map(|_| {
                let cache = cache.clone();
                spawn(async move { cache.token().await.map(|token| token.secret().to_owned()) })
            })
            .collect();
        for caller in callers {
            assert_eq!(
                block_on(caller).unwrap().unwrap_err().kind(),
                ErrorKind::Refused
            );
        }
        assert_eq!(endpoint.calls.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn reports_of_one_rejected_token_cost_one_fetch() {
    check(Endpoint::default, |endpoint, cache| {
        let token = block_on(cache.token()).unwrap();
        let reporters: Vec<_> = (0..2)
            .map(|_| {
                let (cache, token) = (cache.clone(), token.clone());
                spawn(async move {
                    let replacement = cache.reject(&token).await.unwrap();
                    assert!(
                        matches!(&replacement, RejectOutcome::New(new) if new.secret() == "token-2"),
                        "{replacement:?}"
                    );
                })
            })
            .collect();
        let caller = spawn({
            let cache = cache.clone();
            async move { cache.token().await.unwrap() }
        });
        for reporter in reporters {
            block_on(reporter).unwrap();
        }
        block_on(caller).unwrap();
        assert_eq!(endpoint.calls.load(Ordering::SeqCst), 2);
    });
}

#[test]
fn reissued_token_costs_one_fetch() {
    let endpoint = || Endpoint {
        repeats: true,
        ..Endpoint::default()
    };
    check(endpoint, |endpoint, cache| {
        let token = block_on(cache.token()).unwrap();
        let reporters: Vec<_> = (0..2)
            .map(|_| {
                let (cache, token) = (cache.clone(), token.clone());
                spawn(async move {
                    let replacement = cache.reject(&token).await.unwrap();
                    assert!(matches!(replacement, RejectOutcome::Same(_)));
                })
            })
            .collect();
        for reporter in reporters {
            block_on(reporter).unwrap();
        }
        assert_eq!(endpoint.calls.load(Ordering::SeqCst), 2);
    });
}

#[test]
fn last_handle_may_be_dropped_at_any_time() {
    check(Endpoint::default, |endpoint, cache| {
        let caller = spawn({
            let cache = cache.clone();
            async move {
                let _ = cache.token().await;
            }
        });
        let follower = spawn({
            let mut updates = cache.subscribe();
            async move { while updates.next().await.is_some() {} }
        });
        drop(cache);
        caller.abort();
        // It ends when the cache does.
        block_on(follower).unwrap();
        drop(endpoint);
    });
}
