//! Synchronous programs use the same cache, and nothing deadlocks. The clock is the real one, for a
//! paused one belongs to a runtime; a fetch takes just long enough for others to come in between.

use std::{
    pin::pin,
    sync::{
        Arc, Barrier,
        atomic::{AtomicU64, AtomicUsize, Ordering},
        mpsc,
    },
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, SystemTime},
};

use token_source::{Clock, Error, ErrorKind, RejectOutcome, Token, TokenCache, TokenSource};
use tokio::{runtime::Builder, sync::Notify};

#[derive(Clone, Default)]
struct Counter(Arc<AtomicUsize>);

#[async_trait::async_trait]
impl TokenSource for Counter {
    async fn fetch(&self) -> Result<Token, Error> {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let call = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        let expires_on = SystemTime::now() + Duration::from_secs(3600);
        Ok(Token::new(format!("token-{call}"), expires_on))
    }
}

#[test]
fn plain_threads_share_one_fetch() {
    let counter = Counter::default();
    let cache = TokenCache::new(counter.clone());
    let barrier = Arc::new(Barrier::new(16));
    let threads: Vec<_> = (0..16)
        .map(|_| {
            let (cache, barrier) = (cache.clone(), Arc::clone(&barrier));
            thread::spawn(move || {
                barrier.wait();
                cache.blocking_token().unwrap().secret().to_owned()
            })
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), "token-1");
    }
    assert_eq!(counter.0.load(Ordering::SeqCst), 1);
}

#[test]
fn blocking_sections_and_tasks_share_one_fetch() {
    let counter = Counter::default();
    let cache = TokenCache::new(counter.clone());
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(1)
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let task = tokio::spawn({
            let cache = cache.clone();
            async move { cache.token().await.unwrap() }
        });
        let blocking = tokio::task::spawn_blocking({
            let cache = cache.clone();
            move || cache.blocking_token().unwrap()
        });
        assert_eq!(task.await.unwrap().secret(), "token-1");
        assert_eq!(blocking.await.unwrap().secret(), "token-1");
        let in_place = tokio::task::block_in_place(|| cache.blocking_token().unwrap());
        assert_eq!(in_place.secret(), "token-1");
    });
    assert_eq!(counter.0.load(Ordering::SeqCst), 1);
}

#[test]
fn blocking_call_in_a_task_does_not_deadlock() {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let cache = TokenCache::new(Counter::default());
    let token = runtime.block_on(async { cache.blocking_token().unwrap() });
    assert_eq!(token.secret(), "token-1");
}

/// What comes of an asynchronous call outside a runtime.
fn at_once<T>(call: impl Future<Output = T>) -> T {
    match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("it waits for a runtime that is not there"),
    }
}

fn says_what_to_do(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    for call in ["TokenCache::blocking_token", "TokenCache::blocking_reject"] {
        assert!(error.to_string().contains(call), "{error}");
    }
}

#[test]
fn async_call_outside_a_runtime_says_what_to_do() {
    let cache = TokenCache::new(Counter::default());
    says_what_to_do(&at_once(cache.token()).unwrap_err());
}

/// The system's clock, so many seconds ahead.
#[derive(Clone, Default)]
struct Ahead(Arc<AtomicU64>);

impl Clock for Ahead {
    fn now(&self) -> SystemTime {
        SystemTime::now() + Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

#[test]
fn outside_a_runtime_a_token_about_to_expire_is_served() {
    let clock = Ahead::default();
    let cache = TokenCache::builder(Counter::default())
        .clock(clock.clone())
        .build();
    cache.blocking_token().unwrap();
    clock.0.store(3600 - 10, Ordering::SeqCst);
    assert_eq!(at_once(cache.token()).unwrap().secret(), "token-1");
}

#[test]
fn outside_a_runtime_a_rejected_token_is_served() {
    let cache = TokenCache::new(Counter::default());
    let token = cache.blocking_token().unwrap();
    says_what_to_do(&at_once(cache.reject(&token)).unwrap_err());
    assert_eq!(at_once(cache.token()).unwrap().secret(), "token-1");
}

/// Says when it is asked, and answers when it is let.
struct Held {
    asked: mpsc::SyncSender<()>,
    released: Arc<Notify>,
}

#[async_trait::async_trait]
impl TokenSource for Held {
    async fn fetch(&self) -> Result<Token, Error> {
        self.asked.send(()).unwrap();
        self.released.notified().await;
        let expires_on = SystemTime::now() + Duration::from_secs(3600);
        Ok(Token::new("token-1", expires_on))
    }
}

#[test]
fn outside_a_runtime_nobody_waits_for_a_fetch() {
    let (asked, is_asked) = mpsc::sync_channel(1);
    let released = Arc::new(Notify::new());
    let cache = TokenCache::new(Held {
        asked,
        released: Arc::clone(&released),
    });
    let waiting = thread::spawn({
        let cache = cache.clone();
        move || cache.blocking_token().unwrap()
    });
    is_asked.recv().unwrap();
    says_what_to_do(&at_once(cache.token()).unwrap_err());
    let refused = Token::new("refused", SystemTime::now());
    says_what_to_do(&at_once(cache.reject(&refused)).unwrap_err());

    released.notify_one();
    assert_eq!(waiting.join().unwrap().secret(), "token-1");
}

#[test]
fn blocking_reject_replaces_the_token() {
    let cache = TokenCache::new(Counter::default());
    let token = cache.blocking_token().unwrap();
    let replacement = cache.blocking_reject(&token).unwrap();
    assert!(matches!(&replacement, RejectOutcome::New(new) if new.secret() == "token-2"));
    assert_eq!(cache.blocking_token().unwrap().secret(), "token-2");
}

/// Asks another cache by blocking, on the very thread that would have to do the work.
struct Blocker(TokenCache);

#[async_trait::async_trait]
impl TokenSource for Blocker {
    async fn fetch(&self) -> Result<Token, Error> {
        self.0.blocking_token()
    }
}

#[test]
fn blocking_source_is_an_error() {
    let inner = TokenCache::new(Counter::default());
    let error = TokenCache::new(Blocker(inner))
        .blocking_token()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
}
