//! A token endpoint and a wall clock that both follow tokio's paused clock.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use token_source::{Clock, Error, ErrorKind, Token, TokenCache, TokenSource};
use tokio::time::Instant;

/// What the endpoint does when it is asked.
#[derive(Clone, Copy)]
pub(crate) enum Mood {
    Healthy,
    /// Fails in a way that may pass.
    Down,
    /// Refuses for good.
    Refusing,
    /// Panics, as a broken source does.
    Panicking,
    /// Never answers.
    Hanging,
}

#[derive(Clone)]
pub(crate) struct Endpoint(Arc<State>);

struct State {
    clock: WallClock,
    lifetime: Duration,
    latency: Duration,
    calls: AtomicUsize,
    mood: Mutex<Mood>,
}

impl Endpoint {
    /// Issues `token-1`, `token-2` and so on, each living for `lifetime`.
    pub(crate) fn new(lifetime: Duration, latency: Duration) -> Self {
        Self(Arc::new(State {
            clock: WallClock::starting_now(),
            lifetime,
            latency,
            calls: AtomicUsize::new(0),
            mood: Mutex::new(Mood::Healthy),
        }))
    }

    pub(crate) fn cache(&self) -> TokenCache {
        TokenCache::with_clock(self.clone(), self.0.clock)
    }

    pub(crate) fn calls(&self) -> usize {
        self.0.calls.load(Ordering::SeqCst)
    }

    pub(crate) fn becomes(&self, mood: Mood) {
        *self.0.mood.lock().unwrap() = mood;
    }
}

#[async_trait::async_trait]
impl TokenSource for Endpoint {
    async fn fetch(&self) -> Result<Token, Error> {
        let call = self.0.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let expires_on = self.0.clock.now() + self.0.lifetime;
        tokio::time::sleep(self.0.latency).await;
        let mood = *self.0.mood.lock().unwrap();
        match mood {
            Mood::Healthy => Ok(Token::new(format!("token-{call}"), expires_on)),
            Mood::Down => Err(Error::new(ErrorKind::Transport, "the endpoint is down")),
            Mood::Refusing => Err(Error::new(ErrorKind::Refused, "the secret is wrong")),
            Mood::Panicking => panic!("a broken source"),
            Mood::Hanging => std::future::pending().await,
        }
    }
}

/// Tells the time by tokio's clock, so that a paused test moves both.
#[derive(Clone, Copy)]
pub(crate) struct WallClock(Instant);

impl WallClock {
    pub(crate) fn starting_now() -> Self {
        Self(Instant::now())
    }
}

impl Clock for WallClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.0.elapsed()
    }
}
