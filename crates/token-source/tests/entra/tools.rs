//! The Azure CLI and the Azure Developer CLI, played by the emulator and by scripts on the `PATH`.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{Duration, SystemTime},
};

use azure_mysql_emulator::Principal;
use token_source::{
    Error, ErrorKind, TokenSource,
    entra::{AzureCli, AzureDeveloperCli},
};

use crate::{SCOPE, emulator_with, is_inside, owned, run_with, variable};

const OTHER_SCOPE: &str = "https://ossrdbms-aad.database.chinacloudapi.cn/.default";

/// What the scripts print for a token that ends at this second of 1970's count.
const EXPIRES_ON: u64 = 4_102_444_800;
const AZD_TOKEN: &str = r#"{"token": "token-NUMBER", "expiresOn": "2100-01-01T00:00:00Z"}"#;

/// Puts a script `tool` into `folder`. It counts its calls and keeps its arguments in files there,
/// prints `text`, and ends with `code`.
fn stand_in(folder: &Path, tool: &str, text: &str, code: u8) {
    let here = folder.display();
    let script = format!(
        "#!/bin/sh\n\
         echo \"$@\" >> {here}/calls\n\
         number=$(wc -l < {here}/calls)\n\
         sed \"s/NUMBER/$number/\" {} <<'END'\n{text}\nEND\nexit {code}\n",
        if code == 0 { "" } else { ">&2" }
    );
    put(folder, tool, &script);
}

fn put(folder: &Path, tool: &str, script: &str) {
    let path = folder.join(tool);
    fs::write(&path, script).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn calls(folder: &Path) -> Vec<String> {
    let calls = fs::read_to_string(folder.join("calls")).unwrap();
    calls.lines().map(ToOwned::to_owned).collect()
}

/// `folder` comes first on the `PATH`; the rest is for what the scripts themselves run.
fn path(folder: &Path) -> BTreeMap<String, String> {
    let path = format!("{}:/usr/bin:/bin", folder.display());
    let folder = folder.to_str().unwrap();
    owned(&[("PATH", &path), ("FOLDER", folder)]).collect()
}

async fn error_of(source: impl TokenSource) -> Error {
    let error = source.fetch().await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("canary"), "{shown}");
    assert!(!error.to_string().contains('\n'), "{error}");
    error
}

async fn fetches_two_tokens_of(source: impl TokenSource) {
    for secret in ["token-1", "token-2"] {
        let token = source.fetch().await.unwrap();
        assert_eq!(token.secret(), secret);
        let expires_on = token.expires_on().duration_since(std::time::UNIX_EPOCH);
        assert_eq!(expires_on.unwrap().as_secs(), EXPIRES_ON);
    }
}

#[tokio::test]
async fn az_runs_once_per_fetch() {
    if is_inside() {
        let source = AzureCli::new(OTHER_SCOPE);
        let first = source.fetch().await.unwrap();
        let second = source.fetch().await.unwrap();
        assert_ne!(first.secret(), second.secret());
        let left = first.expires_on().duration_since(SystemTime::now());
        let left = left.unwrap().as_secs();
        assert!((3500..=3600).contains(&left), "{left}");
        return;
    }
    let person = Principal::user("ada@example.com");
    let emulator = emulator_with(&[]).await;
    let az = emulator.azure_cli(&person).unwrap();
    let name = "tools::az_runs_once_per_fetch";
    run_with(name, path(az.folder())).await;
    let scope = OTHER_SCOPE;
    let call = format!("account get-access-token -o json --scope {scope}");
    assert_eq!(az.calls(), [call.as_str(), &call]);
    assert_eq!(emulator.tokens_issued_to(&person), 2);
}

#[tokio::test]
async fn azd_runs_once_per_fetch() {
    if is_inside() {
        return fetches_two_tokens_of(AzureDeveloperCli::new(SCOPE)).await;
    }
    let folder = tempfile::tempdir().unwrap();
    stand_in(folder.path(), "azd", AZD_TOKEN, 0);
    run_with("tools::azd_runs_once_per_fetch", path(folder.path())).await;
    let scope = SCOPE;
    let call = format!("auth token -o json --no-prompt --scope {scope}");
    assert_eq!(calls(folder.path()), [call.as_str(), &call]);
}

#[tokio::test]
async fn each_failure_says_what_to_do() {
    if is_inside() {
        let folder = variable("FOLDER");
        let folder = Path::new(&folder);
        for (text, code, kind, entra_code, needle) in [
            (
                "ERROR: Please run 'az login' to setup account. canary",
                1,
                ErrorKind::CredentialUnavailable,
                None,
                "login`",
            ),
            (
                "ERROR: AADSTS50173: canary\nTrace ID: 1",
                1,
                ErrorKind::Refused,
                Some(50173),
                "login`",
            ),
            ("canary", 0, ErrorKind::MalformedResponse, None, "update"),
            (
                "{\"accessToken\": \"canary\"}",
                0,
                ErrorKind::MalformedResponse,
                None,
                "update",
            ),
            ("", 0, ErrorKind::MalformedResponse, None, "update"),
        ] {
            stand_in(folder, "az", text, code);
            stand_in(folder, "azd", text, code);
            for error in [
                error_of(AzureCli::new(SCOPE)).await,
                error_of(AzureDeveloperCli::new(SCOPE)).await,
            ] {
                assert_eq!(
                    (error.kind(), error.entra_code()),
                    (kind, entra_code),
                    "{error}"
                );
                assert!(error.to_string().contains(needle), "{error}");
            }
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    run_with("tools::each_failure_says_what_to_do", path(folder.path())).await;
    assert_eq!(calls(folder.path()).len(), 10, "none is run twice");
}

#[tokio::test]
async fn missing_tool_is_named() {
    if is_inside() {
        let error = error_of(AzureCli::new(SCOPE)).await;
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
        assert!(error.to_string().contains("there is no az "), "{error}");
        let error = error_of(AzureDeveloperCli::new(SCOPE)).await;
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
        assert!(error.to_string().contains("azd auth login"), "{error}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = [("PATH", folder.path().to_str().unwrap())];
    run_with("tools::missing_tool_is_named", owned(&path).collect()).await;
}

/// The process behind a file in /proc ends; fails after ten seconds.
async fn ends(process: &str) {
    for _ in 0..1_000 {
        if !Path::new("/proc").join(process).exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the process {process} is still there");
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn hung_tool_is_killed_with_the_fetch() {
    if is_inside() {
        let file = Path::new(&variable("FOLDER")).join("process");
        let source = AzureCli::new(SCOPE);
        let fetch = tokio::spawn(async move { source.fetch().await });
        let process = loop {
            match fs::read_to_string(&file) {
                Ok(process) if process.ends_with('\n') => break process.trim().to_owned(),
                _ => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        };
        assert!(Path::new("/proc").join(&process).exists());
        fetch.abort();
        return ends(&process).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().display();
    let script = format!("#!/bin/sh\necho $$ > {here}/process\nexec sleep 600\n");
    put(folder.path(), "az", &script);
    let name = "tools::hung_tool_is_killed_with_the_fetch";
    run_with(name, path(folder.path())).await;
}
