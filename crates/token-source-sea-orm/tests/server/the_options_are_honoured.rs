//! sea-orm's options mean here what they mean to sea-orm.

use adapter_conformance::EmulatorTokens;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use token_source_sea_orm::{
    Database, ErrorKind,
    sea_orm::{ConnectOptions, ConnectionTrait, DbErr, TransactionTrait},
};

use crate::{
    TOKEN_LIFETIME, connector, connector_over, database, options, own_env, shared_env, value,
};

/// Enough for a login on a busy machine.
const PATIENCE: Duration = Duration::from_secs(2);

#[tokio::test]
async fn those_of_the_pool() {
    let env = shared_env().await;
    let mut options = options();
    options
        .max_connections(3)
        .min_connections(2)
        .acquire_timeout(PATIENCE)
        .idle_timeout(Duration::from_secs(11))
        .max_lifetime(Duration::from_secs(12))
        .test_before_acquire(false);
    let database = Database::connect_with(connector(&env), options)
        .await
        .unwrap();
    let pool = database.pool();
    assert!(pool.size() >= 2);
    assert_eq!(pool.options().get_max_connections(), 3);
    assert_eq!(
        pool.options().get_idle_timeout(),
        Some(Duration::from_secs(11))
    );
    assert_eq!(
        pool.options().get_max_lifetime(),
        Some(Duration::from_secs(12))
    );
    assert!(!pool.options().get_test_before_acquire());

    let mut taken = Vec::new();
    for _ in 0..3 {
        taken.push(database.begin().await.unwrap());
    }
    let started = Instant::now();
    let error = value::<i64>(&database, "SELECT 1").await.unwrap_err();
    assert!(matches!(error, DbErr::ConnectionAcquire(_)), "{error:?}");
    assert!(started.elapsed() >= PATIENCE);
    assert_eq!(env.tokens_received(), 3);
}

#[tokio::test]
async fn those_of_the_log() {
    let env = shared_env().await;
    for (logging, shown) in [
        (false, "statements_level: Off"),
        (true, "statements_level: Trace"),
    ] {
        let mut options = options();
        options
            .sqlx_logging(logging)
            .sqlx_logging_level("trace".parse().unwrap());
        let database = Database::connect_with(connector(&env), options)
            .await
            .unwrap();
        let settings = format!("{:?}", database.pool().connect_options());
        assert!(settings.contains(shown), "{logging}");
    }
}

#[tokio::test]
async fn the_functions_in_them() {
    let env = own_env().await;
    let calls = Arc::new(AtomicUsize::new(0));
    let (connects, releases) = (Arc::clone(&calls), Arc::clone(&calls));
    let mut options = options();
    options
        .after_connect(move |database| {
            connects.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move {
                database
                    .execute_unprepared("CREATE TABLE marks (mark INT)")
                    .await?;
                Ok(())
            })
        })
        .map_sqlx_mysql_opts(|options| options.pipes_as_concat(false))
        .map_sqlx_mysql_pool_opts(move |options| {
            let releases = Arc::clone(&releases);
            options.after_connect(move |_, _| {
                releases.fetch_add(10, Ordering::SeqCst);
                Box::pin(async { Ok(()) })
            })
        });
    let database = Database::connect_with(connector(&env), options)
        .await
        .unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 11);
    let sql_mode: String = value(&database, "SELECT @@sql_mode").await.unwrap();
    assert!(!sql_mode.contains("PIPES_AS_CONCAT"), "{sql_mode}");
    let marks: i64 = value(&database, "SELECT COUNT(*) FROM marks")
        .await
        .unwrap();
    assert_eq!(marks, 0);
}

#[tokio::test]
async fn a_function_that_fails_after_connecting_is_an_error() {
    let env = shared_env().await;
    let mut options = options();
    options.after_connect(|_| Box::pin(async { Err(DbErr::Custom("not today".to_owned())) }));
    let error = Database::connect_with(connector(&env), options)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server, "{error}");
    assert!(error.to_string().contains("not today"), "{error}");
}

#[tokio::test]
async fn no_connection_is_opened_before_it_is_needed_if_they_say_so() {
    let env = shared_env().await;
    let mut options = options();
    options.connect_lazy(true);
    let database = Database::connect_with(connector(&env), options)
        .await
        .unwrap();
    assert_eq!(env.tokens_received(), 0);
    let one: i64 = value(&database, "SELECT 1").await.unwrap();
    assert_eq!(one, 1);
    assert_eq!(env.tokens_received(), 1);
}

/// And before a token is asked for.
#[tokio::test]
async fn those_that_cannot_be_used_are_an_error_before_anything_is_sent() {
    let env = shared_env().await;
    for (url, problem) in [
        ("", "the URL of the options"),
        ("hunter2", "the URL of the options"),
        (
            "mysql://root:hunter2@localhost:x/",
            "the URL of the options",
        ),
        (
            "mysql://localhost/?ssl-mode=maybe",
            "the URL of the options",
        ),
        ("mysql://localhost/?socket=/run/mysqld.sock", "Unix socket"),
    ] {
        let source = EmulatorTokens::new(&env, TOKEN_LIFETIME);
        let connector = connector_over(&env, source.clone());
        let error = Database::connect_with(connector, ConnectOptions::new(url))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Options, "{url}: {error}");
        assert!(error.to_string().contains(problem), "{url}: {error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
        assert_eq!(source.fetches(), 0);
    }
}

#[tokio::test]
async fn a_transaction_is_committed_or_rolled_back() {
    let env = own_env().await;
    let database = database(&env).await;
    database
        .execute_unprepared("CREATE TABLE numbers (number INT)")
        .await
        .unwrap();
    for fails in [true, false] {
        let result = database
            .transaction::<_, (), DbErr>(move |transaction| {
                Box::pin(async move {
                    transaction
                        .execute_unprepared("INSERT INTO numbers VALUES (1)")
                        .await?;
                    if fails {
                        return Err(DbErr::Custom("not today".to_owned()));
                    }
                    Ok(())
                })
            })
            .await;
        assert_eq!(result.is_err(), fails);
    }
    let count: i64 = value(&database, "SELECT COUNT(*) FROM numbers")
        .await
        .unwrap();
    assert_eq!(count, 1);
}

#[tokio::test]
async fn the_pool_ends_with_its_last_handle() {
    let env = shared_env().await;
    let database = database(&env).await;
    let closed = database.pool().close_event();
    let clone = database.clone();
    drop(database);
    let one: i64 = value(&clone, "SELECT 1").await.unwrap();
    assert_eq!(one, 1);
    drop(clone);
    tokio::time::timeout(Duration::from_secs(10), closed)
        .await
        .expect("nobody keeps the pool open");
}
