//! A folder of migrations runs on the pool as it does on the driver's own, wherever a real server answers
//! SQL.

use std::path::Path;

use test_servers::ServerKind;
use token_source_sqlx::sqlx::{migrate::Migrator, query_as};

use crate::{own_env, pool_of};

#[tokio::test]
async fn each_once_in_their_order() {
    let env = own_env().await;
    let pool = pool_of(&env, 2).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/server/migrations");
    let migrator = Migrator::new(folder).await.unwrap();
    if env.kind() == ServerKind::Embedded {
        let error = migrator.run(&pool).await.unwrap_err().to_string();
        assert!(error.contains("put a real server behind"), "{error}");
        return;
    }
    for _ in 0..2 {
        migrator.run(&pool).await.unwrap();
    }
    let customers: Vec<(String, i32)> = query_as("SELECT name, orders FROM customers")
        .fetch_all(&*pool)
        .await
        .unwrap();
    assert_eq!(customers, [("Ada".to_owned(), 0)]);
}
