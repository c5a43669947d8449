use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwapOption;
use tokio::{runtime::Handle, sync::watch, time::Instant};

use crate::{
    Clock, Error, ErrorKind, Token, TokenSource, TokenStatus,
    clock::SystemClock,
    policy::{self, FETCH_TIMEOUT},
    token::TokenParts,
};

/// A token that is always valid when it is asked for: fetched once, shared by all, refreshed ahead
/// of time.
///
/// The cache is a handle. Clones share the token, and one fetch serves them all.
///
/// | the token is | a caller gets |
/// |---|---|
/// | fresh | the token, at once |
/// | stale | the token, at once; one refresh is under way |
/// | stale and about to expire | the new token; or the old one, if the refresh fails |
/// | expired, or there is none | the new token, or why there is none |
///
/// A failed refresh never takes away a token that is still valid. After a failure the next attempt
/// waits, longer each time and never in step with other processes; callers that have no valid token
/// get the last error at once instead of hammering the endpoint.
///
/// ```
/// # async fn run() -> Result<(), token_source::Error> {
/// use token_source::{Cloud, TokenCache, entra::ManagedIdentity};
///
/// let tokens = TokenCache::new(ManagedIdentity::system_assigned(&Cloud::PUBLIC));
/// let token = tokens.token().await?;
/// println!("valid until {:?}", token.expires_on());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TokenCache(Arc<Shared>);

struct Shared {
    source: Arc<dyn TokenSource>,
    clock: Box<dyn Clock>,
    current: ArcSwapOption<TokenParts>,
    fetches: Mutex<Fetches>,
}

/// Guarded by a lock that is never held across an await.
#[derive(Default)]
struct Fetches {
    /// The fetch under way. Its sender is gone when the runtime that ran it was shut down.
    flight: Option<watch::Receiver<Option<Landing>>>,
    /// What went wrong since the last success.
    trouble: Option<Trouble>,
}

/// How a fetch ended, for all that waited for it.
type Landing = Result<Token, Error>;

struct Trouble {
    failures: u32,
    failed_at: Instant,
    jitter: f64,
    error: Error,
}

/// Where a caller stands that needs another token than the current one.
enum Position {
    /// Somebody else was quicker.
    Landed(Token),
    Boarded(watch::Receiver<Option<Landing>>),
    /// The next attempt has to wait.
    Waiting(Error),
}

impl TokenCache {
    /// A cache over `source`, empty at first. Nothing is fetched before the first call of
    /// [`token`](Self::token).
    pub fn new(source: impl TokenSource + 'static) -> Self {
        Self::with_clock(source, SystemClock)
    }

    /// The same with another clock than the system's, for tests.
    pub fn with_clock(source: impl TokenSource + 'static, clock: impl Clock + 'static) -> Self {
        Self(Arc::new(Shared {
            source: Arc::new(source),
            clock: Box::new(clock),
            current: ArcSwapOption::empty(),
            fetches: Mutex::default(),
        }))
    }

    /// A token that is valid now.
    ///
    /// Waits only while there is no valid token, or only one that is about to expire. To give up
    /// sooner, wrap the call in `tokio::time::timeout`: the fetch goes on for the others.
    ///
    /// # Errors
    ///
    /// Why no token could be fetched, if there is none that is still valid. Also if called outside
    /// a tokio runtime while a fetch is due.
    pub async fn token(&self) -> Result<Token, Error> {
        loop {
            let now = self.0.clock.now();
            let current = self.0.current();
            if let Some(token) = &current {
                match token.status_at(now) {
                    TokenStatus::Fresh => return Ok(token.clone()),
                    TokenStatus::Stale if policy::outlasts_a_login(token, now) => {
                        self.0.board();
                        return Ok(token.clone());
                    }
                    TokenStatus::Stale | TokenStatus::Expired => {}
                }
            }
            let error = match self.0.board() {
                Position::Landed(token) => return Ok(token),
                Position::Waiting(error) => error,
                Position::Boarded(mut flight) => match wait(&mut flight).await {
                    Some(Ok(token)) => return Ok(token),
                    Some(Err(error)) => error,
                    None => continue,
                },
            };
            let valid =
                current.filter(|token| token.status_at(self.0.clock.now()) != TokenStatus::Expired);
            return valid.ok_or(error);
        }
    }
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache")
            .field("current", &self.0.current())
            .finish_non_exhaustive()
    }
}

/// `None` if the flight was lost with its runtime.
async fn wait(flight: &mut watch::Receiver<Option<Landing>>) -> Option<Landing> {
    flight.wait_for(Option::is_some).await.ok()?.clone()
}

impl Shared {
    fn current(&self) -> Option<Token> {
        self.current.load_full().map(Token::from_parts)
    }

    /// Joins the fetch under way, or starts one if that is allowed yet.
    fn board(self: &Arc<Self>) -> Position {
        let mut fetches = self.lock();
        if let Some(flight) = &fetches.flight
            && flight.has_changed().is_ok()
        {
            return Position::Boarded(flight.clone());
        }
        // A fetch may have ended between the caller's look at the token and the lock.
        let now = self.clock.now();
        let current = self.current();
        if let Some(token) = &current
            && token.status_at(now) == TokenStatus::Fresh
        {
            return Position::Landed(token.clone());
        }
        if let Some(trouble) = &fetches.trouble {
            let holds_valid = current.is_some_and(|it| it.status_at(now) != TokenStatus::Expired);
            if trouble.failed_at.elapsed() < trouble.delay(holds_valid) {
                return Position::Waiting(trouble.error.clone());
            }
        }
        let Ok(runtime) = Handle::try_current() else {
            return Position::Waiting(Error::new(
                ErrorKind::Configuration,
                "a token has to be fetched, and there is no tokio runtime here; \
                 call `TokenCache::token` from within one",
            ));
        };
        let (sender, flight) = watch::channel(None);
        fetches.flight = Some(flight.clone());
        runtime.spawn(Arc::clone(self).fly(sender));
        Position::Boarded(flight)
    }

    /// One fetch from its start to its landing. A task of its own: a caller that is cancelled
    /// takes nothing away from the others.
    async fn fly(self: Arc<Self>, sender: watch::Sender<Option<Landing>>) {
        let started = Instant::now();
        let landing = self.fetch().await.and_then(|token| self.accept(token));
        match &landing {
            Ok(token) => tracing::debug!(
                elapsed = ?started.elapsed(),
                expires_on = ?token.expires_on(),
                refresh_on = ?token.refresh_on(),
                "token fetched"
            ),
            Err(error) => tracing::warn!(
                elapsed = ?started.elapsed(),
                kind = ?error.kind(),
                %error,
                "token could not be fetched"
            ),
        }
        let mut fetches = self.lock();
        fetches.flight = None;
        fetches.trouble = match &landing {
            Ok(token) => {
                self.current.store(Some(token.clone().into_parts()));
                None
            }
            Err(error) => Some(Trouble {
                failures: fetches
                    .trouble
                    .as_ref()
                    .map_or(0, |it| it.failures)
                    .saturating_add(1),
                failed_at: Instant::now(),
                jitter: fastrand::f64(),
                error: error.clone(),
            }),
        };
        drop(fetches);
        sender.send_replace(Some(landing));
    }

    /// In a task of its own, so that a panic of the source is an error like any other.
    async fn fetch(&self) -> Result<Token, Error> {
        let source = Arc::clone(&self.source);
        let fetch =
            tokio::spawn(async move { tokio::time::timeout(FETCH_TIMEOUT, source.fetch()).await });
        match fetch.await {
            Ok(Ok(result)) => result,
            Ok(Err(_elapsed)) => Err(Error::new(
                ErrorKind::Timeout,
                format!(
                    "no token came within {} s; check that the token endpoint can be reached",
                    FETCH_TIMEOUT.as_secs()
                ),
            )),
            Err(_panicked_or_cancelled) => Err(Error::new(
                ErrorKind::Panicked,
                "the token source panicked; see its message on standard error",
            )),
        }
    }

    fn accept(&self, token: Token) -> Result<Token, Error> {
        let now = self.clock.now();
        if let Ok(since) = now.duration_since(token.expires_on()) {
            return Err(Error::new(
                ErrorKind::MalformedResponse,
                format!(
                    "the token endpoint returned a token that expired {} s ago; \
                     check this machine's clock",
                    since.as_secs()
                ),
            ));
        }
        if token.refresh_on().is_some() {
            return Ok(token);
        }
        let due = policy::refresh_on(now, token.expires_on(), fastrand::f64());
        Ok(token.with_refresh_on(due))
    }

    /// No code that can panic runs under the lock, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Fetches> {
        self.fetches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trouble {
    fn delay(&self, holds_valid_token: bool) -> Duration {
        policy::retry_delay(
            self.failures,
            self.error.is_retryable(),
            holds_valid_token,
            self.jitter,
        )
    }
}
