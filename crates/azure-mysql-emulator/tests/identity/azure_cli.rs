//! The stand-in for the Azure CLI prints what `az account get-access-token` does.

use std::{os::unix::fs::PermissionsExt as _, process::Output};

use azure_mysql_emulator::{AzureCli, Emulator, Principal};
use serde_json::{Value, json};

use super::{RESOURCE, SCOPE, emulator_with, verify};

/// Runs `az account get-access-token` with only its own folder on the `PATH`.
async fn get_access_token(az: &AzureCli, arguments: &[&str]) -> Output {
    tokio::process::Command::new(az.folder().join("az"))
        .args(["account", "get-access-token"])
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

#[tokio::test]
async fn each_form_of_the_command_prints_a_token_of_the_user() {
    let (emulator, user, az) = emulator_and_az().await;
    let jwks = emulator.jwks_json();
    let tenant = emulator.tenant_id();
    for arguments in [
        &["-o", "json", "--scope", SCOPE][..],
        &["-o", "json", "--scope", SCOPE, "--tenant", tenant],
        &["--resource", RESOURCE],
        &["--resource-type", "oss-rdbms", "--output", "json"],
    ] {
        let output = get_access_token(&az, arguments).await;
        assert!(output.status.success(), "{output:?}");
        let body: Value = serde_json::from_slice(&output.stdout).unwrap();
        let token = body["accessToken"].as_str().unwrap();
        let (_, claims) = verify(&jwks, token, RESOURCE).unwrap();
        assert_eq!(claims["oid"], user.object_id());
        let expires = claims["exp"].as_i64().unwrap();
        let end = time::OffsetDateTime::from_unix_timestamp(expires).unwrap();
        let (date, (hour, minute, second)) = (end.date(), end.to_hms());
        let subscription = body["subscription"].as_str().unwrap();
        assert_eq!(subscription.len(), 36);
        let expected = json!({
            "accessToken": token,
            "expiresOn": format!("{date} {hour:02}:{minute:02}:{second:02}.000000"),
            "expires_on": expires,
            "subscription": subscription,
            "tenant": tenant,
            "tokenType": "Bearer",
        });
        assert_eq!(body, expected);
    }
    let first = format!("account get-access-token -o json --scope {SCOPE}");
    assert_eq!(az.calls()[0], first);

    let only_token = "--resource-type oss-rdbms --output tsv --query accessToken";
    let output = get_access_token(&az, &only_token.split(' ').collect::<Vec<_>>()).await;
    let token = String::from_utf8(output.stdout).unwrap();
    assert!(verify(&jwks, token.trim_end(), RESOURCE).is_ok());

    assert_eq!(emulator.counters().azure_cli, 5);
    assert_eq!(emulator.tokens_issued_to(&user), 5);
    assert_eq!(az.calls().len(), 5);
}

#[tokio::test]
async fn failures_are_those_of_az() {
    let (emulator, user, az) = emulator_and_az().await;
    let vault = "https://vault.azure.net/.default";
    let unknown_type = "ERROR: unrecognized arguments: --resource-type arm";
    let unknown_tenant = "ERROR: AADSTS90002: Tenant 'contoso.com' not found.";
    let no_value = "ERROR: argument --scope: expected one argument";
    for (arguments, status, message) in [
        (&["--scope", vault][..], 1, "ERROR: AADSTS500011: "),
        (&["--resource-type", "arm"], 2, unknown_type),
        (
            &["--resource", RESOURCE, "--tenant", "contoso.com"],
            1,
            unknown_tenant,
        ),
        (&[], 1, "ERROR: AADSTS500011: "),
        (&["--scope"], 2, no_value),
        (&["--output", "tsv"], 2, "ERROR: unrecognized arguments: "),
        (
            &["--query", "accessToken"],
            2,
            "ERROR: unrecognized arguments: ",
        ),
    ] {
        let output = get_access_token(&az, arguments).await;
        assert_eq!(output.status.code(), Some(status), "{output:?}");
        assert!(output.stdout.is_empty());
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.starts_with(message), "{text}");
    }

    az.log_out();
    let output = get_access_token(&az, &["--resource", RESOURCE]).await;
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text, "ERROR: Please run 'az login' to setup account.\n");
    assert_eq!(emulator.tokens_issued_to(&user), 0);
    assert_eq!(az.calls().len(), 8);
}

#[tokio::test]
async fn only_this_user_can_use_it_and_nothing_is_left_of_it() {
    let (emulator, user, az) = emulator_and_az().await;
    let program = az.folder().join("az");
    let mode = program.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let copy = az.folder().with_extension("copy");
    std::fs::copy(&program, &copy).unwrap();
    let folder = az.folder().to_owned();

    drop(az);

    assert!(!folder.exists());
    let arguments = ["account", "get-access-token", "--resource", RESOURCE];
    let run = || tokio::process::Command::new(&copy).args(arguments).output();
    assert_eq!(run().await.unwrap().status.code(), Some(1));
    assert_eq!(emulator.tokens_issued_to(&user), 0);
    emulator.stop().await;
    let output = run().await.unwrap();
    std::fs::remove_file(&copy).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("has stopped"), "{text}");
}
