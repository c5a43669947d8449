//! Oracle's library, as the program's own: it verifies the server, or sends no token.

use std::{
    collections::VecDeque,
    env,
    process::{Command, Stdio},
    sync::Mutex,
    time::{Duration, SystemTime},
};

use azure_mysql_emulator::Principal;
use diesel::{
    MysqlConnection, QueryResult, QueryableByName, RunQueryDsl,
    r2d2::{ManageConnection, Pool},
    sql_query,
    sql_types::Text,
};
use test_servers::{Sandbox, ServerKind, ServerTls};
use token_source_diesel::{
    ErrorKind,
    mysqlclient::ConnectionManager,
    token_source::{Error, Token, TokenCache, TokenSource},
};

const CLEARTEXT_PLUGIN: &str = "LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text, column_name = "Value")]
    value: String,
}

fn value(connection: &mut MysqlConnection, statement: &str) -> QueryResult<String> {
    let row: Row = sql_query(statement).get_result(connection)?;
    Ok(row.value)
}

/// Gives out tokens in turn, whatever they are worth, and the last one for ever.
struct Given(Mutex<VecDeque<String>>);

#[async_trait::async_trait]
impl TokenSource for Given {
    async fn fetch(&self) -> Result<Token, Error> {
        let mut left = self.0.lock().unwrap();
        let secret = if left.len() > 1 {
            left.pop_front().unwrap()
        } else {
            left[0].clone()
        };
        let expires_on = SystemTime::now() + Duration::from_hours(1);
        Ok(Token::new(secret, expires_on))
    }
}

struct Stage {
    // First, so that it stops before its runtime.
    sandbox: Sandbox,
    principal: Principal,
    _runtime: tokio::runtime::Runtime,
}

impl Stage {
    fn with(tls: ServerTls) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let principal = Principal::system_assigned("aad_app");
        let sandbox = Sandbox::builder(ServerKind::from_env().unwrap())
            .principal(principal.clone())
            .tls(tls)
            .start();
        Self {
            sandbox: runtime.block_on(sandbox).unwrap(),
            principal,
            _runtime: runtime,
        }
    }

    fn good_token(&self) -> String {
        self.sandbox.emulator().token_for(&self.principal)
    }

    fn manager(&self, tokens: &[&str]) -> ConnectionManager<MysqlConnection> {
        let tokens = tokens.iter().map(|&token| token.to_owned()).collect();
        let tokens = TokenCache::new(Given(Mutex::new(tokens)));
        let settings = self.sandbox.settings(&self.principal);
        ConnectionManager::with_tokens(&settings, tokens).unwrap()
    }

    fn tokens_received(&self) -> usize {
        self.sandbox.log().matches("token received").count()
    }
}

#[test]
fn a_pool_logs_in_over_tls() {
    let stage = Stage::with(ServerTls::Trusted);
    let manager = stage.manager(&[&stage.good_token()]);
    let pool = Pool::builder().max_size(2).build(manager).unwrap();
    let mut connection = pool.get().unwrap();
    let user = value(&mut connection, "SELECT CURRENT_USER() AS Value").unwrap();
    assert_eq!(user, "aad_app@%");
    let tls = value(&mut connection, "SHOW STATUS LIKE 'Ssl_version'").unwrap();
    assert!(tls.starts_with("TLSv1."), "{tls}");
    assert_eq!(stage.tokens_received(), 2);
}

#[test]
fn no_token_is_sent_to_a_server_that_is_not_verified() {
    for tls in [ServerTls::Off, ServerTls::UnknownRoot, ServerTls::OtherHost] {
        let stage = Stage::with(tls);
        let manager = stage.manager(&[&stage.good_token()]);
        let error = manager.connect().err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Tls, "{tls:?}: {error}");
        assert_eq!(stage.tokens_received(), 0, "{tls:?}");
    }
}

#[test]
fn a_refused_token_is_replaced_once_and_never_shown() {
    let stage = Stage::with(ServerTls::Trusted);
    let manager = stage.manager(&["revoked", &stage.good_token()]);
    manager.connect().unwrap();
    assert_eq!(stage.tokens_received(), 2);

    let token = "canary-of-a-token";
    let manager = stage.manager(&["canary-revoked", token]);
    let error = manager.connect().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::LoginRefused, "{error}");
    assert!(error.to_string().contains("\"aad_app\""), "{error}");
    assert_eq!(stage.tokens_received(), 4);
    let shown = format!("{manager:?} {error} {error:?}");
    assert!(!shown.contains("canary"), "{shown}");
}

#[test]
fn the_variable_that_it_needs_is_named() {
    if env::var_os(CLEARTEXT_PLUGIN).is_none() {
        let settings = token_source_diesel::azure_mysql::Settings::builder()
            .host("db.example.com")
            .user("aad_app")
            .build()
            .unwrap();
        let error = ConnectionManager::<MysqlConnection>::new(&settings).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ClientLibrary, "{error}");
        assert!(error.to_string().contains(CLEARTEXT_PLUGIN), "{error}");
        return;
    }
    let output = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "the_variable_that_it_needs_is_named",
            "--nocapture",
        ])
        .env_remove(CLEARTEXT_PLUGIN)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "{text}");
}
