//! While no valid token can be had, none is sent, and what is open is still handed out: also where
//! timers have not noticed, and by methods that know nothing of tokens.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use adapter_conformance::EmulatorTokens;
use token_source_sqlx::{
    Connector, Pool,
    sqlx::{Connection, mysql::MySqlPoolOptions},
    token_source::{Clock, Error, Token, TokenCache, TokenSource},
};

use crate::{TOKEN_LIFETIME, acquire_natively, connector_over, shared_env};

const LIFETIME: Duration = Duration::from_secs(2);

/// The machine has slept: the clock has jumped, and no timer has noticed.
#[tokio::test]
async fn after_the_sleep_of_a_machine() {
    let env = shared_env().await;
    let clock = LeapingClock::default();
    let source = Recorded {
        inner: EmulatorTokens::new(&env, TOKEN_LIFETIME),
        clock: clock.clone(),
        secrets: Arc::default(),
    };
    let secrets = Arc::clone(&source.secrets);
    let tokens = TokenCache::builder(source).clock(clock.clone()).build();
    let settings = env.settings();
    let connector = Connector::with_tokens(&settings, tokens);
    let pool = Pool::new(connector, MySqlPoolOptions::new());
    let first = pool.acquire().await.unwrap();

    clock.leap(TOKEN_LIFETIME * 2);
    let second = pool.acquire().await.unwrap();
    let secrets = secrets.lock().unwrap().clone();
    assert_eq!(secrets.len(), 2);
    let options = format!("{:?}", pool.connect_options());
    assert!(options.contains(&secrets[1]), "the new token is used");
    assert_eq!(env.tokens_received(), 2);
    drop((first, second));
}

/// Counts from the present, and is put forward by the test.
#[derive(Clone, Default)]
struct LeapingClock(Arc<AtomicU64>);

impl LeapingClock {
    fn leap(&self, by: Duration) {
        self.0.fetch_add(by.as_secs(), Ordering::SeqCst);
    }
}

impl Clock for LeapingClock {
    fn now(&self) -> SystemTime {
        SystemTime::now() + Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

/// Gives out good tokens by that clock, and remembers them.
struct Recorded {
    inner: EmulatorTokens,
    clock: LeapingClock,
    secrets: Arc<Mutex<Vec<String>>>,
}

#[async_trait::async_trait]
impl TokenSource for Recorded {
    async fn fetch(&self) -> Result<Token, Error> {
        let token = self.inner.fetch().await?;
        let secret = token.secret().to_owned();
        self.secrets.lock().unwrap().push(secret.clone());
        Ok(Token::new(secret, self.clock.now() + TOKEN_LIFETIME))
    }
}

/// The clock of the server and its plugin is the real one, so this waits for the token's end.
#[tokio::test]
async fn not_by_the_drivers_own_methods_either() {
    let env = shared_env().await;
    let inner = EmulatorTokens::new(&env, LIFETIME);
    let pool = Pool::new(connector_over(&env, inner.clone()), MySqlPoolOptions::new());
    let mut open = pool.acquire().await.unwrap();
    inner.set_down(true);

    tokio::time::sleep(LIFETIME).await;
    acquire_natively(&pool).await.unwrap_err();
    assert_eq!(env.tokens_received(), 1);

    open.ping().await.unwrap();
    drop(open);
    // The driver gives it back in the background.
    while pool.num_idle() == 0 {
        tokio::task::yield_now().await;
    }
    acquire_natively(&pool).await.unwrap();
}
