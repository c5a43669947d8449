//! The Entra token endpoint answers the client credentials flow as Entra does.

mod common;

use std::sync::Arc;

use azure_core::{
    cloud::{CloudConfiguration, CustomConfiguration},
    credentials::TokenCredential,
    http::{ClientOptions, Transport},
};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use azure_mysql_emulator::{Emulator, Principal};
use common::{RESOURCE, RESOURCE_GUID, client, emulator_with, verify};
use reqwest::StatusCode;
use serde_json::Value;

const SECRET: &str = "p~4 Q&=+%/secret";
const SCOPE: &str = "https://ossrdbms-aad.database.windows.net/.default";

async fn ask(emulator: &Emulator, tenant: &str, form: &[(&str, &str)]) -> (StatusCode, Value) {
    let address = format!("{}{tenant}/oauth2/v2.0/token", emulator.authority_host());
    let response = client(emulator)
        .post(address)
        .form(form)
        .send()
        .await
        .unwrap();
    (response.status(), response.json().await.unwrap())
}

fn good_request(principal: &Principal) -> [(&'static str, &str); 4] {
    [
        ("grant_type", "client_credentials"),
        ("client_id", principal.client_id()),
        ("client_secret", SECRET),
        ("scope", SCOPE),
    ]
}

#[tokio::test]
async fn the_right_secret_gets_a_token_and_integers() {
    let app = Principal::service_principal("aad_app", SECRET);
    let emulator = emulator_with(std::slice::from_ref(&app)).await;

    let (status, body) = ask(&emulator, emulator.tenant_id(), &good_request(&app)).await;

    assert_eq!(status, StatusCode::OK);
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 3600);
    assert_eq!(body["ext_expires_in"], 3600);
    assert_eq!(body.as_object().unwrap().len(), 4);
    let token = body["access_token"].as_str().unwrap();
    let (_, claims) = verify(&emulator.jwks_json(), token, RESOURCE).unwrap();
    assert_eq!(claims["ver"], "1.0");
    assert_eq!(claims["appid"], app.client_id());
    assert_eq!(claims["oid"], app.object_id());
    assert_eq!(claims["appidacr"], "1");
    assert!(claims.get("xms_mirid").is_none());
    assert_eq!(emulator.counters().client_secret, 1);
    assert_eq!(emulator.counters().refused, 0);
}

#[tokio::test]
async fn the_resource_guid_in_the_scope_becomes_the_audience() {
    let app = Principal::service_principal("aad_app", SECRET);
    let emulator = emulator_with(std::slice::from_ref(&app)).await;
    let scope = format!("{RESOURCE_GUID}/.default");
    let mut form = good_request(&app);
    form[3].1 = &scope;

    let (_, body) = ask(&emulator, emulator.tenant_id(), &form).await;

    let token = body["access_token"].as_str().unwrap();
    assert!(verify(&emulator.jwks_json(), token, RESOURCE_GUID).is_ok());
}

/// Which form field has which value instead of the good one, and what Entra answers.
const REFUSALS: [(&str, &str, u16, &str, u32); 12] = [
    ("grant_type", "", 400, "invalid_request", 900_144),
    (
        "grant_type",
        "password",
        400,
        "unsupported_grant_type",
        70003,
    ),
    ("client_id", "", 400, "invalid_request", 900_144),
    (
        "client_id",
        "8b6d2d47-2b3f-4ba2-8c5a-0a1d43fb7b0e",
        400,
        "unauthorized_client",
        700_016,
    ),
    ("client_secret", "", 401, "invalid_client", 7_000_218),
    ("client_secret", "wrong", 401, "invalid_client", 7_000_215),
    ("scope", "", 400, "invalid_request", 900_144),
    ("scope", RESOURCE, 400, "invalid_scope", 1_002_012),
    (
        "scope",
        "https://ossrdbms-aad.database.windows.net/user_impersonation",
        400,
        "invalid_scope",
        1_002_012,
    ),
    (
        "scope",
        "https://ossrdbms-aad.database.windows.net/.default openid",
        400,
        "invalid_scope",
        70011,
    ),
    (
        "scope",
        "https://vault.azure.net/.default",
        400,
        "invalid_resource",
        500_011,
    ),
    (
        "scope",
        "https://ossrdbms-aad.database.windows.net//.default",
        400,
        "invalid_resource",
        500_011,
    ),
];

fn assert_refused(answer: &(StatusCode, Value), status: u16, error: &str, code: u32) {
    let (answered, body) = answer;
    assert_eq!(answered.as_u16(), status, "{body}");
    assert_eq!(body["error"], error);
    assert_eq!(body["error_codes"], serde_json::json!([code]));
    let uri = format!("https://login.microsoftonline.com/error?code={code}");
    assert_eq!(body["error_uri"], uri);
    let lines: Vec<&str> = body["error_description"]
        .as_str()
        .unwrap()
        .split("\r\n")
        .collect();
    assert!(lines[0].starts_with(&format!("AADSTS{code}: ")), "{body}");
    let text = |field: &str| body[field].as_str().unwrap().to_owned();
    assert_eq!(lines[1], format!("Trace ID: {}", text("trace_id")));
    assert_eq!(
        lines[2],
        format!("Correlation ID: {}", text("correlation_id"))
    );
    assert_eq!(lines[3], format!("Timestamp: {}", text("timestamp")));
    assert_eq!(body.as_object().unwrap().len(), 7);
}

#[tokio::test]
async fn each_mistake_gets_entras_code_and_status() {
    let app = Principal::service_principal("aad_app", SECRET);
    let emulator = emulator_with(std::slice::from_ref(&app)).await;

    for (field, value, status, error, code) in REFUSALS {
        let mut form = good_request(&app).to_vec();
        if value.is_empty() {
            form.retain(|(name, _)| *name != field);
        } else {
            form.iter_mut().find(|(name, _)| *name == field).unwrap().1 = value;
        }
        let answer = ask(&emulator, emulator.tenant_id(), &form).await;
        assert_refused(&answer, status, error, code);
    }
    assert_eq!(emulator.counters().refused, REFUSALS.len() as u64);
    assert_eq!(emulator.counters().client_secret, 0);
}

#[tokio::test]
async fn an_unknown_tenant_is_refused() {
    let app = Principal::service_principal("aad_app", SECRET);
    let emulator = emulator_with(std::slice::from_ref(&app)).await;

    let answer = ask(&emulator, "contoso.onmicrosoft.com", &good_request(&app)).await;

    assert_refused(&answer, 400, "invalid_request", 90002);
}

#[tokio::test]
async fn managed_identities_and_users_are_no_applications_with_a_secret() {
    let identity = Principal::user_assigned("aad_identity");
    let user = Principal::user("ada@example.com");
    let emulator = emulator_with(&[identity.clone(), user.clone()]).await;

    for principal in [identity, user] {
        let answer = ask(&emulator, emulator.tenant_id(), &good_request(&principal)).await;
        assert_refused(&answer, 400, "unauthorized_client", 700_016);
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let app = Principal::service_principal("aad_app", SECRET);
    let emulator = emulator_with(std::slice::from_ref(&app)).await;
    let padding = "x".repeat(16 * 1024);
    let mut form = good_request(&app).to_vec();
    form.push(("padding", &padding));

    let address = format!(
        "{}{}/oauth2/v2.0/token",
        emulator.authority_host(),
        emulator.tenant_id()
    );
    let response = client(&emulator)
        .post(address)
        .form(&form)
        .send()
        .await
        .unwrap();

    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(emulator.counters().refused, 1);
}

#[tokio::test]
async fn a_client_that_does_not_trust_the_authority_does_not_connect() {
    let emulator = emulator_with(&[]).await;
    let stranger = emulator_with(&[]).await;

    let error = client(&stranger)
        .get(emulator.authority_host())
        .send()
        .await
        .unwrap_err();

    assert!(error.is_connect(), "{error:?}");
}

fn credential(emulator: &Emulator, app: &Principal, secret: &str) -> Arc<ClientSecretCredential> {
    let mut cloud = CustomConfiguration::default();
    cloud.authority_host = emulator.authority_host();
    let client_options = ClientOptions {
        transport: Some(Transport::new(Arc::new(client(emulator)))),
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
}

#[tokio::test]
async fn azure_identity_gets_a_token_with_a_client_secret() {
    let app = Principal::service_principal("aad_app", SECRET);
    let emulator = emulator_with(std::slice::from_ref(&app)).await;

    let token = credential(&emulator, &app, SECRET)
        .get_token(&[SCOPE], None)
        .await
        .unwrap();

    let (_, claims) = verify(&emulator.jwks_json(), token.token.secret(), RESOURCE).unwrap();
    assert_eq!(claims["appid"], app.client_id());
}

#[tokio::test]
async fn azure_identity_reads_the_refusal() {
    let app = Principal::service_principal("aad_app", SECRET);
    let emulator = emulator_with(std::slice::from_ref(&app)).await;

    let error = credential(&emulator, &app, "wrong")
        .get_token(&[SCOPE], None)
        .await
        .unwrap_err();

    assert!(error.to_string().contains("AADSTS7000215"), "{error}");
}
