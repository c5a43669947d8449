//! A token that is not good for the login is refused by the server. Another one is tried once; then
//! the error says for whom.

use std::error::Error as _;

use token_source_sea_orm::{Database, ErrorKind, sea_orm::DbErr};

use crate::{Stage, TOKEN_LIFETIME, options, sources::BadAtFirst, value};

#[tokio::test]
async fn when_connecting_and_when_a_query_needs_another_connection() {
    let stage = Stage::new().await;
    let token = stage.bad_token();
    let error = Database::connect_with(stage.connector_with_token(&token), options())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LoginRefused, "{error}");

    let mut lazy = options();
    lazy.connect_lazy(true);
    let database = Database::connect_with(stage.connector_with_token(&token), lazy)
        .await
        .unwrap();
    let later = value::<i64>(&database, "SELECT 1").await.unwrap_err();
    assert!(matches!(later, DbErr::Conn(_)), "{later:?}");

    for shown in [
        format!("{error} {error:?} {:?}", error.source()),
        format!("{later} {later:?}"),
    ] {
        assert!(
            shown.contains("\"aad_app\"") && shown.contains("1045"),
            "{shown}"
        );
        assert!(!shown.contains(&token), "{shown}");
    }
}

#[tokio::test]
async fn another_token_is_tried_if_the_first_is_refused() {
    let stage = Stage::new().await;
    for connect_lazy in [false, true] {
        let before = stage.tokens_received();
        let mint = stage.mint(TOKEN_LIFETIME);
        let connector = stage.connector_over(BadAtFirst {
            bad: stage.bad_token(),
            mint: mint.clone(),
        });
        let mut options = options();
        options.connect_lazy(connect_lazy);
        let database = Database::connect_with(connector, options).await.unwrap();
        let one: i64 = value(&database, "SELECT 1").await.unwrap();
        assert_eq!(one, 1);
        assert_eq!(mint.fetches(), 2);
        assert_eq!(stage.tokens_received() - before, 2);
    }
}
