//! While no valid token can be had, none is sent, and what is open is still handed out.

use std::time::Duration;

use test_servers::ServerTls;
use token_source_sqlx::{
    ErrorKind, Pool,
    sqlx::{Connection, mysql::MySqlPoolOptions},
};

use crate::{Stage, acquire_natively, connection_id, sources::GoodOnce};

const LIFETIME: Duration = Duration::from_secs(3);

/// The clock of the server and its plugin is the real one, so this waits for the token's end.
#[tokio::test]
async fn neither_by_this_crate_nor_by_the_drivers_own_methods() {
    let stage = Stage::with(ServerTls::Trusted, LIFETIME).await;
    let connector = stage.connector_over(GoodOnce(stage.mint(LIFETIME)));
    let pool = Pool::new(connector, MySqlPoolOptions::new());
    let mut connection = pool.acquire().await.unwrap();
    let id = connection_id(&mut connection).await;
    drop(connection);

    tokio::time::sleep(LIFETIME).await;
    let mut idle = pool.acquire().await.unwrap();
    assert_eq!(connection_id(&mut idle).await, id, "the open one");

    let error = pool.acquire().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Token, "{error}");
    assert!(
        error.to_string().contains("the secret has expired"),
        "{error}"
    );
    acquire_natively(&pool).await.unwrap_err();
    pool.connector().connect().await.unwrap_err();
    assert_eq!(stage.tokens_received(), 1);

    idle.ping().await.unwrap();
    drop(idle);
    // The driver gives it back in the background.
    while pool.num_idle() == 0 {
        tokio::task::yield_now().await;
    }
    acquire_natively(&pool).await.unwrap();
}
