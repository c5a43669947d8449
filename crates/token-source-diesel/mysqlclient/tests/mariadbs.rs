//! MariaDB Connector/C is refused: it sends a token to whoever asks.

use std::{io, net::TcpListener};

use diesel::MysqlConnection;
use token_source_diesel::{
    ErrorKind,
    azure_mysql::Settings,
    mysqlclient::ConnectionManager,
    token_source::{Error, Token, TokenCache, TokenSource},
};

struct NeverAsked;

#[async_trait::async_trait]
impl TokenSource for NeverAsked {
    async fn fetch(&self) -> Result<Token, Error> {
        panic!("no token is needed");
    }
}

#[test]
fn by_its_name_with_what_to_do_and_before_the_server_hears_of_it() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let settings = Settings::builder()
        .host("localhost")
        .port(server.local_addr().unwrap().port())
        .user("aad_app")
        .build()
        .unwrap();
    let tokens = TokenCache::new(NeverAsked);
    let error = ConnectionManager::<MysqlConnection>::with_tokens(&settings, tokens).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ClientLibrary, "{error}");
    let text = error.to_string();
    for part in [
        "MariaDB Connector/C 3.",
        "goes on without TLS",
        "`bundled`",
        "`sync`",
    ] {
        assert!(text.contains(part), "{text}");
    }
    let connected = server.accept();
    assert_eq!(connected.unwrap_err().kind(), io::ErrorKind::WouldBlock);
}
