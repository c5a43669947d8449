//! A synchronous connection is opened like the others, and is dropped wherever it likes.

use test_servers::ServerTls;
use token_source_diesel::ErrorKind;

use crate::{
    Stage, TOKEN_LIFETIME,
    ask::{run_blocking, session_blocking},
    blocking,
};

#[tokio::test]
async fn a_refused_token_is_replaced_and_the_login_tried_once_more() {
    let stage = Stage::new().await;
    let good = stage.emulator().token_for(&stage.principal);
    let connector = stage.connector_with_tokens(["revoked", &good]);
    blocking(move || session_blocking(&mut connector.blocking_connect().unwrap())).await;
    assert_eq!(stage.tokens_received(), 2);

    let connector = stage.connector_with_tokens(["revoked", "revoked as well", &good]);
    let error = blocking(move || connector.blocking_connect().err().unwrap()).await;
    assert_eq!(error.kind(), ErrorKind::LoginRefused, "{error}");
    assert_eq!(stage.tokens_received(), 4);
}

#[tokio::test]
async fn no_token_is_sent_to_a_server_that_is_not_verified() {
    let stage = Stage::with(ServerTls::OtherHost, TOKEN_LIFETIME).await;
    let connector = stage.connector();
    let error = blocking(move || connector.blocking_connect().err().unwrap()).await;
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    assert_eq!(stage.tokens_received(), 0);
}

/// The test's thread waits for the other one, and an embedded server goes on meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn it_may_go_from_thread_to_thread_and_end_in_an_asynchronous_task() {
    let stage = Stage::new().await;
    let connector = stage.connector();
    let mut connection = blocking(move || connector.blocking_connect().unwrap()).await;
    let connection = std::thread::spawn(move || {
        run_blocking(&mut connection, "DO 0");
        connection
    });
    drop(connection.join().unwrap());
}
