//! The Entra credentials against the emulator's endpoints.
//!
//! `azure_identity` and the TLS library take addresses and trust from the process's environment. So
//! each test runs its body in a process of its own: the test starts the emulator and then itself,
//! with the emulator's variables.

mod a_fetch_really_fetches;
mod refusals_say_why;
mod secrets_stay_secret;

use std::{env, process::Stdio};

use azure_mysql_emulator::{Emulator, Principal};
use token_source::Cloud;

/// Set in the process that runs a test's body.
const INSIDE: &str = "TOKEN_SOURCE_TEST_INSIDE";

fn is_inside() -> bool {
    env::var_os(INSIDE).is_some()
}

/// Runs the body of the test `name` against `emulator`, with `extra` variables.
async fn run_inside(name: &str, emulator: &Emulator, extra: &[(&str, &str)]) {
    let output = tokio::process::Command::new(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env_clear()
        .env(INSIDE, "1")
        .envs(emulator.environment())
        .envs(extra.iter().copied())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "there is no test {name}: {text}");
}

/// The same for a test whose body needs a service principal with this secret.
async fn run_inside_with_service_principal(name: &str, secret: &str) -> Emulator {
    let principal = Principal::service_principal("app", secret);
    let emulator = Emulator::builder()
        .principal(principal.clone())
        .start()
        .await
        .unwrap();
    let variables = [
        ("CLIENT_ID", principal.client_id()),
        ("TENANT_ID", emulator.tenant_id()),
    ];
    run_inside(name, &emulator, &variables).await;
    emulator
}

/// The cloud whose authority is the emulator's.
fn cloud() -> Cloud {
    Cloud::PUBLIC.with_authority(variable("AZURE_AUTHORITY_HOST"))
}

fn variable(name: &str) -> String {
    env::var(name).unwrap()
}
