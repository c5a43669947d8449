//! A token endpoint that follows tokio's paused clock.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use token_source::{Clock, Error, ErrorKind, Token, TokenCache, TokenSource};

use crate::wall_clock::{WallClock, shifted};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const LATENCY: Duration = Duration::from_millis(300);

/// What the endpoint does when it is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mood {
    Healthy,
    /// Gives out the last token again, as managed identity endpoints do.
    Repeating,
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
    calls: AtomicUsize,
    issued: AtomicUsize,
    behaviour: Mutex<Behaviour>,
    last: Mutex<Option<(String, SystemTime)>>,
}

#[derive(Clone, Copy)]
struct Behaviour {
    mood: Mood,
    lifetime: Duration,
    latency: Duration,
    seconds_ahead: i64,
}

impl Endpoint {
    /// Issues `token-1`, `token-2` and so on, each living for `lifetime`.
    pub(crate) fn new(lifetime: Duration) -> Self {
        Self(Arc::new(State {
            clock: WallClock::starting_now(),
            calls: AtomicUsize::new(0),
            issued: AtomicUsize::new(0),
            behaviour: Mutex::new(Behaviour {
                mood: Mood::Healthy,
                lifetime,
                latency: LATENCY,
                seconds_ahead: 0,
            }),
            last: Mutex::default(),
        }))
    }

    pub(crate) fn cache(&self) -> TokenCache {
        TokenCache::builder(self.clone())
            .clock(self.clock())
            .build()
    }

    pub(crate) fn clock(&self) -> WallClock {
        self.0.clock.clone()
    }

    pub(crate) fn calls(&self) -> usize {
        self.0.calls.load(Ordering::SeqCst)
    }

    pub(crate) fn becomes(&self, mood: Mood) {
        self.0.behaviour.lock().unwrap().mood = mood;
    }

    pub(crate) fn answers_after(&self, latency: Duration) {
        self.0.behaviour.lock().unwrap().latency = latency;
    }

    /// Sets its clock ahead of the caller's.
    pub(crate) fn is_ahead_by(&self, seconds: i64) {
        self.0.behaviour.lock().unwrap().seconds_ahead = seconds;
    }

    /// How many hold the endpoint beside this handle: a cache, as long as it lives.
    pub(crate) fn others(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}

#[async_trait::async_trait]
impl TokenSource for Endpoint {
    async fn fetch(&self) -> Result<Token, Error> {
        self.0.calls.fetch_add(1, Ordering::SeqCst);
        let latency = self.0.behaviour.lock().unwrap().latency;
        tokio::time::sleep(latency).await;
        let behaviour = *self.0.behaviour.lock().unwrap();
        match behaviour.mood {
            Mood::Healthy => {
                let number = self.0.issued.fetch_add(1, Ordering::SeqCst) + 1;
                let secret = format!("token-{number}");
                let now = shifted(self.0.clock.now(), behaviour.seconds_ahead);
                let expires_on = now + behaviour.lifetime;
                *self.0.last.lock().unwrap() = Some((secret.clone(), expires_on));
                Ok(Token::new(secret, expires_on))
            }
            Mood::Repeating => {
                let (secret, expires_on) = self.0.last.lock().unwrap().clone().unwrap();
                Ok(Token::new(secret, expires_on))
            }
            Mood::Down => Err(Error::new(ErrorKind::Transport, "the endpoint is down")),
            Mood::Refusing => Err(Error::new(ErrorKind::Refused, "the secret is wrong")),
            Mood::Panicking => panic!("a broken source"),
            Mood::Hanging => std::future::pending().await,
        }
    }
}
