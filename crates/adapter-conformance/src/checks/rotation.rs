//! Tokens come and go; neither new nor open connections notice.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use test_servers::ServerKind;
use token_source::TokenCache;

use crate::{Adapter, Mint, Stage, run::Check};

const LIFETIME: Duration = Duration::from_secs(2);
const ROTATIONS: usize = 200;
const POOLS: usize = 4;
const WORKERS: usize = 32;

pub(super) fn checks<A: Adapter>() -> Vec<Check> {
    vec![
        Check::any("two_hundred_rotations_are_not_noticed", rotations::<A>),
        Check::any(
            "an_endpoint_that_is_down_is_not_noticed",
            endpoint_down::<A>,
        ),
        Check::embedded("a_thousand_connections_cost_one_fetch", stampede::<A>),
    ]
}

/// Tokens live two seconds. A cache refreshes no sooner than after a tenth of a second, so 200
/// rotations are shared by four caches, each with a pool; the workers use all of them in turn.
async fn rotations<A: Adapter>(server: ServerKind) {
    let stage = Stage::new(server).await;
    let mint = || {
        stage
            .mint(LIFETIME)
            .refreshed_after(Duration::from_millis(100))
    };
    let mints: [Mint; POOLS] = std::array::from_fn(|_| mint());
    let mut pools = Vec::new();
    let mut kept = Vec::new();
    for mint in &mints {
        let size = u32::try_from(WORKERS).unwrap() + 1;
        let pool = stage.pool::<A>(mint.clone(), size).await.unwrap();
        let mut open = A::get(&pool).await.unwrap();
        kept.push((connection_id::<A>(&mut open).await, open));
        pools.push(pool);
    }

    let done = Arc::new(AtomicBool::new(false));
    let opened = Arc::new(AtomicUsize::new(0));
    let workers: Vec<_> = (0..WORKERS)
        .map(|number| {
            let (pools, done, opened) = (pools.clone(), Arc::clone(&done), Arc::clone(&opened));
            tokio::spawn(async move {
                for pool in pools.iter().cycle().skip(number % POOLS) {
                    if done.load(Ordering::SeqCst) {
                        return;
                    }
                    let mut connection = A::get(pool).await.unwrap();
                    A::text(&mut connection, "SELECT 'x'").await.unwrap();
                    A::close(connection).await;
                    opened.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    // The first fetch is no rotation.
    while mints.iter().any(|it| it.fetches() <= ROTATIONS / POOLS) {
        assert!(!workers.iter().any(tokio::task::JoinHandle::is_finished));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    done.store(true, Ordering::SeqCst);
    for worker in workers {
        worker.await.unwrap();
    }

    assert!(opened.load(Ordering::SeqCst) > ROTATIONS);
    for (id, mut open) in kept {
        assert_eq!(connection_id::<A>(&mut open).await, id, "it is still open");
    }
    let log = stage.sandbox().log();
    assert!(!log.contains("aad_auth: refused"), "{log}");
}

async fn connection_id<A: Adapter>(connection: &mut A::Connection) -> String {
    let query = "SELECT CAST(CONNECTION_ID() AS CHAR)";
    A::text(connection, query).await.unwrap()
}

async fn endpoint_down<A: Adapter>(server: ServerKind) {
    let stage = Stage::new(server).await;
    let mint = stage
        .mint(Duration::from_secs(3600))
        .refreshed_after(Duration::from_millis(100));
    let pool = stage.pool::<A>(mint.clone(), 2).await.unwrap();
    drop(A::get(&pool).await.unwrap());
    mint.set_down(true);
    let before = mint.fetches();
    while mint.fetches() == before {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for _ in 0..5 {
        let connection = A::get(&pool).await.unwrap();
        A::close(connection).await;
    }
}

/// At the moment at which the only token expires, a thousand callers want a new connection.
async fn stampede<A: Adapter>(server: ServerKind) {
    const CALLERS: u32 = 1000;

    let stage = Stage::new(server).await;
    let mint = stage.mint(Duration::from_secs(3600));
    mint.set_latency(Duration::from_millis(200));
    let tokens = TokenCache::new(mint.clone());
    let pool = A::pool(&stage.settings(), tokens, CALLERS).await.unwrap();
    let before = mint.fetches();
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { A::get(&pool).await.unwrap() })
        })
        .collect();
    let mut connections = Vec::new();
    for caller in callers {
        connections.push(caller.await.unwrap());
    }
    assert!(
        mint.fetches() <= before.max(1),
        "{} fetches",
        mint.fetches()
    );
    assert!(stage.emulator().counters().open_connections >= u64::from(CALLERS));
}
