//! A token that the server refused is replaced, once, and only if there is another one; then the
//! error says why.

use std::time::{Duration, SystemTime};

use azure_mysql::Settings;
use azure_mysql_emulator::Principal;
use test_servers::{ServerKind, TestEnv};

use crate::{
    adapter::Adapter,
    check::Check,
    connect::{self, ConnectPath},
    failure::FailureKind,
    sources::Sequence,
};

const MINUTE: Duration = Duration::from_secs(60);

pub(super) fn checks<A: Adapter>() -> Vec<Check> {
    vec![
        Check::any("a_refused_login_says_for_whom", every_refusal::<A>),
        Check::any(
            "a_refused_login_succeeds_with_another_token",
            with_another::<A>,
        ),
        Check::any("two_refusals_in_a_row_are_an_error", refused_twice::<A>),
        Check::any("the_same_token_is_not_sent_again", with_the_same::<A>),
        Check::any(
            "a_database_that_is_not_there_is_no_refused_login",
            no_such_database::<A>,
        ),
    ]
}

/// Tokens that are not good for the login, and what the server's log says of them.
fn bad_tokens(env: &TestEnv) -> Vec<(String, &'static str)> {
    let stranger = Principal::system_assigned("aad_other");
    let now = SystemTime::now();
    let token = || env.token();
    vec![
        (token().expires_at(now - MINUTE).build(), "expired"),
        (token().not_before(now + MINUTE).build(), "valid only in"),
        (
            token().audience("https://vault.azure.net").build(),
            "audience",
        ),
        (token().signed_by_another_key().build(), "signature"),
        (
            token()
                .tenant("99999999-9999-4999-8999-999999999999")
                .build(),
            "issued by",
        ),
        (env.emulator().token_for(&stranger), STRANGER),
        ("not a token".to_owned(), "not a readable token"),
    ]
}

const STRANGER: &str = "principal";

async fn every_refusal<A: Adapter>(server: ServerKind) {
    let env = connect::shared_env(server).await;
    for (token, reason) in bad_tokens(&env) {
        let number = match reason {
            STRANGER => env.other_principal_error(),
            _ => 1045,
        };
        for path in ConnectPath::ALL {
            let login = path
                .log_in::<A>(&env.settings(), Sequence::new([&token]))
                .await;
            let failure = login.unwrap_err();
            failure.is(FailureKind::LoginRefused);
            failure.says(&format!("{:?}", env.user()));
            if A::TELLS_DETAILS {
                failure.says(&number.to_string());
            }
            assert!(!failure.shown.contains(&token), "{failure}");
        }
        let log = env.log();
        let last = log.lines().rfind(|line| line.contains("refused user"));
        let last = last.unwrap_or_else(|| panic!("{reason}: {log}"));
        assert!(last.contains(reason), "{reason}: {last}");
        assert!(!env.server_log().contains(&token));
    }
    let (good, _) = env.good_and_bad_token();
    let login = ConnectPath::FromPool
        .log_in::<A>(&env.settings(), Sequence::new([good]))
        .await;
    login.unwrap();
}

async fn with_another<A: Adapter>(server: ServerKind) {
    let env = connect::shared_env(server).await;
    let (good, bad) = env.good_and_bad_token();
    let source = Sequence::new([&bad, &good]);
    let direct = ConnectPath::Direct
        .log_in::<A>(&env.settings(), source.clone())
        .await;
    direct.unwrap();
    assert_eq!(source.fetches(), 2);
    assert_eq!(env.tokens_received(), 2);

    let source = Sequence::new([bad, good]);
    let pool = connect::pool::<A>(&env, source.clone(), 2).await.unwrap();
    let first = A::get(&pool).await.unwrap();
    let second = A::get(&pool).await.unwrap();
    drop((first, second));
    assert_eq!(source.fetches(), 2);
    let tokens = env.tokens_received();
    assert_eq!(tokens, 2 + 3, "the refused one once, the good one is kept");
}

async fn refused_twice<A: Adapter>(server: ServerKind) {
    for path in ConnectPath::ALL {
        let env = connect::shared_env(server).await;
        let (good, bad) = env.good_and_bad_token();
        let (_, worse) = env.good_and_bad_token();
        let source = Sequence::new([bad, worse, good]);
        let failure = path.log_in::<A>(&env.settings(), source).await.unwrap_err();
        assert_eq!(env.tokens_received(), 2, "{path:?}");
        failure.is(FailureKind::LoginRefused);
    }
}

async fn with_the_same<A: Adapter>(server: ServerKind) {
    for path in ConnectPath::ALL {
        let env = connect::shared_env(server).await;
        let (_, bad) = env.good_and_bad_token();
        let source = Sequence::new([bad]);
        let failure = path
            .log_in::<A>(&env.settings(), source.clone())
            .await
            .unwrap_err();
        assert_eq!(env.tokens_received(), 1, "{path:?}");
        assert_eq!(source.fetches(), 2, "{path:?}: another one was asked for");
        failure.is(FailureKind::LoginRefused);
    }
}

async fn no_such_database<A: Adapter>(server: ServerKind) {
    let env = connect::shared_env(server).await;
    let settings = env.settings();
    let settings = Settings::builder()
        .host(settings.host())
        .port(settings.port())
        .user(settings.user())
        .database("no_such_database")
        .trust(settings.trust().clone())
        .build()
        .unwrap();
    for path in ConnectPath::ALL {
        let (good, _) = env.good_and_bad_token();
        let login = path.log_in::<A>(&settings, Sequence::new([good])).await;
        let failure = login.unwrap_err();
        failure.is(FailureKind::Server);
        failure.says("no_such_database");
    }
}
