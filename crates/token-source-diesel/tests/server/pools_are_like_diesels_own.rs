//! The pools behave as those of diesel-async and diesel, and never log in again where those do not.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bb8::ErrorSink;
use diesel::{QueryResult, connection::TransactionManager, r2d2};
use test_servers::{ServerTls, TestEnv, blocking};
use token_source_diesel::{
    Connector, Error, ErrorKind, Pool, SyncConnection, diesel,
    diesel_async::{
        self, AsyncMysqlConnection,
        pooled_connection::{AsyncDieselConnectionManager, PoolError},
    },
};

use crate::{
    ask::{run, session, session_blocking, value},
    connector, shared_env, shared_env_with,
};

async fn pool_of(env: &TestEnv, max_size: usize) -> Pool {
    let pool = Pool::new(connector(env), max_size);
    drop(pool.get().await.unwrap());
    pool
}

async fn bb8_pool_of_one(
    env: &TestEnv,
) -> bb8::Pool<AsyncDieselConnectionManager<AsyncMysqlConnection>> {
    bb8::Pool::builder()
        .max_size(1)
        .build(connector(env).manager())
        .await
        .unwrap()
}

fn r2d2_pool_of_one(connector: Connector) -> r2d2::Pool<Connector> {
    r2d2::Pool::builder().max_size(1).build(connector).unwrap()
}

#[tokio::test]
async fn a_session_is_not_reset() {
    let env = shared_env().await;
    let pool = pool_of(&env, 1).await;
    let mut connection = pool.get().await.unwrap();
    let before = session(&mut connection).await;
    run(&mut connection, "SET @mark = 'kept'").await;
    drop(connection);

    let mut connection = pool.get().await.unwrap();
    assert_eq!(session(&mut connection).await, before, "the same one");
    let mark = value(&mut connection, "SELECT @mark AS Value").await;
    assert_eq!(mark.unwrap(), "kept");
    assert_eq!(env.tokens_received(), 1, "no second login");
}

#[tokio::test]
async fn one_that_the_server_has_ended_is_replaced() {
    let env = shared_env().await;
    let mut other = connector(&env).connect().await.unwrap();
    let mut kill = async |victim: u64| run(&mut other, &format!("KILL {victim}")).await;

    let pool = pool_of(&env, 1).await;
    let ended = session(&mut pool.get().await.unwrap()).await;
    kill(ended).await;
    assert_ne!(session(&mut pool.get().await.unwrap()).await, ended);

    let pool = bb8_pool_of_one(&env).await;
    let ended = session(&mut pool.get().await.unwrap()).await;
    kill(ended).await;
    assert_ne!(session(&mut pool.get().await.unwrap()).await, ended);

    let connector = connector(&env);
    let (pool, ended) = blocking(|| {
        let pool = r2d2_pool_of_one(connector);
        let ended = session_blocking(&mut pool.get().unwrap());
        (pool, ended)
    })
    .await;
    kill(ended).await;
    blocking(move || assert_ne!(session_blocking(&mut pool.get().unwrap()), ended)).await;
}

#[tokio::test]
async fn one_that_was_left_in_a_transaction_is_replaced() {
    let env = shared_env().await;

    let pool = pool_of(&env, 1).await;
    let mut connection = pool.get().await.unwrap();
    let left = session(&mut connection).await;
    leave_in_a_transaction(&mut connection).await;
    drop(connection);
    assert_ne!(session(&mut pool.get().await.unwrap()).await, left);

    let pool = bb8_pool_of_one(&env).await;
    let mut connection = pool.get().await.unwrap();
    let left = session(&mut connection).await;
    leave_in_a_transaction(&mut connection).await;
    drop(connection);
    assert_ne!(session(&mut pool.get().await.unwrap()).await, left);

    let connector = connector(&env);
    blocking(|| {
        let pool = r2d2_pool_of_one(connector);
        let mut connection = pool.get().unwrap();
        let left = session_blocking(&mut connection);
        Transactions::begin_transaction(&mut *connection).unwrap();
        drop(connection);
        assert_ne!(session_blocking(&mut pool.get().unwrap()), left);
    })
    .await;
}

type Transactions = <SyncConnection as diesel::Connection>::TransactionManager;

async fn leave_in_a_transaction(connection: &mut AsyncMysqlConnection) {
    use diesel_async::AsyncConnection;

    let asleep = connection.transaction(async |_| std::future::pending::<QueryResult<()>>().await);
    tokio::time::timeout(Duration::from_millis(100), asleep)
        .await
        .unwrap_err();
}

#[tokio::test]
async fn a_query_that_was_cancelled_does_not_answer_the_next_one() {
    let env = shared_env().await;
    let pool = pool_of(&env, 1).await;
    let mut connection = pool.get().await.unwrap();
    let slow = run(&mut connection, "SELECT SLEEP(30)");
    tokio::time::timeout(Duration::from_millis(50), slow)
        .await
        .unwrap_err();
    drop(connection);

    let mut connection = pool.get().await.unwrap();
    let answer = value(&mut connection, "SELECT 'mine' AS Value").await;
    assert_eq!(answer.unwrap(), "mine");
}

/// The answer that nobody has read looks like the one to a pool's usual check, `SELECT 1`.
#[tokio::test]
async fn nor_does_one_whose_answer_is_a_number() {
    let env = shared_env().await;
    let pool = bb8_pool_of_one(&env).await;
    for _ in 0..3 {
        let mut connection = pool.get().await.unwrap();
        let slow = run(&mut connection, "SELECT SLEEP(0.2)");
        tokio::time::timeout(Duration::from_millis(50), slow)
            .await
            .unwrap_err();
        drop(connection);

        let mut connection = pool.get().await.unwrap();
        let answer = value(&mut connection, "SELECT 'mine' AS Value").await;
        assert_eq!(answer.unwrap(), "mine");
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
                let mut connection = pool.get().await.unwrap();
                run(&mut connection, "DO SLEEP(0.01)").await;
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
    let error = pool.get().await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::PoolClosed, "{error}");
}

#[tokio::test]
async fn why_no_connection_can_be_opened_is_told_through_the_pool() {
    let env = shared_env_with(ServerTls::UnknownRoot).await;
    let pool = Pool::new(connector(&env), 1);
    let error: Error = pool.get().await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");

    let sink = Sink::default();
    let pool = bb8::Pool::builder()
        .connection_timeout(Duration::from_secs(1))
        .error_sink(Box::new(sink.clone()))
        .build(connector(&env).manager())
        .await
        .unwrap();
    let error = Error::from(pool.get().await.err().unwrap());
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(error.to_string().contains("error sink"), "{error}");
    assert_eq!(sink.0.lock().unwrap().first(), Some(&ErrorKind::Tls));

    let connector = connector(&env);
    let pool = blocking(|| {
        r2d2::Pool::builder()
            .connection_timeout(Duration::from_secs(1))
            .build(connector)
    });
    let error = pool.await.unwrap_err();
    assert!(error.to_string().contains("AZURE_MYSQL_SSL_CA"), "{error}");
}

/// Told by bb8 why there is no connection.
#[derive(Clone, Debug, Default)]
struct Sink(Arc<Mutex<Vec<ErrorKind>>>);

impl ErrorSink<PoolError> for Sink {
    fn sink(&self, error: PoolError) {
        self.0.lock().unwrap().push(Error::from(error).kind());
    }

    fn boxed_clone(&self) -> Box<dyn ErrorSink<PoolError>> {
        Box::new(self.clone())
    }
}
