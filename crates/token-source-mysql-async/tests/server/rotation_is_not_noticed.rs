//! Tokens come and go; neither new nor open connections notice.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use test_servers::ServerTls;
use token_source_mysql_async::{
    Pool, PoolOptions, PooledConnection, mysql_async::prelude::Queryable,
};

use crate::Stage;

const LIFETIME: Duration = Duration::from_secs(5);
const USE: Duration = Duration::from_secs(30);
const WORKERS: usize = 4;

async fn connection_id(connection: &mut PooledConnection) -> u64 {
    connection
        .query_first("SELECT CONNECTION_ID()")
        .await
        .unwrap()
        .unwrap()
}

/// The clock of the server and its plugin is the real one, so this takes 30 seconds.
#[tokio::test(flavor = "multi_thread")]
async fn a_pool_with_tokens_of_five_seconds_opens_connections_for_thirty() {
    let stage = Stage::with(ServerTls::Trusted, LIFETIME).await;
    let (connector, mint) = stage.connector_and_mint(LIFETIME);
    let pool = Pool::new(connector, PoolOptions::default());
    let mut open = pool.get_conn().await.unwrap();
    let id = connection_id(&mut open).await;

    let started = Instant::now();
    let workers: Vec<_> = (0..WORKERS)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut opened = 0_usize;
                while started.elapsed() < USE {
                    let mut connection = pool.get_conn().await.unwrap();
                    connection.query_drop("SELECT 1").await.unwrap();
                    // Taken out of the pool, so that the next one has to be opened.
                    let connection = connection.take();
                    connection.disconnect().await.unwrap();
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
