//! Over a whole life of a cache, with every library logging all it can, no secret is printed.

use azure_mysql_emulator::Principal;
use token_source::{
    Error, TokenCache, TokenSource,
    entra::{Chain, ClientSecret},
};

use crate::{
    SCOPE, cloud, emulator_with, is_inside, log::Log, run_inside_with_service_principal, run_with,
    variable,
};

const SECRET: &str = "canary-of-the-client-secret";

#[tokio::test]
async fn client_secret_in_logs_debug_and_errors() {
    if is_inside() {
        let log = Log::of_this_process();
        let cache_with = |secret: &str| {
            let (tenant_id, client_id) = (variable("TENANT_ID"), variable("CLIENT_ID"));
            TokenCache::new(ClientSecret::new(
                &cloud(),
                SCOPE,
                tenant_id,
                client_id,
                secret,
            ))
        };
        let good = cache_with(SECRET);
        let token = good.token().await.unwrap();
        let bad = cache_with("canary-of-a-wrong-secret");
        let error: Error = bad.token().await.unwrap_err();

        let log = log.text();
        assert!(
            log.contains("token fetched") && log.contains("TRACE"),
            "the log is on: {log}"
        );
        let shown = format!("{log} {good:?} {bad:?} {token:?} {error} {error:?}");
        assert!(!shown.contains("canary"), "{shown}");
        for part in token.secret().split('.').skip(1) {
            assert!(!shown.contains(part), "{shown}");
        }
        return;
    }
    let name = "secrets::client_secret_in_logs_debug_and_errors";
    run_inside_with_service_principal(name, SECRET).await;
}

/// Fetches with whatever the environment holds, and looks for the lines of the file that a variable
/// names, and for what stands between the dots of its token.
async fn nothing_of_the_file_is_shown(variable_of_the_file: &str) {
    let log = Log::of_this_process();
    let file = std::fs::read_to_string(variable(variable_of_the_file)).unwrap();
    let chain = Chain::new(&cloud(), SCOPE);
    let token = chain.fetch().await.unwrap();
    let log = log.text();
    assert!(
        log.contains("credential chosen") && log.contains("TRACE"),
        "the log is on: {log}"
    );
    let shown = format!("{log} {chain:?} {token:?}");
    let secrets = file
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .flat_map(|line| line.split('.').skip(usize::from(line.contains('.'))));
    for secret in secrets.chain(token.secret().split('.').skip(1)) {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn workload_identity() {
    if is_inside() {
        return nothing_of_the_file_is_shown("AZURE_FEDERATED_TOKEN_FILE").await;
    }
    let principal = Principal::workload_identity("pod");
    let emulator = emulator_with(std::slice::from_ref(&principal)).await;
    let name = "secrets::workload_identity";
    run_with(name, emulator.identity_environment(&principal)).await;
}

#[cfg(feature = "client-certificate")]
#[tokio::test]
async fn client_certificate() {
    if is_inside() {
        return nothing_of_the_file_is_shown("AZURE_CLIENT_CERTIFICATE_PATH").await;
    }
    let principal = Principal::service_principal_with_certificate("app");
    let emulator = emulator_with(std::slice::from_ref(&principal)).await;
    let name = "secrets::client_certificate";
    run_with(name, emulator.identity_environment(&principal)).await;
}
