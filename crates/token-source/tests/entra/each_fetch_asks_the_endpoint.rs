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
    SCOPE, cloud, emulator_with, is_inside, run_inside, run_inside_with_service_principal,
    run_with, variable,
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
async fn system_assigned_identity() {
    if is_inside() {
        let source = ManagedIdentity::system_assigned(SCOPE);
        return fetches_two_tokens_of(source, &variable("CLIENT_ID")).await;
    }
    let principal = Principal::system_assigned("app");
    let emulator = emulator_with(std::slice::from_ref(&principal)).await;
    let name = "each_fetch_asks_the_endpoint::system_assigned_identity";
    run_inside(name, &emulator, &[("CLIENT_ID", principal.client_id())]).await;
    assert_eq!(emulator.counters().managed_identity, 2);
}

#[tokio::test]
async fn user_assigned_identity_by_each_of_its_ids() {
    if is_inside() {
        let client_id = variable("CLIENT_ID");
        let by_client_id = ManagedIdentity::user_assigned(SCOPE, &client_id);
        fetches_two_tokens_of(by_client_id, &client_id).await;
        let by_object_id =
            ManagedIdentity::user_assigned_by_object_id(SCOPE, variable("OBJECT_ID"));
        fetches_two_tokens_of(by_object_id, &client_id).await;
        let by_resource_id =
            ManagedIdentity::user_assigned_by_resource_id(SCOPE, variable("RESOURCE_ID"));
        return fetches_two_tokens_of(by_resource_id, &client_id).await;
    }
    let principal = Principal::user_assigned("app");
    let emulator = emulator_with(&[Principal::system_assigned("other"), principal.clone()]).await;
    let name = "each_fetch_asks_the_endpoint::user_assigned_identity_by_each_of_its_ids";
    let ids = [
        ("CLIENT_ID", principal.client_id()),
        ("OBJECT_ID", principal.object_id()),
        ("RESOURCE_ID", principal.resource_id().unwrap()),
    ];
    run_inside(name, &emulator, &ids).await;
    assert_eq!(emulator.counters().managed_identity, 6);
}

#[tokio::test]
async fn managed_identity_bypasses_proxies() {
    if is_inside() {
        let source = ManagedIdentity::system_assigned(SCOPE);
        return fetches_two_tokens_of(source, &variable("CLIENT_ID")).await;
    }
    let principal = Principal::system_assigned("app");
    let emulator = emulator_with(std::slice::from_ref(&principal)).await;
    let name = "each_fetch_asks_the_endpoint::managed_identity_bypasses_proxies";
    let variables = [
        ("CLIENT_ID", principal.client_id()),
        ("HTTP_PROXY", "http://127.0.0.1:1"),
        ("http_proxy", "http://127.0.0.1:1"),
    ];
    run_inside(name, &emulator, &variables).await;
    assert_eq!(emulator.counters().managed_identity, 2);
}

#[tokio::test]
async fn workload_identity() {
    if is_inside() {
        let source = WorkloadIdentity::from_env(&cloud(), SCOPE).unwrap();
        return fetches_two_tokens_of(source, &variable("AZURE_CLIENT_ID")).await;
    }
    let principal = Principal::workload_identity("pod");
    let emulator = emulator_with(std::slice::from_ref(&principal)).await;
    let name = "each_fetch_asks_the_endpoint::workload_identity";
    run_with(name, emulator.identity_environment(&principal)).await;
    assert_eq!(emulator.counters().federated, 2);
}

#[cfg(feature = "client-certificate")]
#[tokio::test]
async fn client_certificate() {
    if is_inside() {
        let client_id = variable("AZURE_CLIENT_ID");
        let source = token_source::entra::ClientCertificate::from_files(
            &cloud(),
            SCOPE,
            variable("AZURE_TENANT_ID"),
            &client_id,
            [variable("AZURE_CLIENT_CERTIFICATE_PATH")],
        );
        return fetches_two_tokens_of(source, &client_id).await;
    }
    let principal = Principal::service_principal_with_certificate("app");
    let emulator = emulator_with(std::slice::from_ref(&principal)).await;
    let name = "each_fetch_asks_the_endpoint::client_certificate";
    run_with(name, emulator.identity_environment(&principal)).await;
    assert_eq!(emulator.counters().client_certificate, 2);
}

#[tokio::test]
async fn chain() {
    if is_inside() {
        return fetches_two_tokens_of(Chain::new(&cloud(), SCOPE), &variable("AZURE_CLIENT_ID"))
            .await;
    }
    let principal = Principal::service_principal("app", "right");
    let emulator = emulator_with(std::slice::from_ref(&principal)).await;
    let name = "each_fetch_asks_the_endpoint::chain";
    run_with(name, emulator.identity_environment(&principal)).await;
    assert_eq!(emulator.counters().client_secret, 2);
}

#[tokio::test]
async fn client_secret() {
    if is_inside() {
        let client_id = variable("CLIENT_ID");
        let source = ClientSecret::new(&cloud(), SCOPE, variable("TENANT_ID"), &client_id, "right");
        return fetches_two_tokens_of(source, &client_id).await;
    }
    let name = "each_fetch_asks_the_endpoint::client_secret";
    let emulator = run_inside_with_service_principal(name, "right").await;
    assert_eq!(emulator.counters().client_secret, 2);
}
