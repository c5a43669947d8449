//! The stand-in for the Azure CLI prints what `az account get-access-token` does.
#![cfg(unix)]

mod common;

use std::{os::unix::fs::PermissionsExt as _, process::Output};

use azure_mysql_emulator::{AzureCli, Emulator, Principal};
use common::{RESOURCE, emulator_with, verify};
use serde_json::Value;

/// Runs it with nothing but its own folder on the `PATH`.
async fn az(az: &AzureCli, arguments: &[&str]) -> Output {
    tokio::process::Command::new(az.folder().join("az"))
        .args(arguments)
        .env_clear()
        .env("PATH", az.folder())
        .env("TZ", "UTC")
        .output()
        .await
        .unwrap()
}

async fn emulator_and_az() -> (Emulator, Principal, AzureCli) {
    let user = Principal::user("ada@example.com");
    let emulator = emulator_with(&[]).await;
    let az = emulator.azure_cli(&user).unwrap();
    (emulator, user, az)
}

const GET: [&str; 2] = ["account", "get-access-token"];

#[tokio::test]
async fn each_way_of_asking_gets_a_token_of_the_user() {
    let (emulator, user, stand_in) = emulator_and_az().await;
    let scope = format!("{RESOURCE}/.default");
    let tenant = emulator.tenant_id();
    for more in [
        &["-o", "json", "--scope", &scope][..],
        &["-o", "json", "--scope", &scope, "--tenant", tenant],
        &["--resource", RESOURCE],
        &["--resource-type", "oss-rdbms", "--output", "json"],
    ] {
        let output = az(&stand_in, &[&GET, more].concat()).await;
        assert!(output.status.success(), "{output:?}");
        let body: Value = serde_json::from_slice(&output.stdout).unwrap();
        let token = body["accessToken"].as_str().unwrap();
        let (_, claims) = verify(&emulator.jwks_json(), token, RESOURCE).unwrap();
        assert_eq!(claims["oid"], user.object_id());
        assert_eq!(body["expires_on"], claims["exp"]);
        assert_eq!(body["tenant"], tenant);
        assert_eq!(body["tokenType"], "Bearer");
        assert_eq!(body["subscription"].as_str().unwrap().len(), 36);
        assert_eq!(body.as_object().unwrap().len(), 6);
        let end = time::OffsetDateTime::from_unix_timestamp(claims["exp"].as_i64().unwrap());
        let end = end.unwrap();
        let local = format!(
            "{} {:02}:{:02}:{:02}.000000",
            end.date(),
            end.hour(),
            end.minute(),
            end.second()
        );
        assert_eq!(body["expiresOn"], local);
    }
    assert_eq!(emulator.counters().azure_cli, 4);
    assert_eq!(emulator.tokens_issued_to(&user), 4);
    let calls = stand_in.calls();
    assert_eq!(calls.len(), 4);
    let first = format!("account get-access-token -o json --scope {scope}");
    assert_eq!(calls[0], first);
}

#[tokio::test]
async fn the_token_alone_can_be_asked_for() {
    let (emulator, _, stand_in) = emulator_and_az().await;
    let more = "--resource-type oss-rdbms --output tsv --query accessToken";
    let more: Vec<&str> = more.split(' ').collect();

    let output = az(&stand_in, &[&GET, &more[..]].concat()).await;

    let token = String::from_utf8(output.stdout).unwrap();
    assert!(verify(&emulator.jwks_json(), token.trim_end(), RESOURCE).is_ok());
}

#[tokio::test]
async fn it_fails_as_az_does() {
    let (emulator, user, stand_in) = emulator_and_az().await;
    for (more, status, words) in [
        (
            &["--scope", "https://vault.azure.net/.default"][..],
            1,
            "ERROR: AADSTS500011: ",
        ),
        (
            &["--resource-type", "arm"],
            2,
            "ERROR: unrecognized arguments: --resource-type arm",
        ),
        (
            &["--resource", RESOURCE, "--tenant", "contoso.com"],
            1,
            "ERROR: AADSTS90002: Tenant 'contoso.com' not found.",
        ),
        (&[], 1, "ERROR: AADSTS500011: "),
        (
            &["--scope"],
            2,
            "ERROR: argument --scope: expected one argument",
        ),
    ] {
        let output = az(&stand_in, &[&GET, more].concat()).await;
        assert_eq!(output.status.code(), Some(status), "{output:?}");
        assert!(output.stdout.is_empty());
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.starts_with(words), "{text}");
    }

    stand_in.log_out();
    let output = az(&stand_in, &[&GET[..], &["--resource", RESOURCE]].concat()).await;
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text, "ERROR: Please run 'az login' to setup account.\n");
    assert_eq!(emulator.tokens_issued_to(&user), 0);
    assert_eq!(stand_in.calls().len(), 6);
}

#[tokio::test]
async fn nobody_else_can_use_it_and_nothing_is_left_of_it() {
    let (emulator, user, stand_in) = emulator_and_az().await;
    let program = stand_in.folder().join("az");
    let mode = program.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let copy = stand_in.folder().with_extension("copy");
    std::fs::copy(&program, &copy).unwrap();
    let folder = stand_in.folder().to_owned();

    drop(stand_in);

    assert!(!folder.exists());
    let get = [&GET[..], &["--resource", RESOURCE]].concat();
    let run = || tokio::process::Command::new(&copy).args(&get).output();
    assert_eq!(run().await.unwrap().status.code(), Some(1));
    assert_eq!(emulator.tokens_issued_to(&user), 0);
    emulator.stop().await;
    let output = run().await.unwrap();
    std::fs::remove_file(&copy).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("has stopped"), "{text}");
}
