//! A token that the server refused is replaced, once, and only if there is another one; then the
//! error says why.

use test_servers::ServerKind;

use crate::{Adapter, Failure, FailureKind, InTurn, Stage, run::Check};

pub(super) fn checks<A: Adapter>() -> Vec<Check> {
    vec![
        Check::any(
            "a_refused_login_succeeds_with_another_token",
            with_another::<A>,
        ),
        Check::any("two_refusals_in_a_row_are_an_error", refused_twice::<A>),
        Check::any("the_same_token_is_not_sent_again", with_the_same::<A>),
    ]
}

async fn log_in<A: Adapter>(stage: &Stage, source: InTurn) -> Result<(), Failure> {
    let pool = stage.pool::<A>(source, 1).await?;
    A::get(&pool).await.map(drop)
}

async fn with_another<A: Adapter>(server: ServerKind) {
    let stage = Stage::new(server).await;
    let (good, bad) = stage.good_and_bad();
    log_in::<A>(&stage, InTurn::new([bad, good])).await.unwrap();
    assert_eq!(stage.sandbox().tokens_received(), 2);
}

async fn refused_twice<A: Adapter>(server: ServerKind) {
    let stage = Stage::new(server).await;
    let (good, bad) = stage.good_and_bad();
    let (_, worse) = stage.good_and_bad();
    let source = InTurn::new([bad, worse, good]);
    let failure = log_in::<A>(&stage, source).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::LoginRefused, "{failure}");
    assert!(failure.shown.contains("aad_app"), "{failure}");
    assert!(failure.shown.contains("1045"), "{failure}");
    assert_eq!(stage.sandbox().tokens_received(), 2);
}

async fn with_the_same<A: Adapter>(server: ServerKind) {
    let stage = Stage::new(server).await;
    let (_, bad) = stage.good_and_bad();
    let failure = log_in::<A>(&stage, InTurn::new([bad])).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::LoginRefused, "{failure}");
    assert_eq!(stage.sandbox().tokens_received(), 1);
}
