//! No token leaves over a connection whose certificate and host name were not verified.

use test_servers::ServerTls;
use token_source_diesel::{ErrorKind, diesel_async::AsyncMysqlConnection};

use crate::{Stage, TOKEN_LIFETIME, ask::value};

async fn sends_no_token_to_a_server_with(tls: ServerTls) -> String {
    let stage = Stage::with(tls, TOKEN_LIFETIME).await;
    let error = stage.connector().connect().await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    let log = stage.sandbox.log();
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
    let tls = status(&mut connection, "Ssl_version").await;
    assert!(tls.starts_with("TLSv1."), "{tls}");
    let log = stage.sandbox.log();
    assert_eq!(stage.tokens_received(), 1, "{log}");
    assert!(!log.contains("refused user"), "{log}");
}

/// The driver would try a second one over the Unix socket if it were let.
#[tokio::test]
async fn one_connect_is_one_connection_to_the_server() {
    let stage = Stage::new().await;
    let mut counts = Vec::new();
    for _ in 0..2 {
        let mut connection = stage.connector().connect().await.unwrap();
        let count = status(&mut connection, "Connections").await;
        counts.push(count.parse::<u64>().unwrap());
    }
    assert_eq!(counts[1] - counts[0], 1);
}

async fn status(connection: &mut AsyncMysqlConnection, name: &str) -> String {
    let query = format!("SHOW STATUS LIKE '{name}'");
    value(connection, &query).await.unwrap()
}
