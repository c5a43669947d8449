//! A server that is not there, hangs or talks nonsense is an error, in time and without a token.

use std::time::{Duration, SystemTime};

use token_source_diesel::{
    Connector, Error, ErrorKind, Pool,
    azure_mysql::{Identity, Settings},
    token_source::{self, Token, TokenCache, TokenSource},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};

const CANARY: &str = "canary";

struct Canary;

#[async_trait::async_trait]
impl TokenSource for Canary {
    async fn fetch(&self) -> Result<Token, token_source::Error> {
        Ok(Token::new(
            CANARY,
            SystemTime::now() + Duration::from_secs(3600),
        ))
    }
}

struct NoToken;

#[async_trait::async_trait]
impl TokenSource for NoToken {
    async fn fetch(&self) -> Result<Token, token_source::Error> {
        Err(token_source::Error::new(
            token_source::ErrorKind::Refused,
            "the secret is wrong",
        ))
    }
}

async fn error_at(port: u16, source: impl TokenSource + 'static) -> Error {
    let settings = Settings::builder()
        .host("localhost")
        .port(port)
        .user("aad_app")
        .build()
        .unwrap();
    let connector = Connector::with_tokens(&settings, TokenCache::new(source));
    let error = connector.connect().await.err().unwrap();
    assert!(!format!("{error} {error:?}").contains(CANARY));
    assert!(!error.to_string().contains('\n'), "{error}");
    error
}

/// Greets one client with `greeting`, and returns all that it says until it goes.
async fn greet_with(greeting: &'static [u8]) -> (u16, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        client.write_all(greeting).await.unwrap();
        let mut heard = Vec::new();
        // An error is a client that hangs up with a reset, which ends what it says as well.
        let _ = client.read_to_end(&mut heard).await;
        heard
    });
    (port, heard)
}

#[tokio::test]
async fn one_that_is_not_there_cannot_be_connected_to() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = error_at(port, Canary).await;
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    assert!(error.to_string().contains(&port.to_string()), "{error}");
}

#[tokio::test(start_paused = true)]
async fn one_that_never_greets_is_given_up() {
    let (port, heard) = greet_with(b"").await;
    let error = error_at(port, Canary).await;
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert_eq!(heard.await.unwrap(), b"");
}

#[tokio::test]
async fn one_that_talks_nonsense_hears_no_token() {
    let (port, heard) = greet_with(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let listening = tokio::time::timeout(Duration::from_secs(60), error_at(port, Canary));
    listening.await.expect("an error in time");
    let heard = String::from_utf8_lossy(&heard.await.unwrap()).into_owned();
    assert!(!heard.contains(CANARY), "{heard}");
}

#[tokio::test]
async fn without_a_token_the_server_is_not_even_connected_to() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let error = error_at(listener.local_addr().unwrap().port(), NoToken).await;
    assert_eq!(error.kind(), ErrorKind::Token, "{error}");
    assert!(error.to_string().contains("the secret is wrong"), "{error}");
    let nobody = tokio::time::timeout(Duration::from_millis(20), listener.accept()).await;
    assert!(nobody.is_err(), "somebody connected");
}

#[tokio::test]
async fn a_pool_opens_its_first_connection_when_it_is_made() {
    let nobody = "22222222-2222-4222-8222-222222222222";
    let settings = Settings::builder()
        .host("localhost")
        .user("aad_app")
        .identity(Identity::ServicePrincipal {
            tenant_id: nobody.to_owned(),
            client_id: nobody.to_owned(),
            client_secret: CANARY.into(),
        })
        // Nothing listens there.
        .cloud(token_source::Cloud::PUBLIC.with_authority("https://localhost:1"))
        .build()
        .unwrap();
    let error = Pool::connect(&settings).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Token, "{error}");
    assert!(!format!("{error} {error:?}").contains(CANARY));
}
