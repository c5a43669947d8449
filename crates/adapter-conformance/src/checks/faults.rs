//! Whatever the server does, there is an answer in time, and no connection is left behind.

use std::time::Duration;

use azure_mysql_emulator::{LoginFault, LoginStep};
use test_servers::ServerKind;

use crate::{Adapter, Stage, run::Check};

const HOUR: Duration = Duration::from_secs(3600);

/// Longer than any adapter waits for a connection that is being opened.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn checks<A: Adapter>() -> Vec<Check> {
    vec![
        Check::embedded("a_server_that_goes_away_is_an_error", drops::<A>),
        Check::embedded("a_server_that_hangs_is_given_up", hangs::<A>),
        Check::embedded("a_server_that_talks_nonsense_is_an_error", nonsense::<A>),
        Check::embedded("a_single_refusal_is_overcome", single_refusal::<A>),
    ]
}

/// Meets each fault with one connection, all at once, and then none.
async fn meets<A: Adapter>(server: ServerKind, faults: Vec<LoginFault>) {
    let stage = Stage::new(server).await;
    let stage = &stage;
    for fault in faults {
        let pool = empty_pool::<A>(stage).await;
        stage.emulator().login_faults().always(fault.clone());
        let met = tokio::time::timeout(PATIENCE, A::get(&pool)).await;
        let met = met.unwrap_or_else(|_| panic!("{fault:?}: no answer in time"));
        assert!(met.is_err(), "{fault:?}: it is not noticed");
        stage.emulator().login_faults().clear();
        let mut connection = A::get(&pool).await.unwrap();
        A::text(&mut connection, "SELECT 'x'").await.unwrap();
        A::close(connection).await;
        drop(pool);
    }
    for _ in 0..100 {
        if stage.emulator().counters().open_connections == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{:?}", stage.emulator().counters());
}

/// A pool in which no connection is idle, so that the next one has to be opened.
async fn empty_pool<A: Adapter>(stage: &Stage) -> A::Pool {
    let pool = stage.pool::<A>(stage.mint(HOUR), 1).await.unwrap();
    A::close(A::get(&pool).await.unwrap()).await;
    pool
}

async fn drops<A: Adapter>(server: ServerKind) {
    meets::<A>(server, LoginStep::ALL.map(LoginFault::DropAt).into()).await;
}

/// One step alone: each would take the adapter's whole patience.
async fn hangs<A: Adapter>(server: ServerKind) {
    meets::<A>(server, vec![LoginFault::HangAt(LoginStep::BeforeGreeting)]).await;
}

async fn nonsense<A: Adapter>(server: ServerKind) {
    let faults = vec![
        LoginFault::GarbageGreeting,
        LoginFault::OtherPlugin("dialog".to_owned()),
        LoginFault::NoTls,
        LoginFault::OtherAuthority,
        LoginFault::OtherHostName,
        LoginFault::Refused,
    ];
    meets::<A>(server, faults).await;
}

async fn single_refusal<A: Adapter>(server: ServerKind) {
    let stage = Stage::new(server).await;
    let pool = empty_pool::<A>(&stage).await;
    let before = stage.sandbox().tokens_received();
    stage.emulator().login_faults().once(LoginFault::Refused);
    A::get(&pool).await.unwrap();
    assert_eq!(stage.sandbox().tokens_received(), before + 2);
}
