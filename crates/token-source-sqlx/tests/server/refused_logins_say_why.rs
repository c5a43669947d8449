//! A token that is not good for the login is refused by the server. Another one is tried once; then
//! the error says for whom.

use std::{
    error::Error as _,
    sync::atomic::Ordering,
    time::{Duration, SystemTime},
};

use azure_mysql_emulator::Principal;
use token_source_sqlx::{
    Connector, ErrorKind, Pool,
    azure_mysql::Settings,
    sqlx::{mysql::MySqlPoolOptions, query_scalar},
};

use crate::{Stage, TOKEN_LIFETIME, sources::BadAtFirst};

#[tokio::test]
async fn with_an_expired_or_forged_token() {
    let stage = Stage::new().await;
    let other = Principal::system_assigned("aad_other");
    let now = SystemTime::now();
    let emulator = stage.emulator();
    let forged = || emulator.token(&stage.principal);
    for (token, reason) in [
        (
            forged().expires_at(now - Duration::from_mins(1)).build(),
            "expired",
        ),
        (
            forged().not_before(now + Duration::from_mins(1)).build(),
            "valid only in",
        ),
        (
            forged().audience("https://vault.azure.net").build(),
            "audience",
        ),
        (forged().signed_by_another_key().build(), "signature"),
        (
            forged()
                .tenant("99999999-9999-4999-8999-999999999999")
                .build(),
            "issued by",
        ),
        (emulator.token(&other).build(), "principal"),
        ("not a token".to_owned(), "not a readable token"),
    ] {
        let connector = stage.connector_with_token(&token);
        let error = connector.connect().await.unwrap_err();
        let pool = Pool::new(connector, MySqlPoolOptions::new());
        let pooled = pool.acquire().await.unwrap_err();
        for error in [error, pooled] {
            assert_eq!(error.kind(), ErrorKind::LoginRefused, "{reason}: {error}");
            let text = error.to_string();
            let number = match reason {
                "principal" => stage.sandbox.other_principal_error(),
                _ => 1045,
            };
            assert!(
                text.contains("\"aad_app\"") && text.contains(&number.to_string()),
                "{text}"
            );
            let shown = format!("{error} {error:?} {:?}", error.source());
            assert!(!shown.contains(&token), "{shown}");
        }
        let log = stage.sandbox.log();
        let last = log
            .lines()
            .rfind(|line| line.contains("refused user 'aad_app'"))
            .unwrap();
        assert!(last.contains(reason), "{last}");
        assert!(!log.contains(&token));
    }

    let mut connection = stage.connector().connect().await.unwrap();
    let user: String = query_scalar("SELECT CURRENT_USER()")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(user, "aad_app@%");
}

#[tokio::test]
async fn a_connection_is_opened_with_another_token_if_the_first_is_refused() {
    let stage = Stage::new().await;
    let mint = stage.mint(TOKEN_LIFETIME);
    let connector = stage.connector_over(BadAtFirst(mint.clone()));
    connector.connect().await.unwrap();
    assert_eq!(mint.fetches.load(Ordering::SeqCst), 2);
    assert_eq!(stage.tokens_received(), 2);
}

#[tokio::test]
async fn a_pool_goes_on_with_another_token_if_the_first_is_refused() {
    let stage = Stage::new().await;
    let mint = stage.mint(TOKEN_LIFETIME);
    let connector = stage.connector_over(BadAtFirst(mint.clone()));
    let pool = Pool::new(connector, MySqlPoolOptions::new());
    let first = pool.acquire().await.unwrap();
    let second = pool.acquire().await.unwrap();
    drop((first, second));
    assert_eq!(mint.fetches.load(Ordering::SeqCst), 2);
    assert_eq!(stage.tokens_received(), 3, "the refused one once");
}

#[tokio::test]
async fn a_token_that_comes_again_is_not_tried_again() {
    let stage = Stage::new().await;
    let token = stage
        .emulator()
        .token(&stage.principal)
        .signed_by_another_key()
        .build();
    let connector = stage.connector_with_token(&token);
    connector.connect().await.unwrap_err();
    assert_eq!(stage.tokens_received(), 1);
}

#[tokio::test]
async fn a_database_that_is_not_there_is_no_refused_login() {
    let stage = Stage::new().await;
    let settings = stage.sandbox.settings(&stage.principal);
    let settings = Settings::builder()
        .host(settings.host())
        .port(settings.port())
        .user(settings.user())
        .database("no_such_database")
        .trust(settings.trust().clone())
        .build()
        .unwrap();
    let tokens = stage.connector().tokens().clone();
    let connector = Connector::with_tokens(&settings, tokens);
    let error = connector.connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server, "{error}");
    assert!(error.to_string().contains("no_such_database"), "{error}");
}
