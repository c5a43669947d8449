//! The chain finds the credential that is there, keeps to it, and says why there is none.

use std::collections::BTreeMap;

use azure_mysql_emulator::{Emulator, Principal};
use token_source::{
    ErrorKind, TokenSource,
    entra::{Chain, Member},
};

use crate::{causes, cloud, emulator_with, is_inside, owned, run_with};

/// The members whose asking leaves this machine's tools and network alone.
const WITHOUT_TOOLS: [Member; 3] = [
    Member::Environment,
    Member::WorkloadIdentity,
    Member::ManagedIdentity,
];

/// Everything that the platform would set for all of these principals at once.
fn environment(emulator: &Emulator, principals: &[&Principal]) -> BTreeMap<String, String> {
    principals
        .iter()
        .flat_map(|principal| emulator.identity_environment(principal))
        .collect()
}

async fn gives_two_tokens(chain: Chain) {
    chain.fetch().await.unwrap();
    chain.fetch().await.unwrap();
}

#[tokio::test]
async fn a_secret_comes_before_a_workload_identity_and_that_before_a_managed_identity() {
    if is_inside() {
        return gives_two_tokens(Chain::new(&cloud())).await;
    }
    let secret = Principal::service_principal("app", "right");
    let pod = Principal::workload_identity("pod");
    let system = Principal::system_assigned("system");
    let name =
        "chain::a_secret_comes_before_a_workload_identity_and_that_before_a_managed_identity";
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
async fn a_certificate_is_taken_from_the_environment() {
    if is_inside() {
        return gives_two_tokens(Chain::new(&cloud())).await;
    }
    let principal = Principal::service_principal_with_certificate("app");
    let emulator = emulator_with(std::slice::from_ref(&principal)).await;
    let name = "chain::a_certificate_is_taken_from_the_environment";
    run_with(name, emulator.identity_environment(&principal)).await;
    assert_eq!(emulator.counters().client_certificate, 2);
}

#[tokio::test]
async fn members_can_be_left_out() {
    if is_inside() {
        return gives_two_tokens(Chain::of(&cloud(), [Member::ManagedIdentity])).await;
    }
    let secret = Principal::service_principal("app", "right");
    let user_assigned = Principal::user_assigned("box");
    let emulator = emulator_with(&[secret.clone(), user_assigned.clone()]).await;
    let variables = environment(&emulator, &[&secret, &user_assigned]);
    run_with("chain::members_can_be_left_out", variables).await;
    let counters = emulator.counters();
    assert_eq!((counters.client_secret, counters.managed_identity), (0, 2));
}

#[tokio::test]
async fn a_secret_that_is_refused_is_not_passed_over() {
    if is_inside() {
        let chain = Chain::new(&cloud());
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
    run_with(
        "chain::a_secret_that_is_refused_is_not_passed_over",
        variables,
    )
    .await;
    let counters = emulator.counters();
    assert_eq!((counters.managed_identity, counters.refused), (0, 2));
}

#[tokio::test]
async fn a_client_id_alone_names_a_user_assigned_identity() {
    if is_inside() {
        let error = Chain::new(&cloud()).fetch().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        let causes = causes(&error);
        assert_eq!(causes.len(), 3, "{causes:?}");
        assert!(causes[0].starts_with("environment: "), "{causes:?}");
        assert!(causes[1].starts_with("workload identity: "), "{causes:?}");
        assert!(causes[2].starts_with("managed identity: "), "{causes:?}");
        return;
    }
    let system = Principal::system_assigned("system");
    let emulator = emulator_with(std::slice::from_ref(&system)).await;
    let mut variables = emulator.identity_environment(&system);
    let nobody = "99999999-9999-4999-8999-999999999999";
    variables.extend(owned(&[("AZURE_CLIENT_ID", nobody)]));
    let name = "chain::a_client_id_alone_names_a_user_assigned_identity";
    run_with(name, variables).await;
    assert_eq!(emulator.counters().managed_identity, 0);
}

#[tokio::test]
async fn if_none_is_there_the_error_has_each_reason() {
    if is_inside() {
        let error = Chain::of(&cloud(), WITHOUT_TOOLS)
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
    let name = "chain::if_none_is_there_the_error_has_each_reason";
    run_with(name, emulator.platform_environment()).await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_box_without_an_identity_has_the_person_at_it() {
    if is_inside() {
        return gives_two_tokens(Chain::new(&cloud())).await;
    }
    let person = Principal::user("ada@example.com");
    let emulator = emulator_with(&[]).await;
    let az = emulator.azure_cli(&person).unwrap();
    let mut variables = emulator.platform_environment();
    variables.extend(owned(&[("PATH", az.folder().to_str().unwrap())]));
    let name = "chain::a_box_without_an_identity_has_the_person_at_it";
    run_with(name, variables).await;
    assert_eq!(emulator.tokens_issued_to(&person), 2);
    assert_eq!(emulator.counters().refused, 1);
}
