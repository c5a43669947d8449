//! No token leaves over a connection whose certificate and host name were not verified, whatever
//! the options say.

use test_servers::ServerTls;
use token_source_sea_orm::{
    Database, ErrorKind,
    sea_orm::{ConnectOptions, ConnectionTrait, Statement},
    token_source_sqlx::sqlx::mysql::MySqlSslMode,
};

use crate::{connector, options, shared_env, shared_env_with, value};

/// Options that would give the token to anybody.
fn careless() -> Vec<ConnectOptions> {
    let mut mapped = options();
    mapped.map_sqlx_mysql_opts(|options| {
        options
            .ssl_mode(MySqlSslMode::Disabled)
            .enable_cleartext_plugin(true)
    });
    vec![
        options(),
        ConnectOptions::new("mysql://root:password@127.0.0.1:1/mysql?ssl-mode=DISABLED"),
        ConnectOptions::new("mysql://localhost/?ssl-mode=PREFERRED&ssl-ca=/no/such/file"),
        mapped,
    ]
}

async fn sends_no_token_to_a_server_with(tls: ServerTls) -> String {
    let env = shared_env_with(tls).await;
    let mut shown = String::new();
    for options in careless() {
        let error = Database::connect_with(connector(&env), options)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
        shown = error.to_string();
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
    for (before, mut options) in careless().into_iter().enumerate() {
        options.max_connections(1);
        let database = Database::connect_with(connector(&env), options)
            .await
            .unwrap();
        let user: String = value(&database, "SELECT CURRENT_USER()").await.unwrap();
        assert_eq!(user, format!("{}@%", env.user()));
        let tls = tls_of(&database).await;
        assert_eq!(
            tls.starts_with("TLSv1."),
            env.kind().session_has_tls(),
            "{tls}"
        );
        assert_eq!(env.tokens_received(), before + 1);
    }
}

async fn tls_of(database: &Database) -> String {
    let query = "SHOW STATUS LIKE 'Ssl_version'";
    let statement = Statement::from_string(database.get_database_backend(), query);
    let row = database.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(1).unwrap()
}
