//! While no valid token can be had, none is sent, and what is open is still used: also by sea-orm's
//! own methods, which know nothing of tokens.

use adapter_conformance::EmulatorTokens;
use std::time::Duration;

use token_source_sea_orm::{
    Database,
    sea_orm::{DatabaseConnection, TransactionTrait},
};

use crate::{connector_over, options, shared_env, value};

const LIFETIME: Duration = Duration::from_secs(2);

/// The clock of the server and its plugin is the real one, so this waits for the token's end.
#[tokio::test]
async fn neither_by_this_crate_nor_by_what_it_dereferences_to() {
    let env = shared_env().await;
    let source = EmulatorTokens::new(&env, LIFETIME);
    let database = Database::connect_with(connector_over(&env, source.clone()), options())
        .await
        .unwrap();
    let native: &DatabaseConnection = &database;
    source.set_down(true);

    tokio::time::sleep(LIFETIME).await;
    // The open connection is taken by the first.
    let transaction = database.begin().await.unwrap();
    let error = value::<i64>(&database, "SELECT 1").await.unwrap_err();
    assert!(
        error.to_string().contains("the endpoint is down"),
        "{error}"
    );
    value::<i64>(native, "SELECT 1").await.unwrap_err();
    assert_eq!(env.tokens_received(), 1);

    let one: i64 = value(&transaction, "SELECT 1").await.unwrap();
    assert_eq!(one, 1);
}
