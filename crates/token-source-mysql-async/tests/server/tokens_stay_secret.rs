//! Nothing that this crate hands out prints a token.

use std::error::Error as _;

use token_source_mysql_async::{Pool, PoolOptions};

use crate::Stage;

#[tokio::test]
async fn in_debug_of_connectors_pools_connections_and_errors() {
    let stage = Stage::new().await;
    let token = stage.emulator().token_for(&stage.principal);
    let connector = stage.connector_with_token(&token);
    let connection = connector.connect().await.unwrap();
    let pool = Pool::new(connector.clone(), PoolOptions::default());
    let pooled = pool.get_conn().await.unwrap();

    let bad_token = stage
        .emulator()
        .token(&stage.principal)
        .signed_by_another_key()
        .build();
    let error = stage
        .connector_with_token(&bad_token)
        .connect()
        .await
        .unwrap_err();

    let shown = format!(
        "{connector:?} {connection:?} {pool:?} {pooled:?} {error} {error:?} {:?}",
        error.source()
    );
    assert!(shown.contains("aad_app"), "something is shown: {shown}");
    for token in [token, bad_token] {
        for part in token.split('.') {
            assert!(!shown.contains(part), "{shown}");
        }
    }
}
