//! What diesel's users do at the start of a program, and in each request.

use diesel::{
    ExpressionMethods, QueryDsl, RunQueryDsl, insert_into, mysql::Mysql, r2d2, result::Error,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use test_servers::{ServerKind, blocking};
use token_source_diesel::{Pool, SyncConnection, diesel, diesel_async};

use crate::{connector, own_env};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("tests/server/migrations");

diesel::table! {
    orders (id) {
        id -> Integer,
        article -> Varchar,
    }
}

/// Two migrations, one of them undone and run again, wherever a real server answers SQL. Gives whether
/// they were run.
fn migrate(connection: &mut impl MigrationHarness<Mysql>) -> bool {
    if ServerKind::from_env().unwrap() == ServerKind::Embedded {
        let refused = connection.run_pending_migrations(MIGRATIONS).map(drop);
        let error = refused.unwrap_err().to_string();
        assert!(error.contains("put a real server behind"), "{error}");
        return false;
    }
    let run = connection.run_pending_migrations(MIGRATIONS).unwrap().len();
    assert_eq!(run, 2);
    connection.revert_last_migration(MIGRATIONS).unwrap();
    let run = connection.run_pending_migrations(MIGRATIONS).unwrap().len();
    assert_eq!(run, 1);
    assert!(!connection.has_pending_migration(MIGRATIONS).unwrap());
    true
}

#[tokio::test]
async fn with_async() {
    use diesel_async::AsyncConnection;

    let env = own_env().await;
    let connection = connector(&env).connect().await.unwrap();
    if !blocking(|| migrate(&mut SyncConnection::from(connection))).await {
        return;
    }

    let pool = Pool::new(connector(&env), 1);
    let mut connection = pool.get().await.unwrap();
    let bread = || insert_into(orders::table).values(orders::article.eq("bread"));
    connection
        .transaction(async |connection| {
            diesel_async::RunQueryDsl::execute(bread(), connection).await
        })
        .await
        .unwrap();
    connection
        .transaction(async |connection| {
            diesel_async::RunQueryDsl::execute(bread(), connection).await?;
            Err::<(), _>(Error::RollbackTransaction)
        })
        .await
        .unwrap_err();
    let count: i64 = diesel_async::RunQueryDsl::get_result(orders::table.count(), &mut connection)
        .await
        .unwrap();
    assert_eq!(count, 1);
}

#[tokio::test]
async fn without_async() {
    use diesel::Connection;

    let env = own_env().await;
    let connector = connector(&env);
    blocking(|| {
        let pool = r2d2::Pool::builder().max_size(1).build(connector).unwrap();
        let mut connection = pool.get().unwrap();
        if !migrate(&mut connection) {
            return;
        }

        let bread = || insert_into(orders::table).values(orders::article.eq("bread"));
        connection
            .transaction(|connection| bread().execute(connection))
            .unwrap();
        connection
            .transaction(|connection| {
                bread().execute(connection)?;
                Err::<(), _>(Error::RollbackTransaction)
            })
            .unwrap_err();
        let count: i64 = orders::table.count().get_result(&mut connection).unwrap();
        assert_eq!(count, 1);
    })
    .await;
}
