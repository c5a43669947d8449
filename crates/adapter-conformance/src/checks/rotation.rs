//! Tokens come and go; neither new nor open connections notice.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use test_servers::ServerKind;
use token_source::TokenCache;

use crate::{
    adapter::Adapter, check::Check, connect, failure::FailureKind, sources::EmulatorTokens,
};

const LIFETIME: Duration = Duration::from_secs(2);
const ROTATIONS: usize = 200;
const POOLS: usize = 10;
const WORKERS: usize = 32;
/// What a worker does between two connections. Without it a small machine would do nothing but log
/// in, and be measured instead of the adapter.
const PAUSE: Duration = Duration::from_millis(100);

pub(super) fn checks<A: Adapter>() -> Vec<Check> {
    vec![
        Check::any("two_hundred_rotations_are_not_noticed", rotations::<A>).busy(),
        Check::any("tokens_are_replaced_before_they_expire", lifetimes::<A>),
        Check::any("no_expired_token_is_sent", expired::<A>),
        Check::any(
            "an_endpoint_that_is_down_is_not_noticed",
            endpoint_down::<A>,
        ),
        Check::emulated("a_thousand_connections_cost_one_fetch", stampede::<A>).busy(),
    ]
}

/// Tokens live two seconds. A cache refreshes no sooner than after a tenth of a second, and goes by
/// their life if they ask for less, so 200 rotations are shared by ten caches, each with a pool; the
/// workers use all of them in turn.
async fn rotations<A: Adapter>(server: ServerKind) {
    let env = connect::shared_env(server).await;
    let source = || EmulatorTokens::new(&env, LIFETIME).refreshed_after(Duration::from_millis(120));
    let sources: [EmulatorTokens; POOLS] = std::array::from_fn(|_| source());
    let mut pools = Vec::new();
    let mut kept = Vec::new();
    for source in &sources {
        let size = u32::try_from(WORKERS).unwrap() + 1;
        let pool = connect::pool::<A>(&env, source.clone(), size)
            .await
            .unwrap();
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
                    tokio::time::sleep(PAUSE).await;
                }
            })
        })
        .collect();
    // The first fetch is no rotation.
    let rotated = || sources.iter().all(|it| it.fetches() > ROTATIONS / POOLS);
    while !rotated() || opened.load(Ordering::SeqCst) <= ROTATIONS {
        assert!(!workers.iter().any(tokio::task::JoinHandle::is_finished));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    done.store(true, Ordering::SeqCst);
    for worker in workers {
        worker.await.unwrap();
    }

    let opened = opened.load(Ordering::SeqCst);
    assert!(env.tokens_received() >= opened, "each logged in");
    for (id, mut open) in kept {
        assert_eq!(connection_id::<A>(&mut open).await, id, "it is still open");
    }
    // On a busy machine a login may take longer than such a token lives, and is then tried once more.
    let refused = env.tokens_refused();
    assert!(
        refused * 100 <= opened,
        "{refused} of {opened}: {}",
        env.log()
    );
}

/// Here the tokens do not say when they want to be refreshed. The clock of the server and its plugin
/// is the real one, so this takes a few lifetimes.
async fn lifetimes<A: Adapter>(server: ServerKind) {
    const FEW: u32 = 4;

    let env = connect::shared_env(server).await;
    let source = EmulatorTokens::new(&env, LIFETIME);
    let pool = connect::pool::<A>(&env, source.clone(), 2).await.unwrap();
    let mut open = A::get(&pool).await.unwrap();
    let id = connection_id::<A>(&mut open).await;
    let started = Instant::now();
    let mut opened = 0;
    while started.elapsed() < LIFETIME * FEW {
        let mut connection = A::get(&pool).await.unwrap();
        A::text(&mut connection, "SELECT 'x'").await.unwrap();
        A::close(connection).await;
        opened += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(opened > 8, "{opened} connections");
    assert!(
        source.fetches() > FEW as usize,
        "{} tokens",
        source.fetches()
    );
    assert!(env.tokens_received() >= opened);
    assert_eq!(connection_id::<A>(&mut open).await, id, "it is still open");
    assert_eq!(env.tokens_refused(), 0, "{}", env.log());
}

/// While no valid token can be had, none is sent, and what is open is still handed out.
async fn expired<A: Adapter>(server: ServerKind) {
    let env = connect::shared_env(server).await;
    let source = EmulatorTokens::new(&env, LIFETIME);
    let tokens = TokenCache::new(source.clone());
    let pool = A::pool(&env.settings(), tokens.clone(), 2).await.unwrap();
    let mut connection = A::get(&pool).await.unwrap();
    let id = connection_id::<A>(&mut connection).await;
    drop(connection);
    source.set_down(true);

    tokio::time::sleep(LIFETIME).await;
    let mut idle = A::get(&pool).await.unwrap();
    assert_eq!(connection_id::<A>(&mut idle).await, id, "the open one");
    let pooled = A::get(&pool).await.map(drop).unwrap_err();
    let direct = A::connect(&env.settings(), tokens).await.unwrap_err();
    for failure in [pooled, direct] {
        failure.is(FailureKind::Token);
        failure.shows("the endpoint is down");
    }
    assert_eq!(env.tokens_received(), 1);
    assert_eq!(connection_id::<A>(&mut idle).await, id, "it is as good");
}

async fn connection_id<A: Adapter>(connection: &mut A::Connection) -> String {
    let query = "SELECT CAST(CONNECTION_ID() AS CHAR)";
    A::text(connection, query).await.unwrap()
}

async fn endpoint_down<A: Adapter>(server: ServerKind) {
    let env = connect::shared_env(server).await;
    let source = EmulatorTokens::new(&env, Duration::from_secs(3600))
        // On a busy machine too, more than the tenth of a second that a cache waits at least.
        .refreshed_after(Duration::from_secs(1));
    let pool = connect::pool::<A>(&env, source.clone(), 2).await.unwrap();
    drop(A::get(&pool).await.unwrap());
    source.set_down(true);
    let before = source.fetches();
    while source.fetches() == before {
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

    let env = connect::shared_env(server).await;
    let source = EmulatorTokens::new(&env, Duration::from_secs(3600));
    source.set_latency(Duration::from_millis(200));
    let tokens = TokenCache::new(source.clone());
    let pool = A::pool(&env.settings(), tokens, CALLERS).await.unwrap();
    let before = source.fetches();
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
        source.fetches() <= before.max(1),
        "{} fetches",
        source.fetches()
    );
    assert!(env.emulator().counters().open_connections >= u64::from(CALLERS));
}
