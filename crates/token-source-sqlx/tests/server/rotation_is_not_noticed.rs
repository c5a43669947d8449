//! The follower serves who goes past this crate's methods as well.

use adapter_conformance::EmulatorTokens;
use std::time::{Duration, Instant};

use token_source_sqlx::{Pool, sqlx::Connection, sqlx::mysql::MySqlPoolOptions};

use crate::{acquire_natively, connector_over, shared_env};

const LIFETIME: Duration = Duration::from_secs(2);
const USE: Duration = Duration::from_secs(8);
const WORKERS: u32 = 4;

/// The clock of the server and its plugin is the real one, so this takes a few lifetimes.
#[tokio::test(flavor = "multi_thread")]
async fn by_the_drivers_own_methods() {
    let env = shared_env().await;
    let source = EmulatorTokens::new(&env, LIFETIME);
    let options = MySqlPoolOptions::new().max_connections(WORKERS);
    let pool = Pool::new(connector_over(&env, source.clone()), options);
    drop(pool.acquire().await.unwrap());

    let started = Instant::now();
    let workers: Vec<_> = (0..WORKERS)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut opened = 0_usize;
                while started.elapsed() < USE {
                    let mut connection = acquire_natively(&pool).await.unwrap();
                    connection.ping().await.unwrap();
                    // Closed, so that the next one has to be opened.
                    connection.close().await.unwrap();
                    opened += 1;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                opened
            })
        })
        .collect();
    for worker in workers {
        assert!(worker.await.unwrap() > 2);
    }
    let fetches = source.fetches();
    assert!(fetches > 4, "the token was rotated only {fetches} times");
    assert_eq!(env.tokens_refused(), 0, "{}", env.log());
}
