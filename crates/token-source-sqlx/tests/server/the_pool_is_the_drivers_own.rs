//! The pool hands out a connection as the driver's own does: same limits, same options, safe to
//! cancel.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use test_servers::ServerTls;
use token_source_sqlx::{
    ErrorKind, Pool,
    sqlx::{
        Acquire, AssertSqlSafe, Connection, MySqlPool,
        mysql::{MySqlConnectOptions, MySqlPoolOptions},
        query, query_scalar, raw_sql,
    },
};

use crate::{
    Silent, connection_id, connector, connector_over, own_env, pool_of, shared_env, shared_env_with,
};

#[tokio::test]
async fn no_more_connections_are_opened_than_allowed() {
    let env = shared_env().await;
    let pool = pool_of(&env, 3).await;
    let workers: Vec<_> = (0..30)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut connection = pool.acquire().await.unwrap();
                query("DO SLEEP(0.01)")
                    .execute(&mut *connection)
                    .await
                    .unwrap();
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    assert_eq!(env.tokens_received(), 3);
    assert_eq!(pool.size(), 3);
}

#[tokio::test]
async fn who_waits_too_long_for_a_connection_gets_an_error() {
    let env = shared_env().await;
    let options = MySqlPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_millis(300));
    let pool = Pool::new(connector(&env), options);
    let taken = pool.acquire().await.unwrap();
    let started = Instant::now();
    let error = pool.acquire().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(started.elapsed() >= Duration::from_millis(300));
    drop(taken);
    pool.acquire().await.unwrap();
}

#[tokio::test]
async fn the_wait_for_a_token_counts_too() {
    let env = shared_env().await;
    let options = MySqlPoolOptions::new().acquire_timeout(Duration::from_millis(300));
    let pool = Pool::new(connector_over(&env, Silent), options);
    let error = pool.acquire().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
}

#[tokio::test]
async fn a_caller_that_gives_up_leaves_no_connection_behind() {
    let env = shared_env().await;
    let pool = pool_of(&env, 1).await;
    // At each of these moments a connect, a ping or nothing at all is under way.
    for milliseconds in [0, 1, 2, 5, 10, 20, 40, 80] {
        let limit = Duration::from_millis(milliseconds);
        if let Ok(connection) = tokio::time::timeout(limit, pool.acquire()).await {
            // So that the next one has to be opened.
            connection.unwrap().close().await.unwrap();
        }
    }
    let mut connection = pool.acquire().await.unwrap();
    connection.ping().await.unwrap();
    assert_eq!(pool.size(), 1);
}

#[tokio::test]
async fn a_query_that_was_cancelled_does_not_answer_the_next_one() {
    let env = shared_env().await;
    let pool = pool_of(&env, 1).await;
    let mut connection = pool.acquire().await.unwrap();
    let slow = query_scalar::<_, i64>("SELECT SLEEP(1) + 7").fetch_one(&mut *connection);
    tokio::time::timeout(Duration::from_millis(50), slow)
        .await
        .unwrap_err();
    drop(connection);

    let mut connection = pool.acquire().await.unwrap();
    let one: i64 = query_scalar("SELECT 1")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    assert_eq!(one, 1);
}

#[tokio::test]
async fn a_connection_that_the_server_has_ended_is_replaced() {
    let env = shared_env().await;
    let pool = pool_of(&env, 2).await;
    let mut victim = pool.acquire().await.unwrap();
    let mut other = pool.acquire().await.unwrap();
    let id = connection_id(&mut victim).await;
    let kill = AssertSqlSafe(format!("KILL {id}"));
    raw_sql(kill).execute(&mut *other).await.unwrap();
    drop((victim, other));

    let mut first = pool.acquire().await.unwrap();
    let mut second = pool.acquire().await.unwrap();
    assert_ne!(connection_id(&mut first).await, id);
    assert_ne!(connection_id(&mut second).await, id);
}

#[tokio::test]
async fn a_transaction_that_is_dropped_leaves_nothing() {
    let env = own_env().await;
    let pool = pool_of(&env, 1).await;
    query("CREATE TABLE numbers (number INT)")
        .execute(&*pool)
        .await
        .unwrap();
    for commits in [false, true] {
        let mut transaction = pool.begin().await.unwrap();
        query("INSERT INTO numbers VALUES (1)")
            .execute(&mut *transaction)
            .await
            .unwrap();
        if commits {
            transaction.commit().await.unwrap();
        }
    }
    let mut transaction = Acquire::begin(&pool).await.unwrap();
    let count: i64 = query_scalar("SELECT COUNT(*) FROM numbers")
        .fetch_one(&mut *transaction)
        .await
        .unwrap();
    assert_eq!(count, 1);
}

#[tokio::test]
async fn the_hooks_of_the_options_are_called() {
    let env = shared_env().await;
    let connects = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connects);
    let options = MySqlPoolOptions::new().after_connect(move |connection, _| {
        counted.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            query("SET @mark = 7").execute(connection).await?;
            Ok(())
        })
    });
    let pool = Pool::new(connector(&env), options);
    let mut connection = pool.acquire().await.unwrap();
    let mark: i64 = query_scalar("SELECT @mark")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    assert_eq!(mark, 7);
    assert_eq!(connects.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_closed_pool_says_so() {
    let env = shared_env().await;
    let without_token = Pool::new(connector_over(&env, Silent), MySqlPoolOptions::new());
    for pool in [pool_of(&env, 1).await, without_token] {
        pool.close().await;
        let error = pool.acquire().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PoolClosed, "{error}");
    }
}

#[tokio::test]
async fn settings_that_do_not_work_are_noticed_when_the_pool_is_made() {
    let env = shared_env_with(ServerTls::UnknownRoot).await;
    let connector = connector(&env);
    let options = MySqlPoolOptions::new();
    let opened = connector.open(|connect_options| options.clone().connect_with(connect_options));
    let error = opened.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
}

#[tokio::test]
async fn a_pool_that_was_opened_with_other_options_gets_these() {
    let env = shared_env().await;
    let options = MySqlConnectOptions::new().host("no-such-host");
    let pool = Pool::follow(connector(&env), MySqlPool::connect_lazy_with(options));
    pool.acquire().await.unwrap().ping().await.unwrap();
}

#[tokio::test]
async fn a_pool_that_was_opened_elsewhere_is_taken_over() {
    let env = shared_env().await;
    let connector = connector(&env);
    let options = MySqlPoolOptions::new().min_connections(2);
    let native = connector
        .open(|connect_options| options.clone().connect_with(connect_options))
        .await
        .unwrap();
    let pool = Pool::follow(connector, native);
    assert!(pool.size() >= 2);
    pool.acquire().await.unwrap().ping().await.unwrap();
}
