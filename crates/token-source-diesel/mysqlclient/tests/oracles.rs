//! Oracle's library, beside what the suite shows: what is wrong is said.

use std::{
    env,
    process::{Command, Stdio},
    time::{Duration, SystemTime},
};

use diesel::{MysqlConnection, r2d2::ManageConnection};
use test_servers::{ServerKind, TestEnv};
use token_source_diesel::{
    ErrorKind,
    azure_mysql::{Settings, refusal::Cause},
    mysqlclient::ConnectionManager,
    token_source::{TokenCache, entra::StaticToken},
};
use tokio::runtime::Runtime;

const CLEARTEXT_PLUGIN: &str = "LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN";

#[test]
fn a_refused_login_tells_the_likeliest_cause() {
    let runtime = Runtime::new().unwrap();
    let env = TestEnv::builder(ServerKind::from_env().unwrap());
    let env = runtime.block_on(env.start()).unwrap();

    let token = env.token().audience("https://vault.azure.net").build();
    let in_an_hour = SystemTime::now() + Duration::from_hours(1);
    let tokens = TokenCache::new(StaticToken::new(token, in_an_hour));
    let settings = env.settings();
    let manager = ConnectionManager::<MysqlConnection>::with_tokens(&settings, tokens).unwrap();
    let error = manager.connect().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::LoginRefused, "{error}");
    let finding = error.refusal().unwrap();
    assert_eq!(finding.cause(), Cause::WrongAudience);
    assert!(error.to_string().ends_with(&finding.to_string()), "{error}");
    runtime.block_on(env.stop()).unwrap();
}

#[test]
fn the_variable_that_it_needs_is_named() {
    if env::var_os(CLEARTEXT_PLUGIN).is_none() {
        let settings = Settings::builder()
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
