//! What a workload identity promises beside giving tokens.

use std::{collections::BTreeMap, fs};

use azure_mysql_emulator::Principal;
use token_source::{Cloud, ErrorKind, TokenSource, entra::WorkloadIdentity};

use crate::{SCOPE, causes, cloud, emulator_with, is_inside, run_with, variable};

#[tokio::test]
async fn token_file_is_read_at_each_fetch() {
    if is_inside() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        let (tenant_id, client_id) = (variable("AZURE_TENANT_ID"), variable("AZURE_CLIENT_ID"));
        let source = WorkloadIdentity::new(&cloud(), SCOPE, tenant_id, client_id, &file);

        let error = source.fetch().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
        assert!(
            error.to_string().contains(file.to_str().unwrap()),
            "{error}"
        );
        assert!(!causes(&error).is_empty(), "the system's reason: {error:?}");

        fs::copy(variable("AZURE_FEDERATED_TOKEN_FILE"), &file).unwrap();
        source.fetch().await.unwrap();
        for (token, code) in [
            (variable("EXPIRED"), 700_024),
            (variable("OF_ANOTHER_CLUSTER"), 700_211),
            (variable("OF_ANOTHER_ACCOUNT"), 700_213),
            (variable("FOR_ANOTHER_AUDIENCE"), 700_212),
        ] {
            fs::write(&file, &token).unwrap();
            let error = source.fetch().await.unwrap_err();
            assert_eq!(error.entra_code(), Some(code), "{error}");
            assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
            assert!(!format!("{error} {error:?} {source:?}").contains(&token));
        }
        fs::copy(variable("AZURE_FEDERATED_TOKEN_FILE"), &file).unwrap();
        source.fetch().await.unwrap();
        return;
    }
    let principal = Principal::workload_identity("pod");
    let emulator = emulator_with(std::slice::from_ref(&principal)).await;
    let token = || emulator.service_account_token(&principal).unwrap();
    let mut variables = emulator.identity_environment(&principal);
    let past = std::time::SystemTime::now() - std::time::Duration::from_secs(600);
    for (name, token) in [
        ("EXPIRED", token().expires_at(past)),
        (
            "OF_ANOTHER_CLUSTER",
            token().issuer("https://cluster.example/"),
        ),
        (
            "OF_ANOTHER_ACCOUNT",
            token().subject("system:serviceaccount:a:b"),
        ),
        (
            "FOR_ANOTHER_AUDIENCE",
            token().audience("https://other.example"),
        ),
    ] {
        variables.insert(name.to_owned(), token.build());
    }
    run_with(
        "workload_identity::token_file_is_read_at_each_fetch",
        variables,
    )
    .await;
    let counters = emulator.counters();
    assert_eq!((counters.federated, counters.refused), (2, 4));
}

#[tokio::test]
async fn missing_variable_is_named() {
    if is_inside() {
        let error = WorkloadIdentity::from_env(&Cloud::PUBLIC, SCOPE).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
        assert!(
            error.to_string().contains("AZURE_FEDERATED_TOKEN_FILE"),
            "{error}"
        );
        return;
    }
    let name = "workload_identity::missing_variable_is_named";
    run_with(name, BTreeMap::new()).await;
}
