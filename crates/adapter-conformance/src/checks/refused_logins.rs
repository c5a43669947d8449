//! A token that the server refused is replaced, once, and only if there is another one; then the
//! error says why.

use std::time::{Duration, SystemTime};

use azure_mysql::Settings;
use azure_mysql_emulator::Principal;
use test_servers::ServerKind;

use crate::{Adapter, FailureKind, InTurn, Stage, run::Check, stage::Way};

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
fn bad_tokens(stage: &Stage) -> Vec<(String, &'static str)> {
    let stranger = Principal::system_assigned("aad_other");
    let now = SystemTime::now();
    let token = || stage.emulator().token(stage.principal());
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
        (stage.emulator().token_for(&stranger), STRANGER),
        ("not a token".to_owned(), "not a readable token"),
    ]
}

const STRANGER: &str = "principal";

async fn every_refusal<A: Adapter>(server: ServerKind) {
    let stage = Stage::new(server).await;
    for (token, reason) in bad_tokens(&stage) {
        let number = match reason {
            STRANGER => stage.sandbox().other_principal_error(),
            _ => 1045,
        };
        for way in Way::ALL {
            let login = stage.log_in::<A>(way, InTurn::new([&token])).await;
            let failure = login.unwrap_err();
            failure.is(FailureKind::LoginRefused);
            failure.says(&format!("{:?}", stage.user()));
            if A::TELLS_DETAILS {
                failure.says(&number.to_string());
            }
            assert!(!failure.shown.contains(&token), "{failure}");
        }
        let log = stage.log();
        let last = log.lines().rfind(|line| line.contains("refused user"));
        let last = last.unwrap_or_else(|| panic!("{reason}: {log}"));
        assert!(last.contains(reason), "{reason}: {last}");
        assert!(!stage.sandbox().log().contains(&token));
    }
    let (good, _) = stage.good_and_bad();
    let login = stage.log_in::<A>(Way::FromPool, InTurn::new([good])).await;
    login.unwrap();
}

async fn with_another<A: Adapter>(server: ServerKind) {
    let stage = Stage::new(server).await;
    let (good, bad) = stage.good_and_bad();
    let source = InTurn::new([&bad, &good]);
    let alone = stage.log_in::<A>(Way::Alone, source.clone()).await;
    alone.unwrap();
    assert_eq!(source.fetches(), 2);
    assert_eq!(stage.tokens_received(), 2);

    let source = InTurn::new([bad, good]);
    let pool = stage.pool::<A>(source.clone(), 2).await.unwrap();
    let first = A::get(&pool).await.unwrap();
    let second = A::get(&pool).await.unwrap();
    drop((first, second));
    assert_eq!(source.fetches(), 2);
    let tokens = stage.tokens_received();
    assert_eq!(tokens, 2 + 3, "the refused one once, the good one is kept");
}

async fn refused_twice<A: Adapter>(server: ServerKind) {
    for way in Way::ALL {
        let stage = Stage::new(server).await;
        let (good, bad) = stage.good_and_bad();
        let (_, worse) = stage.good_and_bad();
        let source = InTurn::new([bad, worse, good]);
        let failure = stage.log_in::<A>(way, source).await.unwrap_err();
        assert_eq!(stage.tokens_received(), 2, "{way:?}");
        failure.is(FailureKind::LoginRefused);
    }
}

async fn with_the_same<A: Adapter>(server: ServerKind) {
    for way in Way::ALL {
        let stage = Stage::new(server).await;
        let (_, bad) = stage.good_and_bad();
        let source = InTurn::new([bad]);
        let failure = stage.log_in::<A>(way, source.clone()).await.unwrap_err();
        assert_eq!(stage.tokens_received(), 1, "{way:?}");
        assert_eq!(source.fetches(), 2, "{way:?}: another one was asked for");
        failure.is(FailureKind::LoginRefused);
    }
}

async fn no_such_database<A: Adapter>(server: ServerKind) {
    let stage = Stage::new(server).await;
    let settings = stage.settings();
    let settings = Settings::builder()
        .host(settings.host())
        .port(settings.port())
        .user(settings.user())
        .database("no_such_database")
        .trust(settings.trust().clone())
        .build()
        .unwrap();
    for way in Way::ALL {
        let (good, _) = stage.good_and_bad();
        let login = way.log_in::<A>(&settings, InTurn::new([good])).await;
        let failure = login.unwrap_err();
        failure.is(FailureKind::Server);
        failure.says("no_such_database");
    }
}
