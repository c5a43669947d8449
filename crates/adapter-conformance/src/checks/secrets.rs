//! A token is in no log, no error and no `Debug`, of ours or the driver's.

use azure_mysql::{Cloud, Identity, Settings};
use test_servers::ServerKind;

use crate::{
    adapter::Adapter,
    check::Check,
    child,
    connect::{self, ConnectPath},
    failure::FailureKind,
    log::Log,
    sources::Sequence,
};

const SHOWN_NOWHERE: &str = "a_token_is_shown_nowhere";

pub(super) fn checks<A: Adapter>() -> Vec<Check> {
    vec![
        Check::any(SHOWN_NOWHERE, shown_nowhere::<A>),
        Check::any("a_start_without_a_token_is_an_error", start::<A>),
    ]
}

/// In a process of its own, whose log holds nothing else.
async fn shown_nowhere<A: Adapter>(server: ServerKind) {
    if !child::is_inside() {
        let name = format!("{}::{SHOWN_NOWHERE}", A::NAME);
        return child::run(&name).await;
    }
    let log = Log::of_this_process();
    let told = A::listen();
    let env = connect::own_env(server).await;
    let (good, bad) = env.good_and_bad_token();

    let pool = connect::pool::<A>(&env, Sequence::new([&good]), 1)
        .await
        .unwrap();
    let mut connection = A::get(&pool).await.unwrap();
    A::text(&mut connection, "SELECT 'x'").await.unwrap();
    let query = A::text(&mut connection, "SELECT no_such_column").await;
    let mut shown = query.unwrap_err().shown;
    shown += &A::shown(&pool, &connection);
    drop(connection);
    assert!(shown.contains(env.user()), "something is shown: {shown}");

    for path in ConnectPath::ALL {
        let login = path
            .log_in::<A>(&env.settings(), Sequence::new([&bad]))
            .await;
        shown += &login.unwrap_err().shown;
    }
    shown += &env.server_log();
    if let Some(told) = told {
        let told = told();
        assert!(told.contains("SELECT 'x'"), "queries are told: {told}");
        shown += &told;
    }
    let log = log.text();
    for part in ["token fetched", A::DRIVER_LOGS] {
        assert!(log.contains(part), "the log holds {part:?}: {log}");
    }
    for token in [good, bad] {
        for part in token.split('.') {
            assert!(!shown.contains(part), "{shown}");
            assert!(!log.contains(part), "the token is in the log");
        }
    }
}

/// Nothing listens where a token could be had.
async fn start<A: Adapter>(_: ServerKind) {
    const CANARY: &str = "canary";

    let nobody = "22222222-2222-4222-8222-222222222222";
    let settings = Settings::builder()
        .host("localhost")
        .user("aad_app")
        .identity(Identity::ServicePrincipal {
            tenant_id: nobody.to_owned(),
            client_id: nobody.to_owned(),
            client_secret: CANARY.into(),
        })
        .cloud(Cloud::PUBLIC.with_authority("https://localhost:1"))
        .build()
        .unwrap();
    let failure = A::start(&settings).await.unwrap_err();
    failure.is(FailureKind::Token);
    assert!(!failure.shown.contains(CANARY), "{failure}");
}
