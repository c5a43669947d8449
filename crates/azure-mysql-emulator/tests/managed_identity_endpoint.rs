//! The managed identity endpoint answers as App Service and Container Apps do.

mod common;

use azure_mysql_emulator::{Emulator, Principal};
use common::{RESOURCE, RESOURCE_GUID, client, emulator_with, verify};
use reqwest::StatusCode;
use serde_json::Value;

const VERSION: (&str, &str) = ("api-version", "2019-08-01");

async fn ask(emulator: &Emulator, parameters: &[(&str, &str)]) -> (StatusCode, Value) {
    ask_with_header(emulator, Some(emulator.identity_header()), parameters).await
}

async fn ask_with_header(
    emulator: &Emulator,
    header: Option<&str>,
    parameters: &[(&str, &str)],
) -> (StatusCode, Value) {
    let mut request = client(emulator)
        .get(emulator.identity_endpoint())
        .query(parameters);
    if let Some(header) = header {
        request = request.header("X-IDENTITY-HEADER", header);
    }
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

fn assert_refused(answer: &(StatusCode, Value), status: u16, message: &str) {
    assert_eq!(answer.0.as_u16(), status);
    assert_eq!(answer.1["statusCode"], status);
    assert_eq!(answer.1["message"], message);
    assert!(answer.1["correlationId"].is_string());
    assert_eq!(answer.1.as_object().unwrap().len(), 3);
}

#[tokio::test]
async fn without_an_id_the_system_assigned_identity_gets_the_token() {
    let system = Principal::system_assigned("aad_system");
    let emulator = emulator_with(&[Principal::user_assigned("aad_other"), system.clone()]).await;

    let (status, body) = ask(&emulator, &[("resource", RESOURCE), VERSION]).await;

    assert_eq!(status, StatusCode::OK);
    let token = body["access_token"].as_str().unwrap();
    let (header, claims) = verify(&emulator.jwks_json(), token, RESOURCE).unwrap();
    assert_eq!(body["expires_on"], claims["exp"].to_string());
    assert_eq!(body["resource"], RESOURCE);
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["client_id"], system.client_id());
    assert_eq!(body.as_object().unwrap().len(), 5);

    let tenant = emulator.tenant_id();
    let issuer = format!("https://sts.windows.net/{tenant}/");
    assert_eq!(header.typ.as_deref(), Some("JWT"));
    assert_eq!(header.x5t, header.kid);
    assert_eq!(claims["iss"], issuer);
    assert_eq!(claims["idp"], issuer);
    assert_eq!(claims["ver"], "1.0");
    assert_eq!(claims["tid"], tenant);
    assert_eq!(claims["appid"], system.client_id());
    assert_eq!(claims["appidacr"], "2");
    assert_eq!(claims["idtyp"], "app");
    assert_eq!(claims["oid"], system.object_id());
    assert_eq!(claims["sub"], system.object_id());
    assert_eq!(claims["xms_mirid"], system.resource_id().unwrap());
    assert_eq!(claims["nbf"], claims["iat"]);
    assert_eq!(
        claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(),
        3600
    );
    assert!((1000..2500).contains(&token.len()), "{}", token.len());
}

#[tokio::test]
async fn a_user_assigned_identity_is_found_by_each_of_its_ids() {
    let wanted = Principal::user_assigned("aad_wanted");
    let emulator = emulator_with(&[
        Principal::user_assigned("aad_other"),
        wanted.clone(),
        Principal::system_assigned("aad_system"),
    ])
    .await;

    for (parameter, id) in [
        ("client_id", wanted.client_id()),
        ("principal_id", wanted.object_id()),
        ("object_id", wanted.object_id()),
        ("mi_res_id", wanted.resource_id().unwrap()),
        ("client_id", &wanted.client_id().to_uppercase()),
    ] {
        let (status, body) = ask(
            &emulator,
            &[("resource", RESOURCE), VERSION, (parameter, id)],
        )
        .await;
        assert_eq!(status, StatusCode::OK, "{parameter}");
        assert_eq!(body["client_id"], wanted.client_id(), "{parameter}");
    }
}

#[tokio::test]
async fn the_resource_guid_is_the_audience_when_it_is_asked_for() {
    let emulator = emulator_with(&[Principal::system_assigned("aad_system")]).await;

    let (_, body) = ask(&emulator, &[("resource", RESOURCE_GUID), VERSION]).await;

    let token = body["access_token"].as_str().unwrap();
    assert!(verify(&emulator.jwks_json(), token, RESOURCE_GUID).is_ok());
}

#[tokio::test]
async fn an_unknown_or_system_assigned_id_gets_the_documented_400() {
    let system = Principal::system_assigned("aad_system");
    let emulator = emulator_with(&[system.clone(), Principal::user_assigned("aad_user")]).await;

    for (parameter, id) in [
        ("client_id", "8b6d2d47-2b3f-4ba2-8c5a-0a1d43fb7b0e"),
        ("client_id", system.client_id()),
        ("client_id", ""),
        ("mi_res_id", "/subscriptions/none"),
    ] {
        let answer = ask(
            &emulator,
            &[("resource", RESOURCE), VERSION, (parameter, id)],
        )
        .await;
        assert_refused(
            &answer,
            400,
            "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.",
        );
    }
}

#[tokio::test]
async fn without_an_id_a_box_without_system_assigned_identity_refuses() {
    let user_assigned_only = emulator_with(&[Principal::user_assigned("aad_user")]).await;
    let nobody = emulator_with(&[]).await;

    for emulator in [user_assigned_only, nobody] {
        let answer = ask(&emulator, &[("resource", RESOURCE), VERSION]).await;
        assert_refused(&answer, 400, "Unable to load the proper Managed Identity.");
    }
}

#[tokio::test]
async fn an_unknown_resource_gets_the_documented_500() {
    let emulator = emulator_with(&[Principal::system_assigned("aad_system")]).await;

    let answer = ask(
        &emulator,
        &[("resource", "https://vault.azure.net"), VERSION],
    )
    .await;

    assert_refused(
        &answer,
        500,
        "An unexpected error occured while fetching the AAD Token.",
    );
}

#[tokio::test]
async fn a_missing_or_wrong_header_gets_401() {
    let emulator = emulator_with(&[Principal::system_assigned("aad_system")]).await;

    for header in [None, Some("guess"), Some("")] {
        let answer = ask_with_header(&emulator, header, &[("resource", RESOURCE), VERSION]).await;
        assert_eq!(answer.0, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.1["statusCode"], 401);
        assert!(answer.1.get("access_token").is_none());
    }
}

#[tokio::test]
async fn another_api_version_or_a_missing_parameter_gets_400() {
    let emulator = emulator_with(&[Principal::system_assigned("aad_system")]).await;

    for parameters in [
        &[("resource", RESOURCE), ("api-version", "2017-09-01")][..],
        &[("resource", RESOURCE)],
        &[VERSION],
    ] {
        let (status, body) = ask(&emulator, parameters).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{parameters:?}");
        assert_eq!(body["statusCode"], 400, "{parameters:?}");
    }
}

#[tokio::test]
async fn calls_are_counted_and_other_paths_are_not_found() {
    let emulator = emulator_with(&[Principal::system_assigned("aad_system")]).await;
    ask(&emulator, &[("resource", RESOURCE), VERSION]).await;
    ask(&emulator, &[("resource", RESOURCE), VERSION]).await;
    ask(&emulator, &[("resource", RESOURCE)]).await;

    let elsewhere = emulator
        .identity_endpoint()
        .replace("/msi/token", "/elsewhere");
    let response = client(&emulator).get(elsewhere).send().await.unwrap();

    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let counters = emulator.counters();
    assert_eq!(counters.managed_identity, 2);
    assert_eq!(counters.refused, 1);
    assert_eq!(counters.client_secret, 0);
}
