//! Tokens come and go; neither new nor open connections notice.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use test_servers::ServerTls;
use token_source_sqlx::{Pool, sqlx::Connection, sqlx::mysql::MySqlPoolOptions};

use crate::{Stage, acquire_natively, connection_id};

const LIFETIME: Duration = Duration::from_secs(5);
const USE: Duration = Duration::from_secs(30);
const WORKERS: u32 = 4;

/// The clock of the server and its plugin is the real one, so this takes 30 seconds.
#[tokio::test(flavor = "multi_thread")]
async fn a_pool_with_tokens_of_five_seconds_opens_connections_for_thirty() {
    let stage = Stage::with(ServerTls::Trusted, LIFETIME).await;
    let mint = stage.mint(LIFETIME);
    let options = MySqlPoolOptions::new().max_connections(WORKERS + 1);
    let pool = Pool::new(stage.connector_over(mint.clone()), options);
    let mut open = pool.acquire().await.unwrap();
    let id = connection_id(&mut open).await;

    let started = Instant::now();
    let workers: Vec<_> = (0..WORKERS)
        .map(|worker| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut opened = 0_usize;
                while started.elapsed() < USE {
                    // The follower serves who goes past the wrapper as well.
                    let mut connection = if worker % 2 == 0 {
                        pool.acquire().await.unwrap()
                    } else {
                        acquire_natively(&pool).await.unwrap()
                    };
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
        assert!(worker.await.unwrap() > 30);
    }

    assert_eq!(
        connection_id(&mut open).await,
        id,
        "the open connection is the same"
    );
    let fetches = mint.fetches.load(Ordering::SeqCst);
    assert!(fetches >= 7, "the token was rotated only {fetches} times");
    let log = stage.sandbox.log();
    assert!(!log.contains("aad_auth: refused"), "{log}");
}
