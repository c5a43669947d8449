//! A token that is not good for the login is refused by the server. Another one is tried; then the
//! error says for whom.

use std::{
    error::Error as _,
    time::{Duration, SystemTime},
};

use azure_mysql_emulator::Principal;
use token_source_diesel::{Connector, ErrorKind, azure_mysql::Settings};

use crate::{Stage, ask::value};

async fn logs_in(connector: &Connector) {
    let mut connection = connector.connect().await.unwrap();
    let user = value(&mut connection, "SELECT CURRENT_USER() AS Value").await;
    assert_eq!(user.unwrap(), "aad_app@%");
}

#[tokio::test]
async fn with_an_expired_or_forged_token() {
    let stage = Stage::new().await;
    let other = Principal::system_assigned("aad_other");
    let now = SystemTime::now();
    let emulator = stage.emulator();
    let forged = || emulator.token(&stage.principal);
    for (token, reason) in [
        (
            forged().expires_at(now - Duration::from_secs(60)).build(),
            "expired",
        ),
        (
            forged().not_before(now + Duration::from_secs(60)).build(),
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
        let error = connector.connect().await.err().unwrap();
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
        let log = stage.sandbox.log();
        let last = log
            .lines()
            .rfind(|line| line.contains("refused user 'aad_app'"))
            .unwrap();
        assert!(last.contains(reason), "{last}");
        assert!(!log.contains(&token));
    }
    logs_in(&stage.connector()).await;
}

#[tokio::test]
async fn a_refused_token_is_replaced_and_the_login_tried_once_more() {
    let stage = Stage::new().await;
    let good = stage.emulator().token_for(&stage.principal);
    let connector = stage.connector_with_tokens(["revoked", &good]);
    logs_in(&connector).await;
    assert_eq!(stage.tokens_received(), 2);
    logs_in(&connector).await;
    assert_eq!(stage.tokens_received(), 3, "the good one is kept");
}

#[tokio::test]
async fn a_second_refusal_is_the_end() {
    let stage = Stage::new().await;
    let good = stage.emulator().token_for(&stage.principal);
    let connector = stage.connector_with_tokens(["revoked", "revoked as well", &good]);
    let error = connector.connect().await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::LoginRefused, "{error}");
    assert_eq!(stage.tokens_received(), 2);
}

#[tokio::test]
async fn the_same_token_again_is_not_sent_again() {
    let stage = Stage::new().await;
    let connector = stage.connector_with_token("revoked");
    let error = connector.connect().await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::LoginRefused, "{error}");
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
    let error = connector.connect().await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Server, "{error}");
    assert!(error.to_string().contains("no_such_database"), "{error}");
}
