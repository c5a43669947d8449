//! No token leaves over a connection whose certificate and host name were not verified.

use test_servers::ServerTls;
use token_source_mysql_async::{ErrorKind, mysql_async::prelude::Queryable};

use crate::{Stage, TOKEN_LIFETIME};

async fn sends_no_token_to_a_server_with(tls: ServerTls) -> String {
    let stage = Stage::with(tls, TOKEN_LIFETIME).await;
    let error = stage.connector().connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    let log = stage.sandbox.server().log();
    assert!(
        log.contains("aad_auth: configuration read"),
        "the plugin is there: {log}"
    );
    assert_eq!(stage.tokens_received(), 0, "{log}");
    error.to_string()
}

#[tokio::test]
async fn none_is_sent_to_a_server_without_tls() {
    let error = sends_no_token_to_a_server_with(ServerTls::Off).await;
    assert!(error.contains("offers no TLS"), "{error}");
}

#[tokio::test]
async fn none_is_sent_to_a_server_with_an_unknown_root() {
    let error = sends_no_token_to_a_server_with(ServerTls::UnknownRoot).await;
    assert!(error.contains("AZURE_MYSQL_SSL_CA"), "{error}");
}

#[tokio::test]
async fn none_is_sent_to_a_server_with_a_certificate_for_another_host() {
    let error = sends_no_token_to_a_server_with(ServerTls::OtherHost).await;
    assert!(error.contains("another host name"), "{error}");
}

/// What the others would look like if the token were sent after all.
#[tokio::test]
async fn one_is_sent_once_to_a_server_that_was_verified() {
    let stage = Stage::new().await;
    let mut connection = stage.connector().connect().await.unwrap();
    let (_, tls): (String, String) = connection
        .query_first("SHOW SESSION STATUS LIKE 'Ssl_version'")
        .await
        .unwrap()
        .unwrap();
    assert!(tls.starts_with("TLSv1."), "{tls}");
    // The driver would try to log in a second time, over the Unix socket, if it were let.
    let log = stage.sandbox.server().log();
    assert_eq!(stage.tokens_received(), 1, "{log}");
    assert!(!log.contains("refused user"), "{log}");
    connection.disconnect().await.unwrap();
}
