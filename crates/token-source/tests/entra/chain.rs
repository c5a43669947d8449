//! The chain finds the credential that is there, keeps to it, and says why there is none.

use std::collections::BTreeMap;

use azure_mysql_emulator::{Emulator, Principal};
use token_source::{
    ErrorKind, IdentityProblem, TokenSource,
    entra::{Chain, CredentialKind, ManagedIdentity},
};

use crate::{SCOPE, causes, cloud, emulator_with, is_inside, owned, run_with};

/// The members whose asking leaves this machine's tools and network alone.
const WITHOUT_TOOLS: [CredentialKind; 3] = [
    CredentialKind::Environment,
    CredentialKind::WorkloadIdentity,
    CredentialKind::ManagedIdentity,
];

/// Everything that the platform would set for all of these principals at once.
fn environment(emulator: &Emulator, principals: &[&Principal]) -> BTreeMap<String, String> {
    principals
        .iter()
        .flat_map(|principal| emulator.identity_environment(principal))
        .collect()
}

/// In this process, whose own environment names no credential.
#[tokio::test]
async fn given_variables_replace_those_of_the_process() {
    let mut emulators = Vec::new();
    for _ in 0..2 {
        let principal = Principal::user_assigned("app");
        let emulator = emulator_with(std::slice::from_ref(&principal)).await;
        let mut variables = emulator.identity_environment(&principal);
        variables.extend(emulator.platform_environment());
        let chain =
            Chain::from_variables(&token_source::Cloud::PUBLIC, SCOPE, WITHOUT_TOOLS, |name| {
                variables.get(name).cloned()
            });
        let source = ManagedIdentity::user_assigned(SCOPE, principal.client_id())
            .with_variables(|name| variables.get(name).cloned());
        emulators.push((emulator, chain, source));
    }
    for (emulator, chain, source) in emulators {
        gives_two_tokens(chain).await;
        source.fetch().await.unwrap();
        assert_eq!(emulator.counters().managed_identity, 3);
    }
}

async fn gives_two_tokens(chain: Chain) {
    chain.fetch().await.unwrap();
    chain.fetch().await.unwrap();
}

#[tokio::test]
async fn order_is_secret_workload_identity_managed_identity() {
    if is_inside() {
        return gives_two_tokens(Chain::new(&cloud(), SCOPE)).await;
    }
    let secret = Principal::service_principal("app", "right");
    let pod = Principal::workload_identity("pod");
    let system = Principal::system_assigned("system");
    let name = "chain::order_is_secret_workload_identity_managed_identity";
    let emulator = emulator_with(&[secret.clone(), system.clone()]).await;
    let mut all = environment(&emulator, &[&system, &secret]);
    all.extend(owned(&[("AZURE_FEDERATED_TOKEN_FILE", "/nowhere")]));
    run_with(name, all).await;
    let counters = emulator.counters();
    assert_eq!((counters.client_secret, counters.managed_identity), (2, 0));

    let emulator = emulator_with(&[pod.clone(), system.clone()]).await;
    run_with(name, environment(&emulator, &[&system, &pod])).await;
    let counters = emulator.counters();
    assert_eq!((counters.federated, counters.managed_identity), (2, 0));

    let emulator = emulator_with(std::slice::from_ref(&system)).await;
    run_with(name, environment(&emulator, &[&system])).await;
    assert_eq!(emulator.counters().managed_identity, 2);
}

#[cfg(feature = "client-certificate")]
#[tokio::test]
async fn certificate_from_the_environment() {
    if is_inside() {
        return gives_two_tokens(Chain::new(&cloud(), SCOPE)).await;
    }
    let principal = Principal::service_principal_with_certificate("app");
    let emulator = emulator_with(std::slice::from_ref(&principal)).await;
    let name = "chain::certificate_from_the_environment";
    run_with(name, emulator.identity_environment(&principal)).await;
    assert_eq!(emulator.counters().client_certificate, 2);
}

#[tokio::test]
async fn credentials_can_be_left_out() {
    if is_inside() {
        return gives_two_tokens(Chain::of(
            &cloud(),
            SCOPE,
            [CredentialKind::ManagedIdentity],
        ))
        .await;
    }
    let secret = Principal::service_principal("app", "right");
    let user_assigned = Principal::user_assigned("box");
    let emulator = emulator_with(&[secret.clone(), user_assigned.clone()]).await;
    let variables = environment(&emulator, &[&secret, &user_assigned]);
    run_with("chain::credentials_can_be_left_out", variables).await;
    let counters = emulator.counters();
    assert_eq!((counters.client_secret, counters.managed_identity), (0, 2));
}

#[tokio::test]
async fn rejected_secret_is_not_skipped() {
    if is_inside() {
        let chain = Chain::new(&cloud(), SCOPE);
        for _ in 0..2 {
            let error = chain.fetch().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
            assert_eq!(error.entra_code(), Some(7_000_215));
        }
        return;
    }
    let secret = Principal::service_principal("app", "right");
    let system = Principal::system_assigned("system");
    let emulator = emulator_with(&[secret.clone(), system.clone()]).await;
    let mut variables = environment(&emulator, &[&secret, &system]);
    variables.extend(owned(&[("AZURE_CLIENT_SECRET", "wrong")]));
    run_with("chain::rejected_secret_is_not_skipped", variables).await;
    let counters = emulator.counters();
    assert_eq!((counters.managed_identity, counters.refused), (0, 2));
}

#[tokio::test]
async fn client_id_names_a_user_assigned_identity() {
    if is_inside() {
        let error = Chain::new(&cloud(), SCOPE).fetch().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        assert_eq!(error.credential(), Some(CredentialKind::ManagedIdentity));
        assert_eq!(error.identity_problem(), Some(IdentityProblem::NotAssigned));
        assert!(error.to_string().starts_with("managed identity: "));
        let causes = causes(&error);
        assert_eq!(causes.len(), 2, "{causes:?}");
        assert!(causes[0].starts_with("environment: "), "{causes:?}");
        assert!(causes[1].starts_with("workload identity: "), "{causes:?}");
        return;
    }
    let system = Principal::system_assigned("system");
    let emulator = emulator_with(std::slice::from_ref(&system)).await;
    let mut variables = emulator.identity_environment(&system);
    let nobody = "99999999-9999-4999-8999-999999999999";
    variables.extend(owned(&[("AZURE_CLIENT_ID", nobody)]));
    let name = "chain::client_id_names_a_user_assigned_identity";
    run_with(name, variables).await;
    assert_eq!(emulator.counters().managed_identity, 0);
}

#[tokio::test]
async fn no_credential_gives_a_cause_for_each() {
    if is_inside() {
        let error = Chain::of(&cloud(), SCOPE, WITHOUT_TOOLS)
            .fetch()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable, "{error}");
        let causes = causes(&error);
        for (cause, needles) in causes.iter().zip([
            ["environment: ", "AZURE_CLIENT_SECRET"],
            ["workload identity: ", "AZURE_FEDERATED_TOKEN_FILE"],
            ["managed identity: ", "system-assigned"],
        ]) {
            assert!(
                needles.iter().all(|needle| cause.contains(needle)),
                "{cause}"
            );
        }
        assert_eq!(causes.len(), 3, "{causes:?}");
        return;
    }
    let emulator = emulator_with(&[]).await;
    let name = "chain::no_credential_gives_a_cause_for_each";
    run_with(name, emulator.platform_environment()).await;
}

#[cfg(unix)]
#[tokio::test]
async fn without_identity_the_cli_user_logs_in() {
    if is_inside() {
        return gives_two_tokens(Chain::new(&cloud(), SCOPE)).await;
    }
    let person = Principal::user("ada@example.com");
    let emulator = emulator_with(&[]).await;
    let az = emulator.azure_cli(&person).unwrap();
    let mut variables = emulator.platform_environment();
    variables.extend(owned(&[("PATH", az.folder().to_str().unwrap())]));
    let name = "chain::without_identity_the_cli_user_logs_in";
    run_with(name, variables).await;
    assert_eq!(emulator.tokens_issued_to(&person), 2);
    assert_eq!(emulator.counters().refused, 1);
}
