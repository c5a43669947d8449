//! A token endpoint in any mood, and what it knows of the cache that asks it.

use std::{
    future, panic,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, SystemTime},
};

use token_source::{Clock as _, Error, ErrorKind, Token, TokenSource};
use tokio::time::Instant;

use crate::{
    invariants::Invariants,
    schedule::Mood,
    wall_clock::{WallClock, shifted},
};

const SHORTEST_RETRY: Duration = Duration::from_millis(100);

#[derive(Clone, Copy)]
pub(crate) struct Behaviour {
    pub(crate) mood: Mood,
    pub(crate) latency: Duration,
    pub(crate) lifetime: Duration,
    pub(crate) seconds_ahead: i64,
}

impl Behaviour {
    pub(crate) const HEALTHY: Self = Self {
        mood: Mood::Healthy,
        latency: Duration::from_millis(100),
        lifetime: Duration::from_secs(3_600),
        seconds_ahead: 0,
    };
}

/// What one cache asks.
pub(crate) struct Endpoint {
    clock: WallClock,
    behaviour: Arc<Mutex<Behaviour>>,
    invariants: Invariants,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    under_way_since: Option<Instant>,
    issued: usize,
    last_secret: String,
    last_expires_on: Option<SystemTime>,
    last_issued: Option<Instant>,
    last_failed: Option<Instant>,
    /// What the cache holds: the expiry of the last token that was valid when it arrived.
    held: Option<SystemTime>,
}

/// A fetch that is under way until this is dropped, as when it is cancelled.
struct UnderWay<'a>(&'a Endpoint);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.under_way_since = None;
        let now = Some(Instant::now());
        if state.last_issued != now {
            state.last_failed = now;
        }
    }
}

impl Endpoint {
    pub(crate) fn new(
        clock: WallClock,
        behaviour: Arc<Mutex<Behaviour>>,
        invariants: Invariants,
    ) -> Self {
        Self {
            clock,
            behaviour,
            invariants,
            state: Mutex::default(),
        }
    }

    /// Whether the cache has a token that is valid by the wall clock.
    pub(crate) fn cache_holds_a_valid_token(&self) -> bool {
        let held = self.state().held;
        held.is_some_and(|expires_on| expires_on > self.clock.now())
    }

    /// Has to be called before the wall clock jumps: it is unknown whether the cache looks at a
    /// token that arrives in this moment before or after the jump.
    pub(crate) fn expect_a_jump(&self) {
        let mut state = self.state();
        if state.last_issued == Some(Instant::now()) {
            state.held = None;
        }
    }

    pub(crate) fn under_way_since(&self) -> Option<Instant> {
        self.state().under_way_since
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn start(&self) -> UnderWay<'_> {
        let mut state = self.state();
        let before = state.under_way_since.replace(Instant::now());
        let rested = state.last_failed.map(|failed| failed.elapsed());
        drop(state);
        self.invariants
            .check(before.is_none(), "two fetches ran at once");
        self.invariants.check(
            rested.is_none_or(|rested| rested >= SHORTEST_RETRY),
            format!("a fetch started {rested:?} after one had failed"),
        );
        UnderWay(self)
    }

    fn issue_another(&self, expires_on: SystemTime) -> Token {
        let mut state = self.state();
        state.issued += 1;
        state.last_secret = format!("token-{}", state.issued);
        state.last_expires_on = Some(expires_on);
        drop(state);
        self.issue_again(expires_on)
    }

    fn issue_again(&self, expires_on: SystemTime) -> Token {
        let mut state = self.state();
        if expires_on > self.clock.now() {
            state.last_issued = Some(Instant::now());
            state.held = Some(expires_on);
        }
        Token::new(state.last_secret.clone(), expires_on)
    }
}

#[async_trait::async_trait]
impl TokenSource for Endpoint {
    async fn fetch(&self) -> Result<Token, Error> {
        let _under_way = self.start();
        let latency = self.behaviour.lock().unwrap().latency;
        tokio::time::sleep(latency).await;
        let behaviour = *self.behaviour.lock().unwrap();

        let now = shifted(self.clock.now(), behaviour.seconds_ahead);
        let last = self.state().last_expires_on;
        match (behaviour.mood, last) {
            (Mood::Repeating, Some(expires_on)) => Ok(self.issue_again(expires_on)),
            (Mood::Healthy | Mood::Repeating, _) => {
                Ok(self.issue_another(now + behaviour.lifetime))
            }
            (Mood::Late, _) => Ok(self.issue_another(now - Duration::from_secs(1))),
            (Mood::Down, _) => Err(Error::new(ErrorKind::Transport, "the endpoint is down")),
            (Mood::Refusing, _) => Err(Error::new(ErrorKind::Refused, "the secret is wrong")),
            // A panic without its message on standard error.
            (Mood::Panicking, _) => panic::resume_unwind(Box::new("a broken source")),
            (Mood::Hanging, _) => future::pending().await,
        }
    }
}
