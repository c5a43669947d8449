//! No token leaves over a connection whose certificate and host name were not verified.

use std::time::Duration;

use azure_mysql::Settings;
use test_servers::{ServerKind, ServerTls};
use tokio::net::TcpListener;

use crate::{
    adapter::Adapter,
    check::Check,
    connect::{self, ConnectPath},
    failure::FailureKind,
    sources::{EmulatorTokens, Sequence},
};

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
        Check::any("one_connect_is_one_connection", one_connection::<A>),
        Check::any(
            "nobody_is_connected_to_without_a_token",
            without_a_token::<A>,
        ),
    ]
}

async fn without_tls<A: Adapter>(server: ServerKind) {
    sends_no_token::<A>(server, ServerTls::Off, "offers no TLS").await;
}

async fn unknown_root<A: Adapter>(server: ServerKind) {
    sends_no_token::<A>(server, ServerTls::UnknownRoot, "AZURE_MYSQL_SSL_CA").await;
}

async fn other_host<A: Adapter>(server: ServerKind) {
    sends_no_token::<A>(server, ServerTls::OtherHost, "is not valid for host name").await;
}

async fn sends_no_token<A: Adapter>(server: ServerKind, tls: ServerTls, says: &str) {
    let env = connect::shared_env_with_tls(server, tls).await;
    for path in ConnectPath::ALL {
        let failure = path
            .log_in::<A>(&env.settings(), EmulatorTokens::new(&env, HOUR))
            .await
            .unwrap_err();
        failure.is(FailureKind::Tls);
        if A::TELLS_DETAILS {
            failure.says(says);
        }
    }
    let log = env.server_log();
    assert!(
        log.contains("aad_auth: configuration read"),
        "it could take a token: {log}"
    );
    assert_eq!(env.tokens_received(), 0, "{log}");
}

/// What the others would look like if the token were sent after all.
async fn verified<A: Adapter>(server: ServerKind) {
    let env = connect::shared_env(server).await;
    let pool = connect::pool::<A>(&env, EmulatorTokens::new(&env, HOUR), 1)
        .await
        .unwrap();
    let mut connection = A::get(&pool).await.unwrap();
    let user = A::text(&mut connection, "SELECT CURRENT_USER()").await;
    assert_eq!(user.unwrap(), format!("{}@%", env.user()));
    let tls = A::status(&mut connection, "Ssl_version").await.unwrap();
    assert!(tls.starts_with("TLSv1."), "{tls}");
    assert_eq!(env.tokens_received(), 1);

    let direct = ConnectPath::Direct
        .log_in::<A>(&env.settings(), EmulatorTokens::new(&env, HOUR))
        .await;
    direct.unwrap();
    let log = env.log();
    assert_eq!(env.tokens_received(), 2, "{log}");
    assert!(!log.contains("refused user"), "{log}");
}

/// A driver would try a second one over the Unix socket if it were let.
async fn one_connection<A: Adapter>(server: ServerKind) {
    let env = connect::own_env(server).await;
    let mut counts = Vec::new();
    for _ in 0..2 {
        let pool = connect::pool::<A>(&env, EmulatorTokens::new(&env, HOUR), 1)
            .await
            .unwrap();
        let mut connection = A::get(&pool).await.unwrap();
        let count = A::status(&mut connection, "Connections").await.unwrap();
        counts.push(count.parse::<u64>().unwrap());
    }
    assert_eq!(counts[1] - counts[0], 1);
}

async fn without_a_token<A: Adapter>(server: ServerKind) {
    let env = connect::shared_env(server).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = Settings::builder()
        .host("localhost")
        .port(listener.local_addr().unwrap().port())
        .user("aad_app")
        .trust(env.settings().trust().clone())
        .build()
        .unwrap();
    for path in ConnectPath::ALL {
        let no_tokens = Sequence::new::<String>([]);
        let failure = path.log_in::<A>(&settings, no_tokens).await.unwrap_err();
        failure.is(FailureKind::Token);
        failure.says("no token to log in to localhost");
        failure.shows("there is no token");
    }
    let nobody = tokio::time::timeout(Duration::from_millis(20), listener.accept()).await;
    assert!(nobody.is_err(), "somebody connected");
}
