//! Tokens come and go; neither new nor open connections notice.

use std::{
    sync::atomic::Ordering,
    thread,
    time::{Duration, Instant},
};

use diesel::r2d2::{ManageConnection, Pool as R2d2Pool};
use test_servers::ServerTls;
use token_source_diesel::{Connector, Pool, PooledConnection, diesel};

use crate::{
    Stage,
    ask::{run, run_blocking, session, session_blocking},
    blocking,
};

const LIFETIME: Duration = Duration::from_secs(5);
const USE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(50);
const WORKERS: usize = 4;

/// The clock of the server and its plugin is the real one, so this takes 30 seconds.
#[tokio::test(flavor = "multi_thread")]
async fn a_pool_with_tokens_of_five_seconds_opens_connections_for_thirty() {
    let stage = Stage::with(ServerTls::Trusted, LIFETIME).await;
    let (connector, mint) = stage.connector_and_mint(LIFETIME);
    let pool = Pool::new(connector, WORKERS + 1);
    let mut open = pool.get().await.unwrap();
    let before = session(&mut open).await;

    let started = Instant::now();
    let workers: Vec<_> = (0..WORKERS)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut opened = 0_usize;
                while started.elapsed() < USE {
                    let mut connection = pool.get().await.unwrap();
                    run(&mut connection, "DO 0").await;
                    // Taken out of the pool, so that the next one has to be opened.
                    drop(PooledConnection::take(connection));
                    opened += 1;
                    tokio::time::sleep(PAUSE).await;
                }
                opened
            })
        })
        .collect();
    let connector = pool.connector().clone();
    let opened = blocking(move || without_async(&connector, started)).await;
    assert!(opened > 30);
    for worker in workers {
        assert!(worker.await.unwrap() > 30);
    }

    assert_eq!(
        session(&mut open).await,
        before,
        "the open connection is the same"
    );
    let fetches = mint.fetches.load(Ordering::SeqCst);
    assert!(fetches >= 7, "the token was rotated only {fetches} times");
    let log = stage.sandbox.log();
    assert!(!log.contains("aad_auth: refused"), "{log}");
}

/// The same on a thread of its own, with a connection of an r2d2 pool open meanwhile.
fn without_async(connector: &Connector, started: Instant) -> usize {
    let pool = R2d2Pool::builder()
        .max_size(1)
        .build(connector.clone())
        .unwrap();
    let before = session_blocking(&mut pool.get().unwrap());
    let mut opened = 0;
    while started.elapsed() < USE {
        let mut connection = ManageConnection::connect(connector).unwrap();
        run_blocking(&mut connection, "DO 0");
        opened += 1;
        thread::sleep(PAUSE);
    }
    assert_eq!(session_blocking(&mut pool.get().unwrap()), before);
    opened
}
