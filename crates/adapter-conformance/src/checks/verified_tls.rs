//! No token leaves over a connection whose certificate and host name were not verified.

use std::time::Duration;

use test_servers::{ServerKind, ServerTls};
use tokio::net::TcpListener;

use crate::{Adapter, FailureKind, InTurn, Stage, run::Check};

const HOUR: Duration = Duration::from_secs(3600);

pub(super) fn checks<A: Adapter>() -> Vec<Check> {
    vec![
        Check::any("no_token_to_a_server_without_tls", without_tls::<A>),
        Check::any(
            "no_token_to_a_server_with_an_unknown_root",
            unknown_root::<A>,
        ),
        Check::any("no_token_to_a_server_for_another_host", other_host::<A>),
        Check::any("a_token_to_a_server_that_was_verified", verified::<A>),
        Check::any(
            "nobody_is_connected_to_without_a_token",
            without_a_token::<A>,
        ),
    ]
}

async fn without_tls<A: Adapter>(server: ServerKind) {
    sends_no_token::<A>(server, ServerTls::Off).await;
}

async fn unknown_root<A: Adapter>(server: ServerKind) {
    sends_no_token::<A>(server, ServerTls::UnknownRoot).await;
}

async fn other_host<A: Adapter>(server: ServerKind) {
    sends_no_token::<A>(server, ServerTls::OtherHost).await;
}

async fn sends_no_token<A: Adapter>(server: ServerKind, tls: ServerTls) {
    let stage = Stage::with_tls(server, tls).await;
    let failure = match stage.pool::<A>(stage.mint(HOUR), 1).await {
        Ok(pool) => A::get(&pool).await.map(drop).unwrap_err(),
        Err(failure) => failure,
    };
    assert_eq!(failure.kind, FailureKind::Tls, "{failure}");
    assert_eq!(stage.sandbox().tokens_received(), 0);
}

/// What the others would look like if the token were sent after all.
async fn verified<A: Adapter>(server: ServerKind) {
    let stage = Stage::new(server).await;
    let pool = stage.pool::<A>(stage.mint(HOUR), 1).await.unwrap();
    let mut connection = A::get(&pool).await.unwrap();
    let user = A::text(&mut connection, "SELECT CURRENT_USER()").await;
    assert_eq!(user.unwrap(), "aad_app@%");
    assert_eq!(stage.sandbox().tokens_received(), 1);
}

async fn without_a_token<A: Adapter>(server: ServerKind) {
    let stage = Stage::new(server).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = azure_mysql::Settings::builder()
        .host("localhost")
        .port(listener.local_addr().unwrap().port())
        .user("aad_app")
        .trust(stage.settings().trust().clone())
        .build()
        .unwrap();
    let no_tokens = token_source::TokenCache::new(InTurn::new::<String>([]));
    let failure = match A::pool(&settings, no_tokens, 1).await {
        Ok(pool) => A::get(&pool).await.map(drop).unwrap_err(),
        Err(failure) => failure,
    };
    assert_eq!(failure.kind, FailureKind::Token, "{failure}");
    let nobody = tokio::time::timeout(Duration::from_millis(20), listener.accept()).await;
    assert!(nobody.is_err(), "somebody connected");
}
