//! A program that knows nothing of the emulator finds it by environment variables alone.

// Functions beside the tests unwrap as the tests do.
#![allow(clippy::unwrap_used)]

mod common;

use std::process::Command;

use azure_core::credentials::TokenCredential;
use azure_identity::{ClientSecretCredential, ManagedIdentityCredential};
use azure_mysql_emulator::{Emulator, Principal};
use common::emulator_with;

const SCOPE: &str = "https://ossrdbms-aad.database.windows.net/.default";

/// Runs one of the programs below in a process of its own, with the emulator's environment.
fn run(program: &str, emulator: &Emulator, more: &[(&str, &str)]) -> std::process::Output {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", program, "--ignored"])
        .envs(emulator.environment())
        .env("NO_PROXY", "127.0.0.1,localhost")
        .envs(more.iter().copied())
        .output()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn managed_identity_is_found() {
    let emulator = emulator_with(&[Principal::system_assigned("aad_system")]).await;

    let output = run("program_with_managed_identity", &emulator, &[]);

    assert!(output.status.success(), "{output:?}");
    assert_eq!(emulator.counters().managed_identity, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authority_is_found_and_trusted() {
    let app = Principal::service_principal("aad_app", "secret");
    let emulator = emulator_with(std::slice::from_ref(&app)).await;

    let output = run(
        "program_with_client_secret",
        &emulator,
        &[
            ("AZURE_TENANT_ID", emulator.tenant_id()),
            ("AZURE_CLIENT_ID", app.get_client_id()),
            ("AZURE_CLIENT_SECRET", "secret"),
        ],
    );

    assert!(output.status.success(), "{output:?}");
    assert_eq!(emulator.counters().client_secret, 1);
}

#[tokio::test]
#[ignore = "a program: the tests run it in the emulator's environment"]
async fn program_with_managed_identity() {
    let credential = ManagedIdentityCredential::new(None).unwrap();
    credential.get_token(&[SCOPE], None).await.unwrap();
}

#[tokio::test]
#[ignore = "a program: the tests run it in the emulator's environment"]
async fn program_with_client_secret() {
    let variable = |name| std::env::var(name).unwrap();
    let credential = ClientSecretCredential::new(
        &variable("AZURE_TENANT_ID"),
        variable("AZURE_CLIENT_ID"),
        variable("AZURE_CLIENT_SECRET").into(),
        None,
    )
    .unwrap();
    credential.get_token(&[SCOPE], None).await.unwrap();
}
