//! OIDC metadata and keys are published as Entra publishes its own.

mod common;

use azure_mysql_emulator::{Emulator, Principal};
use common::{RESOURCE, client, emulator_with, verify};
use reqwest::StatusCode;
use serde_json::Value;

async fn get(emulator: &Emulator, address: &str) -> (StatusCode, Value) {
    let response = client(emulator).get(address).send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

#[tokio::test]
async fn the_configuration_names_entras_issuer_and_this_emulators_endpoints() {
    let emulator = emulator_with(&[]).await;
    let tenant = emulator.tenant_id();
    let here = format!("{}{tenant}", emulator.authority_host());

    let address = format!("{here}/v2.0/.well-known/openid-configuration");
    let (status, body) = get(&emulator, &address).await;

    assert_eq!(status, StatusCode::OK);
    let issuer = format!("https://login.microsoftonline.com/{tenant}/v2.0");
    assert_eq!(body["issuer"], issuer);
    assert_eq!(body["jwks_uri"], format!("{here}/discovery/v2.0/keys"));
    assert_eq!(body["token_endpoint"], format!("{here}/oauth2/v2.0/token"));
    assert_eq!(body["id_token_signing_alg_values_supported"][0], "RS256");
}

#[tokio::test]
async fn the_published_keys_verify_a_token() {
    let principal = Principal::system_assigned("aad_system");
    let emulator = emulator_with(std::slice::from_ref(&principal)).await;
    let configuration = format!(
        "{}{}/v2.0/.well-known/openid-configuration",
        emulator.authority_host(),
        emulator.tenant_id()
    );
    let (_, configuration) = get(&emulator, &configuration).await;

    let (status, keys) = get(&emulator, configuration["jwks_uri"].as_str().unwrap()).await;

    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        keys,
        serde_json::from_str::<Value>(&emulator.jwks_json()).unwrap()
    );
    let key = &keys["keys"][0];
    assert_eq!(key["kty"], "RSA");
    assert_eq!(key["use"], "sig");
    assert_eq!(key["alg"], "RS256");
    assert_eq!(key["e"], "AQAB");
    assert_eq!(key["n"].as_str().unwrap().len(), 342);
    let token = emulator.token_for(&principal);
    assert!(verify(&keys.to_string(), &token, RESOURCE).is_ok());
}

#[tokio::test]
async fn each_start_has_another_header_and_tenant() {
    let one = emulator_with(&[]).await;
    let other = emulator_with(&[]).await;

    assert_ne!(one.identity_header(), other.identity_header());
    assert_ne!(one.tenant_id(), other.tenant_id());
}

#[tokio::test]
async fn an_unknown_tenant_is_refused_and_other_paths_are_not_found() {
    let emulator = emulator_with(&[]).await;
    let host = emulator.authority_host();

    for path in [
        "v2.0/.well-known/openid-configuration",
        "discovery/v2.0/keys",
    ] {
        let (status, body) = get(&emulator, &format!("{host}common/{path}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(body["error"], "invalid_tenant");
        assert_eq!(body["error_codes"][0], 90002);
    }
    let elsewhere = format!("{host}{}/oauth2/v2.0/authorize", emulator.tenant_id());
    let response = client(&emulator).get(elsewhere).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}
