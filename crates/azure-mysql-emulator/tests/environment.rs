//! A program finds in its environment what it would find in Azure.

mod common;

use azure_mysql_emulator::{Emulator, Platform, Principal};
use common::emulator_with;

#[tokio::test]
async fn each_kind_of_principal_finds_its_credential() {
    let system = Principal::system_assigned("system");
    let user_assigned = Principal::user_assigned("user_assigned");
    let with_secret = Principal::service_principal("with_secret", "secret");
    let with_certificate = Principal::service_principal_with_certificate("with_certificate");
    let federated = Principal::workload_identity("federated");
    let person = Principal::user("ada@example.com");
    let all = [
        system,
        user_assigned,
        with_secret,
        with_certificate,
        federated,
        person,
    ];
    let emulator = emulator_with(&all).await;

    let identity = ["IDENTITY_ENDPOINT", "IDENTITY_HEADER"].as_slice();
    let application = ["AZURE_CLIENT_ID", "AZURE_TENANT_ID"].as_slice();
    let expected = [
        [identity, &[]],
        [identity, &["AZURE_CLIENT_ID"]],
        [application, &["AZURE_CLIENT_SECRET"]],
        [application, &["AZURE_CLIENT_CERTIFICATE_PATH"]],
        [application, &["AZURE_FEDERATED_TOKEN_FILE"]],
        [&[], &[]],
    ];
    for (principal, expected) in all.iter().zip(expected) {
        let mut expected = expected.concat();
        expected.extend(["AZURE_AUTHORITY_HOST", "SSL_CERT_FILE"]);
        expected.sort_unstable();
        let variables = emulator.identity_environment(principal);
        let names: Vec<&str> = variables.keys().map(String::as_str).collect();
        assert_eq!(names, expected, "{principal:?}");
    }
    let path = &emulator.identity_environment(&all[3])["AZURE_CLIENT_CERTIFICATE_PATH"];
    let pem = emulator.client_certificate(&all[3]).unwrap().pem();
    assert_eq!(std::fs::read_to_string(path).unwrap(), pem);
}

#[tokio::test]
async fn on_a_virtual_machine_no_variable_names_an_endpoint() {
    let system = Principal::system_assigned("system");
    let user_assigned = Principal::user_assigned("user_assigned");
    let emulator = Emulator::builder()
        .platform(Platform::VirtualMachine)
        .start()
        .await
        .unwrap();

    let platform = emulator.platform_environment();
    let names: Vec<&str> = platform.keys().map(String::as_str).collect();
    assert_eq!(names, ["AZURE_AUTHORITY_HOST", "SSL_CERT_FILE"]);
    assert_eq!(emulator.identity_environment(&system), platform);
    let mut of_the_user_assigned = platform;
    let client_id = user_assigned.client_id().to_owned();
    of_the_user_assigned.insert("AZURE_CLIENT_ID".to_owned(), client_id);
    assert_eq!(
        emulator.identity_environment(&user_assigned),
        of_the_user_assigned
    );
}
