//! The SDK's credentials keep a token inside. A fetch must ask the endpoint all the same, or a
//! refresh ahead of time would refresh nothing.

use std::time::{Duration, SystemTime};

use azure_mysql_emulator::{Emulator, Principal};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use token_source::{
    Token, TokenSource,
    entra::{ClientSecret, ManagedIdentity},
};

use crate::{cloud, is_inside, run_inside, run_inside_with_service_principal, variable};

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
    let emulator = Emulator::builder()
        .principal(principal.clone())
        .start()
        .await
        .unwrap();
    let client_id = ("CLIENT_ID", principal.client_id());
    run_inside(
        "a_fetch_really_fetches::of_a_system_assigned_identity",
        &emulator,
        &[client_id],
    )
    .await;
    assert_eq!(emulator.counters().managed_identity, 2);
}

#[tokio::test]
async fn of_a_user_assigned_identity() {
    if is_inside() {
        let client_id = variable("CLIENT_ID");
        let source = ManagedIdentity::user_assigned(&cloud(), &client_id);
        return fetches_two_tokens_of(source, &client_id).await;
    }
    let principal = Principal::user_assigned("app");
    let emulator = Emulator::builder()
        .principal(Principal::system_assigned("other"))
        .principal(principal.clone())
        .start()
        .await
        .unwrap();
    let client_id = ("CLIENT_ID", principal.client_id());
    run_inside(
        "a_fetch_really_fetches::of_a_user_assigned_identity",
        &emulator,
        &[client_id],
    )
    .await;
    assert_eq!(emulator.counters().managed_identity, 2);
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
