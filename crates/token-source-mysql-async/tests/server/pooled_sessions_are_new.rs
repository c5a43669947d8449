//! The pool hands out a connection as if it had just been opened, and never logs in again for that.

use std::time::Duration;

use test_servers::{ServerKind, TestEnv};
use token_source_mysql_async::{
    ErrorKind, Pool, PoolOptions, PooledConnection, mysql_async::prelude::Queryable,
};

use crate::{connector, own_env, shared_env};

async fn pool_of(env: &TestEnv, max_size: usize) -> Pool {
    let pool = Pool::new(
        connector(env),
        PoolOptions::default().with_max_size(max_size),
    );
    drop(pool.get_conn().await.unwrap());
    pool
}

async fn value<T>(connection: &mut PooledConnection, query: &str) -> Option<T>
where
    T: token_source_mysql_async::mysql_async::prelude::FromValue + Send + 'static,
{
    connection
        .query_first::<Option<T>, _>(query)
        .await
        .unwrap()
        .flatten()
}

#[tokio::test]
async fn what_a_session_has_set_and_not_committed_is_gone() {
    let env = own_env().await;
    let pool = pool_of(&env, 1).await;
    let mut connection = pool.get_conn().await.unwrap();
    let id: Option<u64> = value(&mut connection, "SELECT CONNECTION_ID()").await;
    for statement in [
        "CREATE TABLE numbers (number INT)",
        "SET @mark = 1",
        "START TRANSACTION",
        "INSERT INTO numbers VALUES (1)",
    ] {
        connection.query_drop(statement).await.unwrap();
    }
    drop(connection);

    let mut connection = pool.get_conn().await.unwrap();
    assert_eq!(
        value(&mut connection, "SELECT CONNECTION_ID()").await,
        id,
        "the same connection"
    );
    assert_eq!(value::<u64>(&mut connection, "SELECT @mark").await, None);
    assert_eq!(
        value(&mut connection, "SELECT COUNT(*) FROM numbers").await,
        Some(0_u64)
    );
    assert_eq!(env.tokens_received(), 1, "no second login");
}

#[tokio::test]
async fn temporary_tables_are_gone() {
    const CREATE: &str = "CREATE TEMPORARY TABLE scratch (number INT)";

    let env = shared_env().await;
    let pool = pool_of(&env, 1).await;
    let mut connection = pool.get_conn().await.unwrap();
    let created = connection.query_drop(CREATE).await;
    if env.kind() == ServerKind::Embedded {
        let error = created.unwrap_err().to_string();
        assert!(error.contains("put a real server behind"), "{error}");
        return;
    }
    created.unwrap();
    drop(connection);

    let mut connection = pool.get_conn().await.unwrap();
    connection
        .query_drop("SELECT * FROM scratch")
        .await
        .unwrap_err();
}

#[tokio::test]
async fn a_query_that_was_cancelled_does_not_answer_the_next_one() {
    let env = shared_env().await;
    let pool = pool_of(&env, 1).await;
    let mut connection = pool.get_conn().await.unwrap();
    let slow = connection.query_first::<u64, _>("SELECT SLEEP(30) + 7");
    tokio::time::timeout(Duration::from_millis(50), slow)
        .await
        .unwrap_err();
    drop(connection);

    let mut connection = pool.get_conn().await.unwrap();
    assert_eq!(value(&mut connection, "SELECT 1").await, Some(1_u64));
}

#[tokio::test]
async fn a_result_that_was_not_read_to_its_end_is_no_longer_there() {
    let env = shared_env().await;
    let pool = pool_of(&env, 1).await;
    let mut connection = pool.get_conn().await.unwrap();
    let rows = connection
        .query_iter("SELECT 7; SELECT 8; SELECT 9")
        .await
        .unwrap();
    drop(rows);
    drop(connection);

    let mut connection = pool.get_conn().await.unwrap();
    assert_eq!(value(&mut connection, "SELECT 1").await, Some(1_u64));
}

#[tokio::test]
async fn a_connection_that_the_server_has_ended_is_replaced() {
    let env = shared_env().await;
    let pool = pool_of(&env, 2).await;
    let mut victim = pool.get_conn().await.unwrap();
    let mut other = pool.get_conn().await.unwrap();
    let id: Option<u64> = value(&mut victim, "SELECT CONNECTION_ID()").await;
    other
        .query_drop(format!("KILL {}", id.unwrap()))
        .await
        .unwrap();
    drop((victim, other));

    for _ in 0..2 {
        let mut connection = pool.get_conn().await.unwrap();
        let now: Option<u64> = value(&mut connection, "SELECT CONNECTION_ID()").await;
        assert_ne!(now, id);
    }
}

#[tokio::test]
async fn no_more_connections_are_opened_than_allowed() {
    let env = shared_env().await;
    let pool = pool_of(&env, 3).await;
    let workers: Vec<_> = (0..30)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut connection = pool.get_conn().await.unwrap();
                connection.query_drop("DO SLEEP(0.01)").await.unwrap();
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    assert_eq!(env.tokens_received(), 3);
}

#[tokio::test]
async fn a_closed_pool_says_so() {
    let env = shared_env().await;
    let pool = pool_of(&env, 1).await;
    pool.close();
    let error = pool.get_conn().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PoolClosed, "{error}");
}
