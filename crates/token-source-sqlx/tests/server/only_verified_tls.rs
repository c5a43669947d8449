//! No token leaves over a connection whose certificate and host name were not verified, whatever
//! the driver's options say.

use test_servers::ServerTls;
use token_source_sqlx::{
    ErrorKind, Pool,
    sqlx::{
        MySqlConnection,
        mysql::{MySqlConnectOptions, MySqlPoolOptions, MySqlSslMode},
        query_as,
    },
};

use crate::{acquire_natively, connector, shared_env, shared_env_with};

/// Options that would give the token to anybody.
fn careless(mode: MySqlSslMode) -> MySqlConnectOptions {
    "mysql://root:password@127.0.0.1:1/mysql?ssl-mode=DISABLED&ssl-ca=/no/such/file"
        .parse::<MySqlConnectOptions>()
        .unwrap()
        .ssl_mode(mode)
        .enable_cleartext_plugin(true)
}

async fn sends_no_token_to_a_server_with(tls: ServerTls) -> String {
    let env = shared_env_with(tls).await;
    let mut connectors = vec![connector(&env)];
    for mode in [
        MySqlSslMode::Disabled,
        MySqlSslMode::Preferred,
        MySqlSslMode::Required,
        MySqlSslMode::VerifyCa,
    ] {
        let connector = connector(&env).map_connect_options(|_| careless(mode));
        connectors.push(connector.unwrap());
    }
    let mut shown = String::new();
    for connector in connectors {
        let error = connector.connect().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
        let pool = Pool::new(connector, MySqlPoolOptions::new());
        let pooled = pool.acquire().await.unwrap_err();
        assert_eq!(pooled.kind(), ErrorKind::Tls, "{pooled}");
        acquire_natively(&pool).await.unwrap_err();
        shown = error.to_string();
        assert_eq!(shown, pooled.to_string());
    }
    let log = env.server_log();
    assert!(
        log.contains("aad_auth: configuration read"),
        "the plugin is there: {log}"
    );
    assert_eq!(env.tokens_received(), 0, "{log}");
    shown
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
    assert!(error.contains("is not valid for host name"), "{error}");
}

/// What the others would look like if the token were sent after all.
#[tokio::test]
async fn one_is_sent_once_to_a_server_that_was_verified() {
    let env = shared_env().await;
    let connector = connector(&env);
    let careless = connector
        .clone()
        .map_connect_options(|_| careless(MySqlSslMode::Disabled))
        .unwrap();
    for (count, connector) in [(1, connector), (2, careless)] {
        let mut connection = connector.connect().await.unwrap();
        let tls = tls_of(&mut connection).await;
        assert_eq!(
            tls.starts_with("TLSv1."),
            env.kind().session_has_tls(),
            "{tls}"
        );
        let log = env.log();
        assert_eq!(env.tokens_received(), count, "{log}");
        assert!(!log.contains("refused user"), "{log}");
    }
}

#[tokio::test]
async fn a_socket_is_refused_before_anything_is_sent() {
    let env = shared_env().await;
    let refused =
        connector(&env).map_connect_options(|options| options.socket("/run/mysqld/mysqld.sock"));
    let error = refused.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Options, "{error}");
    assert!(error.to_string().contains("Unix socket"), "{error}");
}

async fn tls_of(connection: &mut MySqlConnection) -> String {
    let (_, version): (String, String) = query_as("SHOW STATUS LIKE 'Ssl_version'")
        .fetch_one(connection)
        .await
        .unwrap();
    version
}
