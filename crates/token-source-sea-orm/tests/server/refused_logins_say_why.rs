//! A query that needs another connection says why there is none, and tries another token first.

use adapter_conformance::Sequence;
use token_source_sea_orm::{
    Database, ErrorKind,
    azure_mysql::refusal::Cause,
    sea_orm::{ConnectOptions, DbErr},
};

use crate::{connector, connector_over, options, shared_env, value};

fn lazy() -> ConnectOptions {
    let mut lazy = options();
    lazy.connect_lazy(true);
    lazy
}

#[tokio::test]
async fn in_the_error_of_a_query() {
    let env = shared_env().await;
    let (_, token) = env.good_and_bad_token();
    let connector = connector_over(&env, Sequence::new([&token]));
    let database = Database::connect_with(connector, lazy()).await.unwrap();
    let error = value::<i64>(&database, "SELECT 1").await.unwrap_err();
    assert!(matches!(error, DbErr::Conn(_)), "{error:?}");
    let shown = format!("{error} {error:?}");
    let user = format!("{:?}", env.user());
    assert!(shown.contains(&user) && shown.contains("1045"), "{shown}");
    assert!(!shown.contains(&token), "{shown}");
}

#[tokio::test]
async fn if_another_token_is_refused_too() {
    let env = shared_env().await;
    let (good, bad) = env.good_and_bad_token();
    for options in [options(), lazy()] {
        let before = env.tokens_received();
        let source = Sequence::new([&bad, &good]);
        let connector = connector_over(&env, source.clone());
        let database = Database::connect_with(connector, options).await.unwrap();
        let one: i64 = value(&database, "SELECT 1").await.unwrap();
        assert_eq!(one, 1);
        assert_eq!(source.fetches(), 2);
        assert_eq!(env.tokens_received() - before, 2);
    }
}

#[tokio::test]
async fn with_the_likeliest_cause() {
    let env = shared_env().await;
    let audience = "https://vault.azure.net";
    let token = env.token().audience(audience).build();
    let refused = connector_over(&env, Sequence::new([token]));
    let error = Database::connect_with(refused, options())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LoginRefused, "{error}");
    let finding = error.refusal().unwrap();
    assert_eq!(finding.cause(), Cause::WrongAudience);

    let unusable = ConnectOptions::new("mysql://localhost/?ssl-mode=maybe");
    let error = Database::connect_with(connector(&env), unusable).await;
    assert!(error.unwrap_err().refusal().is_none());
}
