//! Why there was no token leads to its likeliest cause: each case is an error that a credential of the
//! settings really got from the emulator's endpoints.
//!
//! The TLS library reads what to trust from the process's environment. So a test that logs in to Entra
//! runs its body in a process of its own: the test starts the emulator, and then itself with the
//! emulator's variables. Managed identities need no TLS, only an [`Environment`].

use std::{collections::BTreeMap, env, process::Stdio};

use azure_mysql::{
    Environment, Identity, Settings,
    refusal::{Cause, Diagnosis, token_unavailable},
};
use azure_mysql_emulator::{Emulator, Principal};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

/// Set in the process that runs a test's body.
const INSIDE: &str = "AZURE_MYSQL_TEST_INSIDE";
const NOBODY: &str = "99999999-9999-4999-8999-999999999999";

fn is_inside() -> bool {
    env::var_os(INSIDE).is_some()
}

/// Runs the body of the test `name` with the emulator's variables and `extra` ones.
async fn run_inside(name: &str, emulator: &Emulator, extra: &[(&str, &str)]) {
    let mut variables: BTreeMap<String, String> = emulator.platform_environment();
    let extra = extra.iter();
    variables.extend(extra.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
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

/// Settings with this identity, of a program that finds these variables.
fn settings(identity: Identity, variables: BTreeMap<String, String>) -> Settings {
    let own = [("DB2_HOST", "localhost"), ("DB2_USER", "app")].into_iter();
    let own = own.chain(identity.client_id().map(|id| ("DB2_CLIENTID", id)));
    let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let environment: Environment = variables.into_iter().chain(own).collect();
    Settings::from_environment(&environment.with_prefix("DB2_"))
        .unwrap()
        .with_identity(identity)
}

/// The emulator's authority, in the process that runs a test's body.
fn authority() -> BTreeMap<String, String> {
    let name = "AZURE_AUTHORITY_HOST";
    BTreeMap::from([(name.to_owned(), env::var(name).unwrap())])
}

fn user_assigned(client_id: &str) -> Identity {
    Identity::UserAssigned {
        client_id: client_id.to_owned(),
    }
}

/// What is told of the token that the settings' own cache could not get.
async fn told(settings: &Settings) -> (String, Option<Diagnosis>) {
    let error = settings.token_cache().token().await.unwrap_err();
    let (line, diagnosis) = token_unavailable(settings, &error);
    assert!(!line.contains('\n') && !line.contains("canary"), "{line}");
    assert!(!line.contains(&error.to_string()), "{line} repeats {error}");
    (line, diagnosis)
}

fn principal(client_secret: &str, client_id: &str, tenant_id: &str) -> Identity {
    Identity::ServicePrincipal {
        tenant_id: tenant_id.to_owned(),
        client_id: client_id.to_owned(),
        client_secret: client_secret.into(),
    }
}

#[tokio::test]
async fn entra_rejects_a_wrong_secret() {
    if is_inside() {
        let (client_id, tenant_id) = (env::var("ID").unwrap(), env::var("TENANT").unwrap());
        for (secret, tenant_id, cause, says) in [
            (
                "canary",
                tenant_id.as_str(),
                Some(Cause::BadClientSecret),
                "not its id",
            ),
            (
                "@Microsoft.KeyVault(SecretName=canary)",
                &tenant_id,
                Some(Cause::UnresolvedKeyVaultReference),
                "the client secret is an unresolved Key Vault reference",
            ),
            ("canary", NOBODY, None, "as user \"app\""),
        ] {
            let settings = settings(principal(secret, &client_id, tenant_id), authority());
            let (line, diagnosis) = told(&settings).await;
            assert_eq!(diagnosis.map(|it| it.cause()), cause, "{line}");
            assert!(line.contains(says), "{line}");
        }
        return;
    }
    let principal = Principal::service_principal("app", "right");
    let emulator = Emulator::builder().principal(principal.clone());
    let emulator = emulator.start().await.unwrap();
    let ids = [
        ("ID", principal.client_id()),
        ("TENANT", emulator.tenant_id()),
    ];
    run_inside("entra_rejects_a_wrong_secret", &emulator, &ids).await;
}

#[tokio::test]
async fn the_host_has_no_such_managed_identity() {
    let emulator = Emulator::builder().principal(Principal::user_assigned("app"));
    let emulator = emulator.start().await.unwrap();
    for (identity, says) in [
        (
            user_assigned(NOBODY),
            "assign the identity 99999999-9999-4999-8999-999999999999 to this host, or unset \
             DB2_CLIENTID",
        ),
        (
            Identity::SystemAssigned,
            "set DB2_CLIENTID to the client id of a user-assigned one",
        ),
    ] {
        let settings = settings(identity, emulator.platform_environment());
        let (line, diagnosis) = told(&settings).await;
        let cause = diagnosis.map(|it| it.cause());
        assert_eq!(cause, Some(Cause::NoSuchIdentity), "{line}");
        let what = "this host has no such managed identity";
        assert!(line.contains(what) && line.contains(says), "{line}");
    }
}

#[tokio::test]
async fn the_host_has_several_managed_identities() {
    // Only a virtual machine's endpoint says so, and its address is fixed.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answer = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await.unwrap();
        let body =
            r#"{"error_description":"Multiple user assigned identities exist, please specify"}"#;
        let head = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length:";
        let response = format!("{head} {}\r\n\r\n{body}", body.len());
        stream.write_all(response.as_bytes()).await.unwrap();
    });
    let variables = [
        ("IDENTITY_ENDPOINT", format!("http://{address}/msi/token")),
        ("IDENTITY_HEADER", "header".to_owned()),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value));
    let settings = settings(Identity::SystemAssigned, variables.into());
    let (line, diagnosis) = told(&settings).await;
    answer.await.unwrap();
    let cause = diagnosis.map(|it| it.cause());
    assert_eq!(cause, Some(Cause::AmbiguousIdentity), "{line}");
    let says = "this host has several managed identities; name one by its client id (DB2_CLIENTID)";
    assert!(line.ends_with(says), "{line}");
}

#[tokio::test]
async fn an_endpoint_that_rejects_the_program_is_no_missing_identity() {
    let emulator = Emulator::builder().principal(Principal::system_assigned("app"));
    let emulator = emulator.start().await.unwrap();
    let mut variables = emulator.platform_environment();
    variables.insert("IDENTITY_HEADER".to_owned(), "wrong".to_owned());
    let settings = settings(user_assigned(NOBODY), variables);
    let error = settings.token_cache().token().await.unwrap_err();
    assert_eq!(error.http_status(), Some(401), "{error}");
    let (line, diagnosis) = token_unavailable(&settings, &error);
    assert_eq!(diagnosis, None, "{line}");
}

#[tokio::test]
async fn managed_identity_is_asked_for_where_the_settings_environment_says() {
    let principal = Principal::user_assigned("app");
    let emulator = Emulator::builder().principal(principal.clone());
    let emulator = emulator.start().await.unwrap();
    let identity = user_assigned(principal.client_id());
    let settings = settings(identity, emulator.platform_environment());
    settings.token_cache().token().await.unwrap();
    assert_eq!(emulator.tokens_issued_to(&principal), 1);
    assert!(!format!("{settings:?}").contains("IDENTITY_HEADER"));
}

#[tokio::test]
async fn no_federated_credential_matches_the_service_account() {
    if is_inside() {
        let identity = Identity::WorkloadIdentity {
            tenant_id: env::var("AZURE_TENANT_ID").unwrap(),
            client_id: env::var("AZURE_CLIENT_ID").unwrap(),
            token_file: env::var("TOKEN_FILE").unwrap().into(),
        };
        let settings = settings(identity, authority());
        let (line, diagnosis) = told(&settings).await;
        let cause = diagnosis.map(|it| it.cause());
        assert_eq!(cause, Some(Cause::FederationMismatch), "{line}");
        return;
    }
    let principal = Principal::workload_identity("app");
    let emulator = Emulator::builder().principal(principal.clone());
    let emulator = emulator.start().await.unwrap();
    let token = emulator.service_account_token(&principal).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, token.subject("system:serviceaccount:a:b").build()).unwrap();
    let mut variables = emulator.identity_environment(&principal);
    variables.insert("TOKEN_FILE".to_owned(), file.path().display().to_string());
    let variables: Vec<_> = variables
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    let name = "no_federated_credential_matches_the_service_account";
    run_inside(name, &emulator, &variables).await;
}
