//! A pool opens, keeps and waits as its options say.

use std::time::Duration;

use token_source_mysql_async::{
    ErrorKind, Pool, PoolOptions, PooledConnection, mysql_async::prelude::Queryable,
};

use crate::{connector, own_env, shared_env};

async fn id(connection: &mut PooledConnection) -> u64 {
    let id = connection.query_first("SELECT CONNECTION_ID()").await;
    id.unwrap().unwrap()
}

async fn connected(connection: &mut PooledConnection) -> u64 {
    let query = "SHOW STATUS LIKE 'Threads_connected'";
    let row: (String, u64) = connection.query_first(query).await.unwrap().unwrap();
    row.1
}

#[tokio::test]
async fn who_waits_for_too_long_is_told_so() {
    let env = shared_env().await;
    let options = PoolOptions::default()
        .with_max_size(1)
        .with_wait_timeout(Duration::from_millis(50));
    let pool = Pool::new(connector(&env), options);
    let taken = pool.get_conn().await.unwrap();
    let error = pool.get_conn().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    drop(taken);
    pool.get_conn().await.unwrap();
}

#[tokio::test]
async fn a_connection_that_is_too_old_is_replaced() {
    let env = shared_env().await;
    let options = PoolOptions::default()
        .with_max_size(1)
        .with_lifetime(Duration::from_millis(200));
    let pool = Pool::new(connector(&env), options);
    let mut connection = pool.get_conn().await.unwrap();
    let first = id(&mut connection).await;
    drop(connection);
    tokio::time::sleep(Duration::from_millis(250)).await;
    let mut connection = pool.get_conn().await.unwrap();
    assert_ne!(id(&mut connection).await, first);
}

#[tokio::test]
async fn without_any_lifetime_each_caller_gets_a_new_connection_with_one_login() {
    let env = shared_env().await;
    let options = PoolOptions::default()
        .with_max_size(1)
        .with_lifetime(Duration::ZERO);
    let pool = Pool::new(connector(&env), options);
    for logins in 1..=3 {
        let connection = tokio::time::timeout(Duration::from_secs(60), pool.get_conn()).await;
        let mut connection = connection.expect("it comes to an end").unwrap();
        connection.query_drop("DO 1").await.unwrap();
        assert_eq!(env.tokens_received(), logins);
    }
}

#[tokio::test]
async fn what_came_back_last_is_handed_out_first() {
    let env = shared_env().await;
    let pool = Pool::new(connector(&env), PoolOptions::default());
    let mut connections = Vec::new();
    for _ in 0..3 {
        connections.push(pool.get_conn().await.unwrap());
    }
    let mut last = 0;
    for mut connection in connections {
        last = id(&mut connection).await;
        drop(connection);
        // It is reset on its way.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for _ in 0..3 {
        let mut connection = pool.get_conn().await.unwrap();
        assert_eq!(id(&mut connection).await, last);
        drop(connection);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn what_a_peak_has_opened_is_closed_but_for_the_least() {
    let env = own_env().await;
    let options = PoolOptions::default().with_min_size(2);
    let pool = Pool::new(connector(&env), options);
    let mut observer = pool.get_conn().await.unwrap().take();
    let mut peak = Vec::new();
    for _ in 0..6 {
        peak.push(pool.get_conn().await.unwrap());
    }
    drop(peak);

    // Real time for the connections to be reset and closed, none for the half minute between.
    let query = "SHOW STATUS LIKE 'Threads_connected'";
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(31)).await;
        tokio::time::resume();
        let row: Option<(String, u64)> = observer.query_first(query).await.unwrap();
        if row.unwrap().1 == 1 + 2 {
            return;
        }
    }
    panic!("{pool:?}");
}

#[tokio::test]
async fn a_pool_is_disconnected_when_the_last_connection_is_back() {
    let env = own_env().await;
    let mut observer = Pool::new(connector(&env), PoolOptions::default())
        .get_conn()
        .await
        .unwrap();
    let pool = Pool::new(connector(&env), PoolOptions::default());
    let taken = pool.get_conn().await.unwrap();
    assert_eq!(connected(&mut observer).await, 2);

    let disconnected = tokio::spawn(pool.clone().disconnect());
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!disconnected.is_finished(), "one is still out");
    drop(taken);
    disconnected.await.unwrap();
    for _ in 0..100 {
        if connected(&mut observer).await == 1 {
            let error = pool.get_conn().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::PoolClosed, "{error}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("a connection is still open");
}

#[cfg(feature = "bb8")]
#[tokio::test]
async fn bb8_hands_out_new_sessions_of_the_same_connection() {
    use token_source_mysql_async::bb8;

    let env = shared_env().await;
    let pool = bb8::Pool::builder()
        .max_size(1)
        .build(connector(&env))
        .await
        .unwrap();
    let mut connection = pool.get().await.unwrap();
    let first: Option<u64> = connection
        .query_first("SELECT CONNECTION_ID()")
        .await
        .unwrap();
    connection.query_drop("SET @mark = 1").await.unwrap();
    drop(connection);

    let mut connection = pool.get().await.unwrap();
    let (second, mark): (Option<u64>, Option<u64>) = connection
        .query_first("SELECT CONNECTION_ID(), @mark")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((second, mark), (first, None));
    assert_eq!(env.tokens_received(), 1, "no second login");
}
