//! The task that follows the token ends with the last handle or when the pool is closed, and never
//! keeps the pool open.

use std::time::Duration;

use token_source_sqlx::{Pool, sqlx::mysql::MySqlPoolOptions};
use tokio::runtime::Handle;

use crate::{Silent, acquire_natively, connector, connector_over, shared_env};

/// No maintenance task of the driver's own.
fn quiet() -> MySqlPoolOptions {
    MySqlPoolOptions::new()
        .idle_timeout(None)
        .max_lifetime(None)
}

/// Waits until no more than `count` tasks are alive.
async fn tasks_are_down_to(count: usize) {
    let waiting = async {
        while Handle::current().metrics().num_alive_tasks() > count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting)
        .await
        .unwrap_or_else(|_| {
            let alive = Handle::current().metrics().num_alive_tasks();
            panic!("{alive} tasks are alive, expected {count}")
        });
}

#[tokio::test]
async fn when_the_last_handle_is_dropped() {
    let env = shared_env().await;
    let connector = connector(&env);
    let pool = Pool::new(connector.clone(), quiet());
    drop(pool.acquire().await.unwrap());
    let native = (*pool).clone();
    let other = pool.clone();
    drop(pool);
    // What brings the connection back has ended by then. An embedded server's task for it stays.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let followed = Handle::current().metrics().num_alive_tasks();
    drop(other);
    tasks_are_down_to(followed - 1).await;

    // Who holds the driver's own handle keeps the pool.
    assert!(!native.is_closed());
    drop(native.acquire().await.unwrap());
    let closed = native.close_event();
    drop(native);
    tokio::time::timeout(Duration::from_secs(10), closed)
        .await
        .expect("nobody keeps the pool open");
}

#[tokio::test]
async fn while_it_waits_for_its_first_token() {
    let env = shared_env().await;
    let before = Handle::current().metrics().num_alive_tasks();
    let pool = Pool::new(connector_over(&env, Silent), quiet());
    let closed = pool.close_event();
    tokio::task::yield_now().await;
    drop(pool);
    // No connection was opened, so nothing but a leaked handle could keep it open.
    tokio::time::timeout(Duration::from_secs(10), closed)
        .await
        .expect("nobody keeps the pool open");
    tasks_are_down_to(before).await;
}

#[tokio::test]
async fn when_the_pool_is_closed() {
    let env = shared_env().await;
    let connector = connector(&env);
    connector.tokens().token().await.unwrap();
    let before = Handle::current().metrics().num_alive_tasks();
    let pool = Pool::new(connector, quiet());
    drop(pool.acquire().await.unwrap());
    pool.close().await;
    tasks_are_down_to(before).await;
    acquire_natively(&pool).await.unwrap_err();
}
