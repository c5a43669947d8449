//! The SDK's credentials keep a token inside. A fetch must ask the endpoint all the same, or a
//! refresh ahead of time would refresh nothing.

use std::time::{Duration, SystemTime};

use azure_mysql_emulator::Principal;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use token_source::{
    Token, TokenSource,
    entra::{Chain, ClientSecret, ManagedIdentity, WorkloadIdentity},
};

use crate::{
    cloud, emulator_with, is_inside, run_inside, run_inside_with_service_principal, run_with,
    variable,
};

fn client_id_of(token: &Token) -> String {
    let payload = token.secret().split('.').nth(1).unwrap();
    let claims: serde_json::Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    claims["appid"].as_str().unwrap().to_owned()
}

async fn fetches_two_tokens_of(source: impl TokenSource, client_id: &str) {
    let first = source.fetch().await.unwrap();
    let second = source.fetch().await.unwrap();
    assert_ne!(first.secret(), second.secret());
    for token in [first, second] {
        assert_eq!(client_id_of(&token), client_id);
        let left = token
            .expires_on()
            .duration_since(SystemTime::now())
            .unwrap();
        assert!(
            left > Duration::from_secs(3500) && left <= Duration::from_secs(3600),
            "{left:?}"
        );
    }
}

#[tokio::test]
async fn of_a_system_assigned_identity() {
    if is_inside() {
        let source = ManagedIdentity::system_assigned(&cloud());
        return fetches_two_tokens_of(source, &variable("CLIENT_ID")).await;
    }
    let principal = Principal::system_assigned("app");
    let emulator = emulator_with(std::slice::from_ref(&principal)).await;
    let name = "a_fetch_really_fetches::of_a_system_assigned_identity";
    run_inside(name, &emulator, &[("CLIENT_ID", principal.client_id())]).await;
    assert_eq!(emulator.counters().managed_identity, 2);
}

#[tokio::test]
async fn of_a_user_assigned_identity_by_client_id_and_by_object_id() {
    if is_inside() {
        let client_id = variable("CLIENT_ID");
        let by_client_id = ManagedIdentity::user_assigned(&cloud(), &client_id);
        fetches_two_tokens_of(by_client_id, &client_id).await;
        let by_object_id =
            ManagedIdentity::user_assigned_by_object_id(&cloud(), variable("OBJECT_ID"));
        return fetches_two_tokens_of(by_object_id, &client_id).await;
    }
    let principal = Principal::user_assigned("app");
    let emulator = emulator_with(&[Principal::system_assigned("other"), principal.clone()]).await;
    let name = "a_fetch_really_fetches::of_a_user_assigned_identity_by_client_id_and_by_object_id";
    let ids = [
        ("CLIENT_ID", principal.client_id()),
        ("OBJECT_ID", principal.object_id()),
    ];
    run_inside(name, &emulator, &ids).await;
    assert_eq!(emulator.counters().managed_identity, 4);
}

#[tokio::test]
async fn of_a_managed_identity_goes_past_every_proxy() {
    if is_inside() {
        let source = ManagedIdentity::system_assigned(&cloud());
        return fetches_two_tokens_of(source, &variable("CLIENT_ID")).await;
    }
    let principal = Principal::system_assigned("app");
    let emulator = emulator_with(std::slice::from_ref(&principal)).await;
    let name = "a_fetch_really_fetches::of_a_managed_identity_goes_past_every_proxy";
    let variables = [
        ("CLIENT_ID", principal.client_id()),
        ("HTTP_PROXY", "http://127.0.0.1:1"),
        ("http_proxy", "http://127.0.0.1:1"),
    ];
    run_inside(name, &emulator, &variables).await;
    assert_eq!(emulator.counters().managed_identity, 2);
}

#[tokio::test]
async fn of_a_workload_identity() {
    if is_inside() {
        let source = WorkloadIdentity::from_env(&cloud()).unwrap();
        return fetches_two_tokens_of(source, &variable("AZURE_CLIENT_ID")).await;
    }
    let principal = Principal::workload_identity("pod");
    let emulator = emulator_with(std::slice::from_ref(&principal)).await;
    let name = "a_fetch_really_fetches::of_a_workload_identity";
    run_with(name, emulator.identity_environment(&principal)).await;
    assert_eq!(emulator.counters().federated, 2);
}

#[cfg(feature = "client-certificate")]
#[tokio::test]
async fn of_a_client_certificate() {
    if is_inside() {
        let client_id = variable("AZURE_CLIENT_ID");
        let source = token_source::entra::ClientCertificate::from_files(
            &cloud(),
            variable("AZURE_TENANT_ID"),
            &client_id,
            [variable("AZURE_CLIENT_CERTIFICATE_PATH")],
        );
        return fetches_two_tokens_of(source, &client_id).await;
    }
    let principal = Principal::service_principal_with_certificate("app");
    let emulator = emulator_with(std::slice::from_ref(&principal)).await;
    let name = "a_fetch_really_fetches::of_a_client_certificate";
    run_with(name, emulator.identity_environment(&principal)).await;
    assert_eq!(emulator.counters().client_certificate, 2);
}

#[tokio::test]
async fn of_the_chain() {
    if is_inside() {
        return fetches_two_tokens_of(Chain::new(&cloud()), &variable("AZURE_CLIENT_ID")).await;
    }
    let principal = Principal::service_principal("app", "right");
    let emulator = emulator_with(std::slice::from_ref(&principal)).await;
    let name = "a_fetch_really_fetches::of_the_chain";
    run_with(name, emulator.identity_environment(&principal)).await;
    assert_eq!(emulator.counters().client_secret, 2);
}

#[tokio::test]
async fn of_a_client_secret() {
    if is_inside() {
        let client_id = variable("CLIENT_ID");
        let source = ClientSecret::new(&cloud(), variable("TENANT_ID"), &client_id, "right");
        return fetches_two_tokens_of(source, &client_id).await;
    }
    let name = "a_fetch_really_fetches::of_a_client_secret";
    let emulator = run_inside_with_service_principal(name, "right").await;
    assert_eq!(emulator.counters().client_secret, 2);
}
