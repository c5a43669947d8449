//! Entra's endpoints answer the client credentials flow, and publish metadata and keys, as Entra does.

use std::sync::Arc;

use azure_core::{
    cloud::{CloudConfiguration, CustomConfiguration},
    credentials::TokenCredential,
    http::{ClientOptions, Transport},
};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use azure_mysql_emulator::{Emulator, Principal};
use serde_json::{Value, json};

use super::{
    RESOURCE, RESOURCE_GUID, SCOPE, SOMEBODY_ELSE, answer, ask_entra, client, emulator_with,
    token_endpoint, verify,
};

const SECRET: &str = "p~4 Q&=+%/secret";
const WITH_SECRET: [(&str, &str); 1] = [("client_secret", SECRET)];

async fn emulator_and_app() -> (Emulator, Principal) {
    let app = Principal::service_principal("aad_app", SECRET);
    (emulator_with(std::slice::from_ref(&app)).await, app)
}

/// Replaces fields of a good request; an empty value leaves the field out.
async fn ask_with(
    emulator: &Emulator,
    tenant: &str,
    app: &Principal,
    changes: &[(&str, &str)],
) -> (u16, Value) {
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("client_id", app.client_id()),
        ("client_secret", SECRET),
        ("scope", SCOPE),
    ];
    form.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    form.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    let request = client(emulator).post(token_endpoint(emulator, tenant));
    answer(request.form(&form)).await
}

#[tokio::test]
async fn right_secret_gets_a_token_and_integers() {
    let (emulator, app) = emulator_and_app().await;

    let (status, body) = answer(ask_entra(&emulator, &app, &WITH_SECRET)).await;

    assert_eq!(status, 200);
    let token = body["access_token"].as_str().unwrap();
    let expected = json!({
        "token_type": "Bearer",
        "expires_in": 3600,
        "ext_expires_in": 3600,
        "access_token": token,
    });
    assert_eq!(body, expected);
    let (_, claims) = verify(&emulator.jwks_json(), token, RESOURCE).unwrap();
    assert_eq!(claims["ver"], "1.0");
    assert_eq!(claims["appid"], app.client_id());
    assert_eq!(claims["oid"], app.object_id());
    assert_eq!(claims["appidacr"], "1");
    assert!(claims.get("xms_mirid").is_none());
    assert_eq!(emulator.counters().client_secret, 1);
    assert_eq!(emulator.counters().refused, 0);

    let scope = format!("{RESOURCE_GUID}/.default");
    let changes = [("scope", &*scope)];
    let (_, body) = ask_with(&emulator, emulator.tenant_id(), &app, &changes).await;
    let token = body["access_token"].as_str().unwrap();
    assert!(verify(&emulator.jwks_json(), token, RESOURCE_GUID).is_ok());

    // As Microsoft's libraries for Go and Java ask.
    let scope = format!("{SCOPE} openid offline_access profile");
    let changes = [("scope", &*scope)];
    let (_, body) = ask_with(&emulator, emulator.tenant_id(), &app, &changes).await;
    let token = body["access_token"].as_str().unwrap();
    assert!(verify(&emulator.jwks_json(), token, RESOURCE).is_ok());
}

#[tokio::test]
async fn each_mistake_gets_entras_code_and_status() {
    const USER_SCOPE: &str = "https://ossrdbms-aad.database.windows.net/user_impersonation";
    const TWO_SCOPES: &str =
        "https://ossrdbms-aad.database.windows.net/.default https://vault.azure.net/.default";
    const TWO_SLASHES: &str = "https://ossrdbms-aad.database.windows.net//.default";
    let app = Principal::service_principal("aad_app", SECRET);
    let identity = Principal::user_assigned("aad_identity");
    let user = Principal::user("ada@example.com");
    let emulator = emulator_with(&[app.clone(), identity.clone(), user.clone()]).await;
    // Managed identities and users are not applications with a secret.
    let (identity, user) = (identity.client_id(), user.client_id());
    let own = emulator.tenant_id();
    let rows = [
        (
            "contoso.example",
            "scope",
            SCOPE,
            400,
            "invalid_request",
            90002,
        ),
        (own, "grant_type", "", 400, "invalid_request", 900_144),
        (
            own,
            "grant_type",
            "password",
            400,
            "unsupported_grant_type",
            70003,
        ),
        (own, "client_id", "", 400, "invalid_request", 900_144),
        (
            own,
            "client_id",
            SOMEBODY_ELSE,
            400,
            "unauthorized_client",
            700_016,
        ),
        (
            own,
            "client_id",
            identity,
            400,
            "unauthorized_client",
            700_016,
        ),
        (own, "client_id", user, 400, "unauthorized_client", 700_016),
        (own, "client_secret", "", 401, "invalid_client", 7_000_218),
        (
            own,
            "client_secret",
            "wrong",
            401,
            "invalid_client",
            7_000_215,
        ),
        (own, "scope", "", 400, "invalid_request", 900_144),
        (own, "scope", RESOURCE, 400, "invalid_scope", 1_002_012),
        (own, "scope", USER_SCOPE, 400, "invalid_scope", 1_002_012),
        (own, "scope", TWO_SCOPES, 400, "invalid_scope", 70011),
        (
            own,
            "scope",
            "https://vault.azure.net/.default",
            400,
            "invalid_resource",
            500_011,
        ),
        (own, "scope", TWO_SLASHES, 400, "invalid_resource", 500_011),
    ];
    for (tenant, field, value, status, error, code) in rows {
        let (answered, body) = ask_with(&emulator, tenant, &app, &[(field, value)]).await;
        assert_eq!(answered, status, "{body}");
        assert_eq!(body["error"], error);
        assert_eq!(body["error_codes"], json!([code]));
        let uri = format!("https://login.microsoftonline.com/error?code={code}");
        assert_eq!(body["error_uri"], uri);
        let text = |field: &str| body[field].as_str().unwrap().to_owned();
        let description = text("error_description");
        let (message, trailer) = description.split_once("\r\n").unwrap();
        assert!(message.starts_with(&format!("AADSTS{code}: ")), "{body}");
        let expected = format!(
            "Trace ID: {}\r\nCorrelation ID: {}\r\nTimestamp: {}",
            text("trace_id"),
            text("correlation_id"),
            text("timestamp")
        );
        assert_eq!(trailer, expected);
        assert_eq!(body.as_object().unwrap().len(), 7);
    }
    assert_eq!(emulator.counters().refused, rows.len() as u64);
    assert_eq!(emulator.counters().client_secret, 0);
}

#[tokio::test]
async fn body_over_the_limit_is_refused() {
    let (emulator, app) = emulator_and_app().await;
    let padding = "x".repeat(16 * 1024);

    let form = [WITH_SECRET[0], ("padding", &padding)];
    let response = ask_entra(&emulator, &app, &form).send().await.unwrap();

    assert_eq!(response.status(), 413);
    assert_eq!(emulator.counters().refused, 1);
}

#[tokio::test]
async fn client_that_does_not_trust_the_authority_does_not_connect() {
    let emulator = emulator_with(&[]).await;
    let stranger = emulator_with(&[]).await;

    let request = client(&stranger).get(emulator.authority_host());
    let error = request.send().await.unwrap_err();

    assert!(error.is_connect(), "{error:?}");
}

#[tokio::test]
async fn azure_identity_gets_a_token_and_reads_the_error() {
    let (emulator, app) = emulator_and_app().await;
    let credential = |secret: &str| {
        let mut cloud = CustomConfiguration::default();
        cloud.authority_host = emulator.authority_host();
        let client_options = ClientOptions {
            transport: Some(Transport::new(Arc::new(client(&emulator)))),
            cloud: Some(Arc::new(CloudConfiguration::from(cloud))),
            ..ClientOptions::default()
        };
        ClientSecretCredential::new(
            emulator.tenant_id(),
            app.client_id().to_owned(),
            secret.to_owned().into(),
            Some(ClientSecretCredentialOptions { client_options }),
        )
        .unwrap()
    };

    let token = credential(SECRET).get_token(&[SCOPE], None).await.unwrap();
    let (_, claims) = verify(&emulator.jwks_json(), token.token.secret(), RESOURCE).unwrap();
    assert_eq!(claims["appid"], app.client_id());

    let error = credential("wrong").get_token(&[SCOPE], None).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("AADSTS7000215"), "{error}");
}

async fn get(emulator: &Emulator, address: &str) -> (u16, Value) {
    answer(client(emulator).get(address)).await
}

#[tokio::test]
async fn metadata_names_entras_issuer_and_keys_that_verify_tokens() {
    let principal = Principal::system_assigned("aad_system");
    let emulator = emulator_with(std::slice::from_ref(&principal)).await;
    let tenant = emulator.tenant_id();
    let here = format!("{}{tenant}", emulator.authority_host());

    let address = format!("{here}/v2.0/.well-known/openid-configuration");
    let (status, body) = get(&emulator, &address).await;

    assert_eq!(status, 200);
    let issuer = format!("https://login.microsoftonline.com/{tenant}/v2.0");
    assert_eq!(body["issuer"], issuer);
    assert_eq!(body["jwks_uri"], format!("{here}/discovery/v2.0/keys"));
    assert_eq!(body["token_endpoint"], format!("{here}/oauth2/v2.0/token"));
    assert_eq!(body["id_token_signing_alg_values_supported"][0], "RS256");

    let (status, keys) = get(&emulator, body["jwks_uri"].as_str().unwrap()).await;
    assert_eq!(status, 200);
    let published: Value = serde_json::from_str(&emulator.jwks_json()).unwrap();
    assert_eq!(keys, published);
    let key = &keys["keys"][0];
    for (field, value) in [
        ("kty", "RSA"),
        ("use", "sig"),
        ("alg", "RS256"),
        ("e", "AQAB"),
    ] {
        assert_eq!(key[field], value);
    }
    assert_eq!(key["n"].as_str().unwrap().len(), 342);
    let token = emulator.token_for(&principal);
    assert!(verify(&keys.to_string(), &token, RESOURCE).is_ok());
}

#[tokio::test]
async fn metadata_of_another_tenant_is_refused() {
    let emulator = emulator_with(&[]).await;
    let host = emulator.authority_host();

    for path in [
        "v2.0/.well-known/openid-configuration",
        "discovery/v2.0/keys",
    ] {
        let (status, body) = get(&emulator, &format!("{host}common/{path}")).await;
        assert_eq!(status, 400);
        assert_eq!(body["error"], "invalid_tenant");
        assert_eq!(body["error_codes"][0], 90002);
    }
    let elsewhere = format!("{host}{}/oauth2/v2.0/authorize", emulator.tenant_id());
    let response = client(&emulator).get(elsewhere).send().await.unwrap();
    assert_eq!(response.status(), 404);
}
