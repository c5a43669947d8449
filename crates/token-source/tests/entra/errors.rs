//! What an endpoint refuses becomes one line with a kind, and holds neither secret nor body.

use azure_mysql_emulator::{Emulator, Principal};
use token_source::{
    Cloud, EndpointFailure, Error, ErrorKind, IdentityProblem, TokenSource,
    entra::{ClientSecret, CredentialKind, ManagedIdentity},
};

use crate::{
    SCOPE, cloud, emulator_with, is_inside, owned, run_inside, run_inside_with_service_principal,
    run_with, variable,
};

async fn error_of(source: impl TokenSource) -> Error {
    let error = source.fetch().await.unwrap_err();
    assert!(!error.to_string().contains('\n'), "{error}");
    error
}

#[tokio::test]
async fn rejected_service_principal_has_its_entra_code() {
    if is_inside() {
        let (client_id, tenant_id) = (variable("CLIENT_ID"), variable("TENANT_ID"));
        let nobody = "99999999-9999-4999-8999-999999999999";
        for (tenant, client, code) in [
            (tenant_id.as_str(), client_id.as_str(), 7_000_215),
            (&tenant_id, nobody, 700_016),
            (nobody, &client_id, 90002),
        ] {
            let error =
                error_of(ClientSecret::new(&cloud(), SCOPE, tenant, client, "canary")).await;
            assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
            assert_eq!(error.entra_code(), Some(code), "{error}");
            assert_eq!(error.credential(), Some(CredentialKind::ClientSecret));
            assert!(matches!(error.http_status(), Some(400 | 401)), "{error}");
            assert!(!error.is_retryable());
            assert!(!format!("{error} {error:?}").contains("canary"));
            assert!(
                !format!("{error} {error:?}").contains("Trace ID"),
                "part of the body"
            );
        }
        return;
    }
    let name = "errors::rejected_service_principal_has_its_entra_code";
    run_inside_with_service_principal(name, "right").await;
}

#[tokio::test]
async fn unassigned_identity_is_refused_if_named() {
    if is_inside() {
        let nobody = "99999999-9999-4999-8999-999999999999";
        for source in [
            ManagedIdentity::user_assigned(SCOPE, nobody),
            ManagedIdentity::user_assigned_by_object_id(SCOPE, nobody),
        ] {
            let error = error_of(source).await;
            assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
            assert_eq!(error.http_status(), Some(400), "{error}");
            assert_eq!(error.credential(), Some(CredentialKind::ManagedIdentity));
            assert_eq!(error.identity_problem(), Some(IdentityProblem::NotAssigned));
            assert!(error.to_string().contains("400"), "{error}");
        }
        let error = error_of(ManagedIdentity::system_assigned(SCOPE)).await;
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable, "{error}");
        assert!(error.to_string().contains("system-assigned"), "{error}");
        return;
    }
    let emulator = emulator_with(&[Principal::user_assigned("app")]).await;
    let name = "errors::unassigned_identity_is_refused_if_named";
    run_inside(name, &emulator, &[]).await;
}

#[tokio::test]
async fn platform_variables_that_name_no_url_are_a_configuration_error() {
    let source = ManagedIdentity::system_assigned(SCOPE).with_variables(|name| match name {
        "IDENTITY_ENDPOINT" | "IDENTITY_HEADER" => Some("canary".to_owned()),
        _ => None,
    });
    let error = error_of(source).await;
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    assert!(!format!("{error:?}").contains("canary"), "{error:?}");
}

#[tokio::test]
async fn unsupported_platform_has_no_credential() {
    if is_inside() {
        let error = error_of(ManagedIdentity::system_assigned(SCOPE)).await;
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable, "{error}");
        assert!(error.to_string().contains("CloudShell"), "{error}");
        return;
    }
    let name = "errors::unsupported_platform_has_no_credential";
    let variable = [("MSI_ENDPOINT", "http://127.0.0.1:1/")];
    run_with(name, owned(&variable).collect()).await;
}

#[tokio::test]
async fn wrong_identity_header_is_refused() {
    if is_inside() {
        let error = error_of(ManagedIdentity::system_assigned(SCOPE)).await;
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
        return;
    }
    let emulator = Emulator::builder()
        .principal(Principal::system_assigned("app"))
        .start()
        .await
        .unwrap();
    run_inside(
        "errors::wrong_identity_header_is_refused",
        &emulator,
        &[("IDENTITY_HEADER", "wrong")],
    )
    .await;
}

#[tokio::test]
async fn authority_with_unknown_root_is_sent_nothing() {
    if is_inside() {
        let source = ClientSecret::new(&cloud(), SCOPE, variable("TENANT_ID"), "client", "canary");
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
        "errors::authority_with_unknown_root_is_sent_nothing",
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
async fn unreachable_authority_is_a_transport_error_with_causes() {
    let cloud = Cloud::custom("https://localhost:1");
    let tenant = "22222222-2222-4222-8222-222222222222";
    let error = error_of(ClientSecret::new(&cloud, SCOPE, tenant, "client", "canary")).await;
    assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
    assert!(error.is_retryable());
    assert_eq!(error.endpoint_failure(), Some(EndpointFailure::Unreachable));
    assert_eq!(error.http_status(), None);
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn malformed_tenant_is_a_configuration_error() {
    let source = ClientSecret::new(&Cloud::PUBLIC, SCOPE, "not a tenant!", "client", "canary");
    let error = error_of(source).await;
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
}
