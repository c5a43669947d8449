//! A token is in no log, no error and no `Debug`, of ours or the driver's.

use test_servers::ServerKind;

use crate::{Adapter, InTurn, Stage, log::Log, run::Check};

pub(super) fn checks<A: Adapter>() -> Vec<Check> {
    vec![Check::any("a_token_is_shown_nowhere", shown_nowhere::<A>)]
}

async fn shown_nowhere<A: Adapter>(server: ServerKind) {
    let log = Log::of_this_process();
    let stage = Stage::new(server).await;
    let (good, bad) = stage.good_and_bad();

    let pool = stage.pool::<A>(InTurn::new([&good]), 1).await.unwrap();
    let mut connection = A::get(&pool).await.unwrap();
    A::text(&mut connection, "SELECT 'x'").await.unwrap();
    A::text(&mut connection, "SELECT no_such_column")
        .await
        .unwrap_err();
    drop(connection);
    let shown = format!("{pool:?}");
    assert!(shown.contains("aad_app"), "something is shown: {shown}");

    let failure = match stage.pool::<A>(InTurn::new([&bad]), 1).await {
        Ok(pool) => A::get(&pool).await.map(drop).unwrap_err(),
        Err(failure) => failure,
    };
    let shown = shown + &failure.shown + &stage.sandbox().log();
    for token in [good, bad] {
        for part in token.split('.') {
            assert!(!shown.contains(part), "{shown}");
            assert!(!log.text().contains(part), "the token is in the log");
        }
    }
    assert!(!log.text().is_empty(), "the log is there");
}
