//! A lifetime that no connection outlives is not an endless loop of logins.

use std::time::{Duration, SystemTime};

use azure_mysql_emulator::Principal;
use test_servers::{Sandbox, ServerKind};
use token_source_mysql_async::{
    Connector, Pool, PoolOptions, mysql_async::prelude::Queryable, token_source::TokenCache,
    token_source::entra::StaticToken,
};

#[tokio::test]
async fn without_any_lifetime_each_caller_gets_a_new_connection_with_one_login() {
    let principal = Principal::system_assigned("aad_app");
    let sandbox = Sandbox::builder(ServerKind::from_env().unwrap())
        .principal(principal.clone())
        .start()
        .await
        .unwrap();
    let token = sandbox.emulator().token_for(&principal);
    let expires_on = SystemTime::now() + Duration::from_secs(3600);
    let tokens = TokenCache::new(StaticToken::new(token, expires_on));
    let connector = Connector::with_tokens(&sandbox.settings(&principal), tokens);
    let options = PoolOptions::default()
        .with_max_size(1)
        .with_lifetime(Duration::ZERO);
    let pool = Pool::new(connector, options);
    for logins in 1..=3 {
        let connection = tokio::time::timeout(Duration::from_secs(60), pool.get_conn()).await;
        let mut connection = connection.expect("it comes to an end").unwrap();
        connection.query_drop("DO 1").await.unwrap();
        assert_eq!(sandbox.tokens_received(), logins);
    }
}
