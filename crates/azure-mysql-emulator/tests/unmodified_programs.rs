//! A program that knows nothing of the emulator finds it by environment variables alone.

mod common;

use std::process::Command;

use azure_core::credentials::TokenCredential;
use azure_identity::{ClientSecretCredential, ManagedIdentityCredential};
use azure_mysql_emulator::{Emulator, Principal};
use common::emulator_with;

const SCOPE: &str = "https://ossrdbms-aad.database.windows.net/.default";

/// Set in the process that plays the program.
const PROGRAM: &str = "EMULATOR_TEST_PROGRAM";

fn is_program() -> bool {
    std::env::var_os(PROGRAM).is_some()
}

/// Runs the program's part of `test` in a process of its own, with the emulator's environment.
fn run(test: &str, emulator: &Emulator, more: &[(&str, &str)]) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env(PROGRAM, "1")
        .envs(emulator.platform_environment())
        .env("NO_PROXY", "127.0.0.1,localhost")
        .envs(more.iter().copied())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("1 passed"),
        "no test {test}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn managed_identity_is_found() {
    if is_program() {
        let credential = ManagedIdentityCredential::new(None).unwrap();
        credential.get_token(&[SCOPE], None).await.unwrap();
        return;
    }
    let emulator = emulator_with(&[Principal::system_assigned("aad_system")]).await;

    run("managed_identity_is_found", &emulator, &[]);

    assert_eq!(emulator.counters().managed_identity, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authority_is_found_and_trusted() {
    if is_program() {
        let variable = |name| std::env::var(name).unwrap();
        let credential = ClientSecretCredential::new(
            &variable("AZURE_TENANT_ID"),
            variable("AZURE_CLIENT_ID"),
            variable("AZURE_CLIENT_SECRET").into(),
            None,
        )
        .unwrap();
        credential.get_token(&[SCOPE], None).await.unwrap();
        return;
    }
    let app = Principal::service_principal("aad_app", "secret");
    let emulator = emulator_with(std::slice::from_ref(&app)).await;

    run(
        "the_authority_is_found_and_trusted",
        &emulator,
        &[
            ("AZURE_TENANT_ID", emulator.tenant_id()),
            ("AZURE_CLIENT_ID", app.client_id()),
            ("AZURE_CLIENT_SECRET", "secret"),
        ],
    );

    assert_eq!(emulator.counters().client_secret, 1);
}
