//! What the driver's own methods show of a refused login holds no token either.

use adapter_conformance::Sequence;
use token_source_sqlx::{
    Pool,
    sqlx::{self, mysql::MySqlPoolOptions},
};

use crate::{acquire_natively, connector_over, shared_env};

#[tokio::test]
async fn in_errors_of_the_driver() {
    let env = shared_env().await;
    let (_, token) = env.good_and_bad_token();
    let connector = connector_over(&env, Sequence::new([&token]));
    let pool = Pool::new(connector, MySqlPoolOptions::new().min_connections(1));
    let error = pool.acquire().await.unwrap_err();
    let native = acquire_natively(&pool).await.unwrap_err();

    let shown = format!("{native} {native:?} {:?}", sqlx::Error::from(error));
    assert!(shown.contains(env.user()), "something is shown: {shown}");
    for part in token.split('.') {
        assert!(!shown.contains(part), "{shown}");
    }
}
