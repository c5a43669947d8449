//! What sea-orm's own methods and transactions show holds no token either.

use adapter_conformance::Sequence;
use token_source_sea_orm::{Database, sea_orm::TransactionTrait};

use crate::{connector_over, options, shared_env, value};

#[tokio::test]
async fn in_debug_and_in_errors_of_sea_orm() {
    let env = shared_env().await;
    let (good, bad) = env.good_and_bad_token();
    let connector = connector_over(&env, Sequence::new([&good]));
    let database = Database::connect_with(connector, options()).await.unwrap();
    let transaction = database.begin().await.unwrap();

    let mut lazy = options();
    lazy.connect_lazy(true).min_connections(1);
    let connector = connector_over(&env, Sequence::new([&bad]));
    let refused = Database::connect_with(connector, lazy).await.unwrap();
    let later = value::<i64>(&refused, "SELECT 1").await.unwrap_err();
    let native = value::<i64>(&*refused, "SELECT 1").await.unwrap_err();

    let shown = format!(
        "{database:?} {:?} {transaction:?} {later} {later:?} {native} {native:?}",
        *database,
    );
    assert!(shown.contains(env.user()), "something is shown: {shown}");
    for token in [good, bad] {
        for part in token.split('.') {
            assert!(!shown.contains(part), "{shown}");
        }
    }
}
