//! While no valid token can be had, none is sent, and what is open is still handed out.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use test_servers::ServerTls;
use token_source_sqlx::{
    Connector, ErrorKind, Pool,
    sqlx::{Connection, mysql::MySqlPoolOptions},
    token_source::{Clock, Error, Token, TokenCache, TokenSource},
};

use crate::{
    Stage, TOKEN_LIFETIME, acquire_natively, connection_id,
    sources::{GoodOnce, Mint},
};

const LIFETIME: Duration = Duration::from_secs(3);

/// The machine has slept: the clock has jumped, and no timer has noticed.
#[tokio::test]
async fn after_the_sleep_of_a_machine() {
    let stage = Stage::new().await;
    let clock = LeapingClock::default();
    let source = Recorded {
        mint: stage.mint(TOKEN_LIFETIME),
        clock: clock.clone(),
        secrets: Arc::default(),
    };
    let secrets = Arc::clone(&source.secrets);
    let tokens = TokenCache::builder(source).clock(clock.clone()).build();
    let settings = stage.sandbox.settings(&stage.principal);
    let connector = Connector::with_tokens(&settings, tokens);
    let pool = Pool::new(connector, MySqlPoolOptions::new());
    let first = pool.acquire().await.unwrap();

    clock.leap(TOKEN_LIFETIME * 2);
    let second = pool.acquire().await.unwrap();
    let secrets = secrets.lock().unwrap().clone();
    assert_eq!(secrets.len(), 2);
    let options = format!("{:?}", pool.connect_options());
    assert!(options.contains(&secrets[1]), "the new token is used");
    assert_eq!(stage.tokens_received(), 2);
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
    mint: Mint,
    clock: LeapingClock,
    secrets: Arc<Mutex<Vec<String>>>,
}

#[async_trait::async_trait]
impl TokenSource for Recorded {
    async fn fetch(&self) -> Result<Token, Error> {
        let token = self.mint.fetch().await?;
        let secret = token.secret().to_owned();
        self.secrets.lock().unwrap().push(secret.clone());
        Ok(Token::new(secret, self.clock.now() + TOKEN_LIFETIME))
    }
}

/// The clock of the server and its plugin is the real one, so this waits for the token's end.
#[tokio::test]
async fn neither_by_this_crate_nor_by_the_drivers_own_methods() {
    let stage = Stage::with(ServerTls::Trusted, LIFETIME).await;
    let connector = stage.connector_over(GoodOnce(stage.mint(LIFETIME)));
    let pool = Pool::new(connector, MySqlPoolOptions::new());
    let mut connection = pool.acquire().await.unwrap();
    let id = connection_id(&mut connection).await;
    drop(connection);

    tokio::time::sleep(LIFETIME).await;
    let mut idle = pool.acquire().await.unwrap();
    assert_eq!(connection_id(&mut idle).await, id, "the open one");

    let error = pool.acquire().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Token, "{error}");
    assert!(
        error.to_string().contains("the secret has expired"),
        "{error}"
    );
    acquire_natively(&pool).await.unwrap_err();
    pool.connector().connect().await.unwrap_err();
    assert_eq!(stage.tokens_received(), 1);

    idle.ping().await.unwrap();
    drop(idle);
    // The driver gives it back in the background.
    while pool.num_idle() == 0 {
        tokio::task::yield_now().await;
    }
    acquire_natively(&pool).await.unwrap();
}
