//! What an endpoint refuses becomes one line with a kind, and holds neither secret nor body.

use azure_mysql_emulator::{Emulator, Principal};
use token_source::{
    Cloud, Error, ErrorKind, TokenSource,
    entra::{ClientSecret, ManagedIdentity},
};

use crate::{
    cloud, emulator_with, is_inside, owned, run_inside, run_inside_with_service_principal,
    run_with, variable,
};

async fn error_of(source: impl TokenSource) -> Error {
    let error = source.fetch().await.unwrap_err();
    assert!(!error.to_string().contains('\n'), "{error}");
    error
}

#[tokio::test]
async fn a_wrong_secret_an_unknown_application_and_an_unknown_tenant_have_their_codes() {
    if is_inside() {
        let (client_id, tenant_id) = (variable("CLIENT_ID"), variable("TENANT_ID"));
        let nobody = "99999999-9999-4999-8999-999999999999";
        for (tenant, client, code) in [
            (tenant_id.as_str(), client_id.as_str(), 7_000_215),
            (&tenant_id, nobody, 700_016),
            (nobody, &client_id, 90002),
        ] {
            let error = error_of(ClientSecret::new(&cloud(), tenant, client, "canary")).await;
            assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
            assert_eq!(error.entra_code(), Some(code), "{error}");
            assert!(!error.is_retryable());
            assert!(!format!("{error} {error:?}").contains("canary"));
            assert!(
                !format!("{error} {error:?}").contains("Trace ID"),
                "part of the body"
            );
        }
        return;
    }
    let name = "refusals_say_why::a_wrong_secret_an_unknown_application_and_an_unknown_tenant_have_their_codes";
    run_inside_with_service_principal(name, "right").await;
}

#[tokio::test]
async fn an_identity_that_is_not_assigned_is_refused_if_it_was_named() {
    if is_inside() {
        let nobody = "99999999-9999-4999-8999-999999999999";
        for source in [
            ManagedIdentity::user_assigned(&cloud(), nobody),
            ManagedIdentity::user_assigned_by_object_id(&cloud(), nobody),
        ] {
            let error = error_of(source).await;
            assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
            assert!(error.to_string().contains("400"), "{error}");
        }
        let error = error_of(ManagedIdentity::system_assigned(&cloud())).await;
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable, "{error}");
        assert!(error.to_string().contains("system-assigned"), "{error}");
        return;
    }
    let emulator = emulator_with(&[Principal::user_assigned("app")]).await;
    let name = "refusals_say_why::an_identity_that_is_not_assigned_is_refused_if_it_was_named";
    run_inside(name, &emulator, &[]).await;
}

#[tokio::test]
async fn a_resource_id_on_app_service_is_refused_with_the_way_out() {
    if is_inside() {
        let id = variable("RESOURCE_ID");
        let error = error_of(ManagedIdentity::user_assigned_by_resource_id(&cloud(), id)).await;
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
        assert!(error.to_string().contains("client id"), "{error}");
        return;
    }
    let principal = Principal::user_assigned("app");
    let emulator = emulator_with(std::slice::from_ref(&principal)).await;
    let name = "refusals_say_why::a_resource_id_on_app_service_is_refused_with_the_way_out";
    let id = ("RESOURCE_ID", principal.resource_id().unwrap());
    run_inside(name, &emulator, &[id]).await;
    assert_eq!(emulator.counters().refused, 0);
}

#[tokio::test]
async fn a_kind_of_machine_that_the_sdk_does_not_know_has_no_credential() {
    if is_inside() {
        let error = error_of(ManagedIdentity::system_assigned(&Cloud::PUBLIC)).await;
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable, "{error}");
        assert!(error.to_string().contains("CloudShell"), "{error}");
        return;
    }
    let name = "refusals_say_why::a_kind_of_machine_that_the_sdk_does_not_know_has_no_credential";
    let variable = [("MSI_ENDPOINT", "http://127.0.0.1:1/")];
    run_with(name, owned(&variable).collect()).await;
}

#[tokio::test]
async fn a_wrong_identity_header_is_refused() {
    if is_inside() {
        let error = error_of(ManagedIdentity::system_assigned(&cloud())).await;
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        return;
    }
    let emulator = Emulator::builder()
        .principal(Principal::system_assigned("app"))
        .start()
        .await
        .unwrap();
    run_inside(
        "refusals_say_why::a_wrong_identity_header_is_refused",
        &emulator,
        &[("IDENTITY_HEADER", "wrong")],
    )
    .await;
}

#[tokio::test]
async fn an_authority_with_an_unknown_root_is_not_talked_to() {
    if is_inside() {
        let source = ClientSecret::new(&cloud(), variable("TENANT_ID"), "client", "canary");
        let error = error_of(source).await;
        assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
        let causes = format!("{error:?}");
        assert!(causes.contains("UnknownIssuer"), "{causes}");
        assert!(!causes.contains("canary"), "{causes}");
        return;
    }
    let emulator = Emulator::builder().start().await.unwrap();
    let other = Emulator::builder().start().await.unwrap();
    run_inside(
        "refusals_say_why::an_authority_with_an_unknown_root_is_not_talked_to",
        &emulator,
        &[
            ("TENANT_ID", emulator.tenant_id()),
            ("SSL_CERT_FILE", other.ca_pem_path().to_str().unwrap()),
        ],
    )
    .await;
    assert_eq!(emulator.counters().client_secret, 0);
}

#[tokio::test]
async fn an_authority_that_is_not_there_is_a_transport_error_with_its_causes() {
    let cloud = Cloud::PUBLIC.with_authority("https://localhost:1");
    let tenant = "22222222-2222-4222-8222-222222222222";
    let error = error_of(ClientSecret::new(&cloud, tenant, "client", "canary")).await;
    assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
    assert!(error.is_retryable());
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn a_tenant_that_cannot_be_one_is_refused_before_anything_is_sent() {
    let source = ClientSecret::new(&Cloud::PUBLIC, "not a tenant!", "client", "canary");
    let error = error_of(source).await;
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
}
