//! A token that is not good for the login is refused by the server; the error says for whom.

use std::{
    error::Error as _,
    time::{Duration, SystemTime},
};

use azure_mysql_emulator::Principal;
use token_source_mysql_async::{ErrorKind, azure_mysql::Settings, mysql_async::prelude::Queryable};

use crate::Stage;

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
        let error = stage
            .connector_with_token(&token)
            .connect()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LoginRefused, "{reason}: {error}");
        let text = error.to_string();
        let number = error.server_error().unwrap().code;
        let expected = match reason {
            "principal" => stage.sandbox.other_principal_error(),
            _ => 1045,
        };
        assert_eq!(number, expected, "{text}");
        assert!(text.contains("\"aad_app\""), "{text}");
        assert!(text.contains(&number.to_string()), "{text}");

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

    let mut connection = stage.connector().connect().await.unwrap();
    let user: String = connection
        .query_first("SELECT CURRENT_USER()")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(user, "aad_app@%");
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
    let connector = token_source_mysql_async::Connector::with_tokens(&settings, tokens);
    let error = connector.connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server, "{error}");
    assert!(error.to_string().contains("no_such_database"), "{error}");
}
