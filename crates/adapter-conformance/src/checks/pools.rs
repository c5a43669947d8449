//! A pool keeps its limits, also when callers give up.

use std::time::Duration;

use test_servers::ServerKind;

use crate::{
    adapter::{Abandoned, Adapter},
    check::Check,
    connect,
    sources::EmulatorTokens,
};

const HOUR: Duration = Duration::from_secs(3600);

pub(super) fn checks<A: Adapter>() -> Vec<Check> {
    vec![
        Check::any("no_more_connections_than_allowed", limit::<A>),
        Check::any(
            "callers_that_give_up_take_nothing_with_them",
            cancellation::<A>,
        ),
        Check::any(
            match A::ABANDONED {
                Abandoned::GivenUp => "a_pool_may_go_while_a_token_is_fetched",
                Abandoned::OpenedAndClosed => "what_is_opened_for_a_pool_that_has_gone_is_closed",
            },
            dropped_during_a_fetch::<A>,
        ),
    ]
}

async fn limit<A: Adapter>(server: ServerKind) {
    let env = connect::shared_env(server).await;
    let pool = connect::pool::<A>(&env, EmulatorTokens::new(&env, HOUR), 3)
        .await
        .unwrap();
    let workers: Vec<_> = (0..30)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut connection = A::get(&pool).await.unwrap();
                A::text(&mut connection, "SELECT 'x'").await.unwrap();
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    let logins = env.tokens_received();
    assert!((1..=3).contains(&logins), "{logins} logins");
}

/// Callers give up at every moment of opening a connection, which takes a few milliseconds. The pool
/// then still has all of its room, and no connection in it owes somebody else an answer.
async fn cancellation<A: Adapter>(server: ServerKind) {
    const SIZE: u32 = 2;

    let env = connect::shared_env(server).await;
    let source = EmulatorTokens::new(&env, HOUR);
    source.set_latency(Duration::from_millis(2));
    let pool = connect::pool::<A>(&env, source, SIZE).await.unwrap();
    for step in 0..60 {
        let patience = Duration::from_micros(250 * step);
        if let Ok(connection) = tokio::time::timeout(patience, A::get(&pool)).await {
            A::close(connection.unwrap()).await;
        }
    }
    let mut connections = Vec::new();
    for _ in 0..SIZE {
        let room = tokio::time::timeout(Duration::from_secs(10), A::get(&pool)).await;
        let mut connection = room.expect("there is room in time").unwrap();
        let answer = A::text(&mut connection, "SELECT 'mine'").await;
        assert_eq!(answer.unwrap(), "mine");
        connections.push(connection);
    }
}

async fn dropped_during_a_fetch<A: Adapter>(server: ServerKind) {
    let env = connect::shared_env(server).await;
    let source = EmulatorTokens::new(&env, HOUR);
    source.set_latency(Duration::from_millis(100));
    let opening = {
        let (env, source) = (env.clone(), source.clone());
        tokio::spawn(async move {
            let pool = connect::pool::<A>(&env, source, 1).await.unwrap();
            A::get(&pool).await.map(drop)
        })
    };
    while source.fetches() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    opening.abort();
    assert!(opening.await.unwrap_err().is_cancelled());
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(source.fetches(), 1, "the fetch is not tried again");
    let sent = env.tokens_received();
    match A::ABANDONED {
        Abandoned::GivenUp => assert_eq!(sent, 0),
        Abandoned::OpenedAndClosed => assert!(sent <= 1, "{sent} logins"),
    }
    connect::nobody_is_left(&env).await;
}
