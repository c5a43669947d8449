//! A program that knows nothing of the emulator finds it through environment variables.

use std::process::Command;

use azure_core::credentials::TokenCredential;
use azure_identity::{ClientSecretCredential, ManagedIdentityCredential};
use azure_mysql_emulator::{Emulator, Principal};

use super::{SCOPE, emulator_with};

/// Set in the process that plays the program.
const PROGRAM: &str = "EMULATOR_TEST_PROGRAM";

fn is_program() -> bool {
    std::env::var_os(PROGRAM).is_some()
}

/// Runs the program's part of `test` in a process of its own, with the environment of `principal`.
fn run(test: &str, emulator: &Emulator, principal: &Principal) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("unmodified_programs::{test}")])
        .env(PROGRAM, "1")
        .envs(emulator.identity_environment(principal))
        .env("NO_PROXY", "127.0.0.1,localhost")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(printed.contains("1 passed"), "there is no test {test}");
}

#[tokio::test(flavor = "multi_thread")]
async fn managed_identity_is_found() {
    if is_program() {
        let credential = ManagedIdentityCredential::new(None).unwrap();
        credential.get_token(&[SCOPE], None).await.unwrap();
        return;
    }
    let system = Principal::system_assigned("aad_system");
    let emulator = emulator_with(std::slice::from_ref(&system)).await;

    run("managed_identity_is_found", &emulator, &system);

    assert_eq!(emulator.counters().managed_identity, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn authority_is_found_and_trusted() {
    if is_program() {
        let variable = |name| std::env::var(name).unwrap();
        let tenant_id = variable("AZURE_TENANT_ID");
        let (client_id, secret) = (variable("AZURE_CLIENT_ID"), variable("AZURE_CLIENT_SECRET"));
        let credential = ClientSecretCredential::new(&tenant_id, client_id, secret.into(), None);
        credential.unwrap().get_token(&[SCOPE], None).await.unwrap();
        return;
    }
    let app = Principal::service_principal("aad_app", "secret");
    let emulator = emulator_with(std::slice::from_ref(&app)).await;

    run("authority_is_found_and_trusted", &emulator, &app);

    assert_eq!(emulator.counters().client_secret, 1);
}
