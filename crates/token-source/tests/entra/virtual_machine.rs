//! On a virtual machine no variable names an endpoint: the metadata service answers at an address
//! that every machine knows. Each test runs in a network namespace where the emulator has it.

use std::time::Duration;

use azure_mysql_emulator::{Emulator, Platform, Principal, TokenFault};
use token_source::{
    Cloud, ErrorKind, IdentityProblem, TokenSource,
    entra::{Chain, CredentialKind, ManagedIdentity},
};

use crate::{
    SCOPE, causes,
    namespace::{is_inside, run_in_namespace},
};

async fn virtual_machine_with(principals: &[&Principal]) -> Emulator {
    principals
        .iter()
        .fold(Emulator::builder(), |builder, principal| {
            builder.principal((*principal).clone())
        })
        .platform(Platform::VirtualMachine)
        .imds_address("169.254.169.254:80".parse().unwrap())
        .start()
        .await
        .unwrap()
}

#[tokio::test]
async fn metadata_service_knows_each_id() {
    if !is_inside() {
        let name = "virtual_machine::metadata_service_knows_each_id";
        return run_in_namespace(name);
    }
    let system = Principal::system_assigned("system");
    let user_assigned = Principal::user_assigned("user");
    let emulator = virtual_machine_with(&[&system, &user_assigned]).await;
    let resource_id = user_assigned.resource_id().unwrap();
    for (source, principal) in [
        (ManagedIdentity::system_assigned(SCOPE), &system),
        (
            ManagedIdentity::user_assigned(SCOPE, user_assigned.client_id()),
            &user_assigned,
        ),
        (
            ManagedIdentity::user_assigned_by_object_id(SCOPE, user_assigned.object_id()),
            &user_assigned,
        ),
        (
            ManagedIdentity::user_assigned_by_resource_id(SCOPE, resource_id),
            &user_assigned,
        ),
    ] {
        let before = emulator.tokens_issued_to(principal);
        let first = source.fetch().await.unwrap();
        let second = source.fetch().await.unwrap();
        assert_ne!(first.secret(), second.secret());
        assert_eq!(emulator.tokens_issued_to(principal), before + 2);
    }
    assert_eq!(emulator.counters().imds, 8);
}

#[tokio::test]
async fn chain_finds_a_busy_metadata_service() {
    if !is_inside() {
        let name = "virtual_machine::chain_finds_a_busy_metadata_service";
        return run_in_namespace(name);
    }
    let user_assigned = Principal::user_assigned("user");
    let emulator = virtual_machine_with(&[&user_assigned]).await;
    let too_many_requests = TokenFault::TooManyRequests {
        retry_after: Duration::from_secs(1),
    };
    // The first request of a chain asks only whether the service is there.
    for fault in [None, Some(TokenFault::Gone), Some(too_many_requests)] {
        if let Some(fault) = fault {
            emulator.token_faults().once(fault);
        }
        let chain = Chain::new(&Cloud::PUBLIC, SCOPE);
        chain.fetch().await.unwrap();
        chain.fetch().await.unwrap();
    }
    assert_eq!(emulator.tokens_issued_to(&user_assigned), 6);
    assert_eq!(emulator.counters().faults, 2);
}

#[tokio::test]
async fn busy_metadata_service_is_retried() {
    if !is_inside() {
        let name = "virtual_machine::busy_metadata_service_is_retried";
        return run_in_namespace(name);
    }
    let system = Principal::system_assigned("system");
    let emulator = virtual_machine_with(&[&system]).await;
    let source = ManagedIdentity::system_assigned(SCOPE);
    let too_many_requests = TokenFault::TooManyRequests {
        retry_after: Duration::from_secs(1),
    };
    emulator.token_faults().once(TokenFault::Gone);
    emulator.token_faults().once(too_many_requests);
    // The SDK waits for some seconds in between, so both at once.
    let (one, other) = tokio::join!(source.fetch(), source.fetch());
    one.unwrap();
    other.unwrap();
    assert_eq!(emulator.counters().faults, 2);
    assert_eq!(emulator.tokens_issued_to(&system), 2);
}

#[tokio::test]
async fn machine_with_no_or_several_identities_is_unavailable() {
    if !is_inside() {
        let name = "virtual_machine::machine_with_no_or_several_identities_is_unavailable";
        return run_in_namespace(name);
    }
    let [one, other] = ["one", "other"].map(Principal::user_assigned);
    for (principals, problem) in [
        (&[][..], IdentityProblem::NotAssigned),
        (&[&one, &other], IdentityProblem::Ambiguous),
    ] {
        let emulator = virtual_machine_with(principals).await;
        let source = ManagedIdentity::system_assigned(SCOPE);
        let error = source.fetch().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable, "{error}");
        assert_eq!(error.identity_problem(), Some(problem), "{error}");
        assert_eq!(error.http_status(), Some(400));

        let chain = Chain::of(&Cloud::PUBLIC, SCOPE, [CredentialKind::ManagedIdentity]);
        let error = chain.fetch().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable, "{error}");
        assert!(causes(&error)[0].contains("system-assigned"), "{error}");
        emulator.stop().await;
    }
}
