//! The Entra credentials against the emulator's endpoints.
//!
//! `azure_identity` and the TLS library take addresses and trust from the process's environment. So
//! each test runs its body in a process of its own: the test starts the emulator and then itself,
//! with the emulator's variables.

#[cfg(feature = "client-certificate")]
mod certificates;
mod chain;
mod credentials_of_the_sdk;
mod each_fetch_asks_the_endpoint;
mod errors;
#[path = "../log/mod.rs"]
mod log;
#[cfg(target_os = "linux")]
#[path = "../../../azure-mysql-emulator/tests/identity/namespace.rs"]
mod namespace;
mod secrets;
#[cfg(unix)]
mod tools;
#[cfg(target_os = "linux")]
mod virtual_machine;
mod workload_identity;

use std::{collections::BTreeMap, env, process::Stdio};

use azure_mysql_emulator::{Emulator, Principal};
use token_source::{Cloud, Error};

/// Set in the process that runs a test's body.
const INSIDE: &str = "TOKEN_SOURCE_TEST_INSIDE";

fn is_inside() -> bool {
    env::var_os(INSIDE).is_some()
}

/// Runs the body of the test `name` in a process that has these variables alone.
async fn run_with(name: &str, variables: BTreeMap<String, String>) {
    let output = tokio::process::Command::new(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env_clear()
        .env(INSIDE, "1")
        .envs(variables)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "there is no test {name}: {text}");
}

/// Runs the body of the test `name` against `emulator`, with `extra` variables.
async fn run_inside(name: &str, emulator: &Emulator, extra: &[(&str, &str)]) {
    let mut variables = emulator.platform_environment();
    variables.extend(owned(extra));
    run_with(name, variables).await;
}

fn owned(variables: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
    variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
}

async fn emulator_with(principals: &[Principal]) -> Emulator {
    principals
        .iter()
        .cloned()
        .fold(Emulator::builder(), |builder, principal| {
            builder.principal(principal)
        })
        .start()
        .await
        .unwrap()
}

/// The same for a test whose body needs a service principal with this secret.
async fn run_inside_with_service_principal(name: &str, secret: &str) -> Emulator {
    let principal = Principal::service_principal("app", secret);
    let emulator = emulator_with(std::slice::from_ref(&principal)).await;
    let variables = [
        ("CLIENT_ID", principal.client_id()),
        ("TENANT_ID", emulator.tenant_id()),
    ];
    run_inside(name, &emulator, &variables).await;
    emulator
}

/// What the emulator issues tokens for.
const SCOPE: &str = "https://ossrdbms-aad.database.windows.net/.default";

/// The cloud whose authority is the emulator's.
fn cloud() -> Cloud {
    Cloud::custom(variable("AZURE_AUTHORITY_HOST"))
}

fn variable(name: &str) -> String {
    env::var(name).unwrap()
}

/// The texts of the causes of an error, one after the other.
fn causes(error: &Error) -> Vec<String> {
    std::iter::successors(std::error::Error::source(error), |&cause| cause.source())
        .map(ToString::to_string)
        .collect()
}
