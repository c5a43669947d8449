//! In a network namespace of its own the metadata service has Azure's address, and programs that know
//! nothing of the emulator find it without a variable.
#![cfg(target_os = "linux")]

#[path = "common/namespace.rs"]
mod namespace;

use std::process::Command;

use azure_core::credentials::TokenCredential;
use azure_identity::{ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId};
use azure_mysql_emulator::{Emulator, Platform, Principal};
use namespace::{is_inside, run_in_namespace};

const SCOPE: &str = "https://ossrdbms-aad.database.windows.net/.default";

/// Set in the process that plays the program, to the identity's resource id or to nothing.
const PROGRAM: &str = "EMULATOR_TEST_PROGRAM";

async fn be_the_program(resource_id: String) {
    let user_assigned_id =
        (!resource_id.is_empty()).then_some(UserAssignedId::ResourceId(resource_id));
    let options = ManagedIdentityCredentialOptions {
        user_assigned_id,
        ..ManagedIdentityCredentialOptions::default()
    };
    let credential = ManagedIdentityCredential::new(Some(options)).unwrap();
    credential.get_token(&[SCOPE], None).await.unwrap();
}

async fn virtual_machine_with(principals: [Principal; 2]) -> Emulator {
    principals
        .into_iter()
        .fold(Emulator::builder(), |builder, principal| {
            builder.principal(principal)
        })
        .platform(Platform::VirtualMachine)
        .imds_address("169.254.169.254:80".parse().unwrap())
        .start()
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unmodified_credential_finds_the_metadata_service() {
    let name = "an_unmodified_credential_finds_the_metadata_service";
    if let Ok(resource_id) = std::env::var(PROGRAM) {
        return be_the_program(resource_id).await;
    }
    if !is_inside() {
        return run_in_namespace(name);
    }
    let system = Principal::system_assigned("aad_system");
    let user_assigned = Principal::user_assigned("aad_user");
    let emulator = virtual_machine_with([system.clone(), user_assigned.clone()]).await;
    let endpoint = "http://169.254.169.254:80/metadata/identity/oauth2/token";
    assert_eq!(emulator.imds_endpoint(), endpoint);

    for identity in ["", user_assigned.resource_id().unwrap()] {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name])
            .env_clear()
            .envs(emulator.platform_environment())
            .env(PROGRAM, identity)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    assert_eq!(emulator.tokens_issued_to(&system), 1);
    assert_eq!(emulator.tokens_issued_to(&user_assigned), 1);
    assert_eq!(emulator.counters().imds, 2);
}

#[tokio::test]
async fn the_address_is_refused_where_another_interface_is_up() {
    if !is_inside() {
        return run_in_namespace("the_address_is_refused_where_another_interface_is_up");
    }
    let start = || {
        Emulator::builder()
            .imds_address("169.254.169.254:80".parse().unwrap())
            .start()
    };
    let ip = |arguments: &str| {
        let status = Command::new("ip").args(arguments.split(' ')).status();
        assert!(status.unwrap().success(), "ip {arguments}");
    };
    start().await.unwrap().stop().await;

    ip("link add outside type veth peer name other");
    start().await.unwrap().stop().await;
    ip("link set outside up");
    let error = start().await.unwrap_err().to_string();
    assert!(error.contains("the interface outside is up"), "{error}");

    ip("link delete outside");
    ip("address delete 169.254.169.254/32 dev lo");
    let error = start().await.unwrap_err().to_string();
    assert!(error.contains("does not have it"), "{error}");
}
