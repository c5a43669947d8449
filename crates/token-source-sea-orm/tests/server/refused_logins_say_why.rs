//! A query that needs another connection says why there is none, and tries another token first.

use adapter_conformance::InTurn;
use token_source_sea_orm::{
    Database, ErrorKind,
    azure_mysql::refusal::Cause,
    sea_orm::{ConnectOptions, DbErr},
};

use crate::{Stage, options, value};

fn lazy() -> ConnectOptions {
    let mut lazy = options();
    lazy.connect_lazy(true);
    lazy
}

#[tokio::test]
async fn in_the_error_of_a_query() {
    let stage = Stage::new().await;
    let (_, token) = stage.good_and_bad();
    let connector = stage.connector_over(InTurn::new([&token]));
    let database = Database::connect_with(connector, lazy()).await.unwrap();
    let error = value::<i64>(&database, "SELECT 1").await.unwrap_err();
    assert!(matches!(error, DbErr::Conn(_)), "{error:?}");
    let shown = format!("{error} {error:?}");
    let user = format!("{:?}", stage.user());
    assert!(shown.contains(&user) && shown.contains("1045"), "{shown}");
    assert!(!shown.contains(&token), "{shown}");
}

#[tokio::test]
async fn if_another_token_is_refused_too() {
    let stage = Stage::new().await;
    let (good, bad) = stage.good_and_bad();
    for options in [options(), lazy()] {
        let before = stage.tokens_received();
        let source = InTurn::new([&bad, &good]);
        let connector = stage.connector_over(source.clone());
        let database = Database::connect_with(connector, options).await.unwrap();
        let one: i64 = value(&database, "SELECT 1").await.unwrap();
        assert_eq!(one, 1);
        assert_eq!(source.fetches(), 2);
        assert_eq!(stage.tokens_received() - before, 2);
    }
}

#[tokio::test]
async fn with_the_likeliest_cause() {
    let stage = Stage::new().await;
    let audience = "https://vault.azure.net";
    let token = stage.emulator().token(stage.principal());
    let token = token.audience(audience).build();
    let connector = stage.connector_over(InTurn::new([token]));
    let error = Database::connect_with(connector, options())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LoginRefused, "{error}");
    let finding = error.refusal().unwrap();
    assert_eq!(finding.cause(), Cause::WrongAudience);

    let unusable = ConnectOptions::new("mysql://localhost/?ssl-mode=maybe");
    let error = Database::connect_with(stage.connector(), unusable).await;
    assert!(error.unwrap_err().refusal().is_none());
}
