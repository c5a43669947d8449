use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use token_source::{Error, ErrorKind, Token, TokenSource};

use test_servers::TestEnv;

const HOUR: Duration = Duration::from_secs(3600);

/// Gets good tokens from the emulator without a request: a managed identity's address would have to
/// be in this process's environment.
#[derive(Clone, Debug)]
pub struct EmulatorTokens {
    env: TestEnv,
    lifetime: Duration,
    refresh_after: Option<Duration>,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    fetches: AtomicUsize,
    is_down: AtomicBool,
    latency: Mutex<Duration>,
}

impl EmulatorTokens {
    /// Tokens for the principal of this environment.
    pub fn new(env: &TestEnv, lifetime: Duration) -> Self {
        Self {
            env: env.clone(),
            lifetime,
            refresh_after: None,
            state: Arc::default(),
        }
    }

    /// The same source, whose tokens ask to be refreshed sooner than at half of their life.
    #[must_use]
    pub fn refreshed_after(mut self, age: Duration) -> Self {
        self.refresh_after = Some(age);
        self
    }

    /// How often it was asked.
    pub fn fetches(&self) -> usize {
        self.state.fetches.load(Ordering::SeqCst)
    }

    /// From now on, until it is told otherwise, it gives out nothing.
    pub fn set_down(&self, is_down: bool) {
        self.state.is_down.store(is_down, Ordering::SeqCst);
    }

    /// How long an answer takes from now on.
    pub fn set_latency(&self, latency: Duration) {
        *self
            .state
            .latency
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = latency;
    }
}

#[async_trait::async_trait]
impl TokenSource for EmulatorTokens {
    async fn fetch(&self) -> Result<Token, Error> {
        self.state.fetches.fetch_add(1, Ordering::SeqCst);
        let latency = *self
            .state
            .latency
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        tokio::time::sleep(latency).await;
        if self.state.is_down.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::Transport, "the endpoint is down"));
        }
        // Tokens count whole seconds, so this one ends up to a second before a full lifetime is
        // over.
        let since_1970 = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        let issued = SystemTime::UNIX_EPOCH + Duration::from_secs(since_1970.as_secs());
        let secret = self.env.token().lifetime(self.lifetime).build();
        let token = Token::new(secret, issued + self.lifetime);
        Ok(match self.refresh_after {
            Some(age) => token.with_refresh_on(SystemTime::now() + age),
            None => token,
        })
    }
}

/// Gives out these tokens one after the other, and the last one again and again.
#[derive(Clone, Debug)]
pub struct Sequence {
    tokens: Arc<Mutex<Vec<String>>>,
    fetches: Arc<AtomicUsize>,
}

impl Sequence {
    /// These tokens; if there are none, it never has one.
    pub fn new<T: Into<String>>(tokens: impl IntoIterator<Item = T>) -> Self {
        let mut tokens: Vec<String> = tokens.into_iter().map(Into::into).collect();
        tokens.reverse();
        Self {
            tokens: Arc::new(Mutex::new(tokens)),
            fetches: Arc::default(),
        }
    }

    /// How often it was asked.
    pub fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }
}

#[async_trait::async_trait]
impl TokenSource for Sequence {
    async fn fetch(&self) -> Result<Token, Error> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let next = match tokens.as_slice() {
            [last] => Some(last.clone()),
            _ => tokens.pop(),
        };
        let token = next.ok_or_else(|| Error::new(ErrorKind::Transport, "there is no token"))?;
        Ok(Token::new(token, SystemTime::now() + HOUR))
    }
}
