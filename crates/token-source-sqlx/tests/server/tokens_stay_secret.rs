//! What the driver's own methods show of a refused login holds no token either.

use adapter_conformance::InTurn;
use token_source_sqlx::{
    Pool,
    sqlx::{self, mysql::MySqlPoolOptions},
};

use crate::{Stage, acquire_natively};

#[tokio::test]
async fn in_errors_of_the_driver() {
    let stage = Stage::new().await;
    let (_, token) = stage.good_and_bad();
    let connector = stage.connector_over(InTurn::new([&token]));
    let pool = Pool::new(connector, MySqlPoolOptions::new().min_connections(1));
    let error = pool.acquire().await.unwrap_err();
    let native = acquire_natively(&pool).await.unwrap_err();

    let shown = format!("{native} {native:?} {:?}", sqlx::Error::from(error));
    assert!(shown.contains(stage.user()), "something is shown: {shown}");
    for part in token.split('.') {
        assert!(!shown.contains(part), "{shown}");
    }
}
