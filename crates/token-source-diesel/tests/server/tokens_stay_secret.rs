//! Nothing that this crate hands out prints a token, and nobody is told one.

use std::{env, error::Error as _, process::Stdio, sync::Mutex};

use diesel::{
    connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation},
    r2d2,
};
use token_source_diesel::{Connector, Pool, diesel};

use crate::{
    Stage,
    ask::{run, run_blocking},
    blocking,
    log::Log,
};

/// Set where the test is the only one of its process.
const INSIDE: &str = "TOKENS_STAY_SECRET_INSIDE";

/// What diesel has told its instrumentation.
static EVENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[expect(
    clippy::unnecessary_wraps,
    reason = "diesel wants a function of this type"
)]
fn recorder() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(|event: InstrumentationEvent<'_>| {
        EVENTS.lock().unwrap().push(format!("{event:?}"));
    }))
}

fn uses_r2d2(connector: Connector) -> String {
    let pool = r2d2::Pool::builder().max_size(1).build(connector).unwrap();
    let mut connection = pool.get().unwrap();
    run_blocking(&mut connection, "DO 'blocking'");
    drop(connection);
    format!("{pool:?}")
}

/// In a process of its own, whose log holds nothing else.
#[tokio::test]
async fn in_debug_in_errors_in_logs_at_trace_and_to_instrumentation() {
    if env::var_os(INSIDE).is_none() {
        let name = "tokens_stay_secret::in_debug_in_errors_in_logs_at_trace_and_to_instrumentation";
        return run_inside(name).await;
    }
    let log = Log::of_this_process();
    set_default_instrumentation(recorder).unwrap();

    let stage = Stage::new().await;
    let token = stage.emulator().token_for(&stage.principal);
    let connector = stage.connector_with_token(&token);
    let manager = connector.manager();
    let pool = Pool::new(connector.clone(), 1);
    let mut connection = pool.get().await.unwrap();
    run(&mut connection, "DO 'pooled'").await;
    let r2d2_pool = blocking({
        let connector = connector.clone();
        || uses_r2d2(connector)
    })
    .await;

    let bad_token = stage
        .emulator()
        .token(&stage.principal)
        .signed_by_another_key()
        .build();
    let bad = stage.connector_with_token(&bad_token);
    let error = bad.connect().await.err().unwrap();
    let from_pool = Pool::new(bad, 1).get().await.err().unwrap();

    let events = EVENTS.lock().unwrap().join("\n");
    for query in ["DO 'pooled'", "DO 'blocking'"] {
        assert!(events.contains(query), "all events are recorded: {events}");
    }
    let log = log.text();
    assert!(
        log.contains("mysql_async::prepare") && log.contains("token fetched"),
        "the log is on: {log}"
    );
    let shown = format!(
        "{connector:?} {manager:?} {pool:?} {r2d2_pool} \
         {error} {error:?} {:?} {from_pool} {from_pool:?} {events} {log}",
        error.source()
    );
    assert!(shown.contains("aad_app"), "something is shown");
    for token in [token, bad_token] {
        for part in token.split('.').skip(1) {
            assert!(!shown.contains(part), "{shown}");
        }
    }
}

async fn run_inside(name: &str) {
    let output = tokio::process::Command::new(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(INSIDE, "1")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "there is no test {name}: {text}");
}
