//! The metadata service answers as a virtual machine's does.

mod common;

use azure_mysql_emulator::{Emulator, Principal};
use common::{RESOURCE, client, emulator_with, verify};
use reqwest::StatusCode;
use serde_json::{Value, json};

const VERSION: (&str, &str) = ("api-version", "2018-02-01");
const METADATA: (&str, &str) = ("Metadata", "true");

async fn ask(emulator: &Emulator, parameters: &[(&str, &str)]) -> (StatusCode, Value) {
    ask_with(emulator, &[METADATA], parameters).await
}

async fn ask_with(
    emulator: &Emulator,
    headers: &[(&str, &str)],
    parameters: &[(&str, &str)],
) -> (StatusCode, Value) {
    let mut request = client(emulator)
        .get(emulator.imds_endpoint())
        .query(parameters);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

fn assert_refused(answer: &(StatusCode, Value), error: &str, description: &str) {
    let expected = json!({"error": error, "error_description": description});
    assert_eq!(answer, &(StatusCode::BAD_REQUEST, expected));
}

#[tokio::test]
async fn every_value_of_the_answer_is_a_string() {
    let system = Principal::system_assigned("aad_system");
    let emulator = emulator_with(std::slice::from_ref(&system)).await;

    let (status, body) = ask(&emulator, &[("resource", RESOURCE), VERSION]).await;

    assert_eq!(status, StatusCode::OK);
    let token = body["access_token"].as_str().unwrap();
    let (_, claims) = verify(&emulator.jwks_json(), token, RESOURCE).unwrap();
    let issued_at = claims["iat"].as_u64().unwrap();
    assert_eq!(
        body,
        json!({
            "access_token": token,
            "client_id": system.client_id(),
            "expires_in": "3600",
            "ext_expires_in": "3600",
            "expires_on": claims["exp"].to_string(),
            "not_before": (issued_at - 300).to_string(),
            "resource": RESOURCE,
            "token_type": "Bearer",
        })
    );
    assert_eq!(claims["xms_mirid"], system.resource_id().unwrap());
    assert_eq!(emulator.counters().imds, 1);
    assert_eq!(emulator.counters().managed_identity, 0);
}

#[tokio::test]
async fn later_versions_are_answered_too_and_earlier_ones_not() {
    let emulator = emulator_with(&[Principal::system_assigned("aad_system")]).await;

    for (version, status) in [
        ("2018-02-01", 200),
        ("2019-08-01", 200),
        ("2021-12-13", 200),
        ("2017-12-01", 400),
        ("latest", 400),
    ] {
        let parameters = [("resource", RESOURCE), ("api-version", version)];
        let (answered, _) = ask(&emulator, &parameters).await;
        assert_eq!(answered.as_u16(), status, "{version}");
    }
}

#[tokio::test]
async fn the_metadata_header_is_demanded() {
    let emulator = emulator_with(&[Principal::system_assigned("aad_system")]).await;

    for headers in [&[][..], &[("Metadata", "True")], &[("Metadata", "")]] {
        let answer = ask_with(&emulator, headers, &[("resource", RESOURCE), VERSION]).await;
        let words = "Required metadata header not specified";
        assert_refused(&answer, "bad_request_102", words);
    }
    assert_eq!(emulator.counters().refused, 3);
}

#[tokio::test]
async fn a_request_that_came_through_a_proxy_is_refused() {
    let emulator = emulator_with(&[Principal::system_assigned("aad_system")]).await;
    let headers = [METADATA, ("X-Forwarded-For", "10.0.0.4")];

    let (status, body) = ask_with(&emulator, &headers, &[("resource", RESOURCE), VERSION]).await;

    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(body["error"], "invalid_request");
}

#[tokio::test]
async fn the_default_is_the_system_assigned_identity_or_else_the_only_other_one() {
    let system = Principal::system_assigned("aad_system");
    let [one, other] = ["aad_one", "aad_other"].map(Principal::user_assigned);
    let parameters = [("resource", RESOURCE), VERSION];

    let emulator = emulator_with(&[one.clone(), system.clone(), other.clone()]).await;
    let (_, body) = ask(&emulator, &parameters).await;
    assert_eq!(body["client_id"], system.client_id());

    let emulator = emulator_with(std::slice::from_ref(&one)).await;
    let (_, body) = ask(&emulator, &parameters).await;
    assert_eq!(body["client_id"], one.client_id());

    let emulator = emulator_with(&[one, other]).await;
    let words = "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request";
    assert_refused(&ask(&emulator, &parameters).await, "invalid_request", words);

    let emulator = emulator_with(&[Principal::service_principal("aad_app", "secret")]).await;
    let answer = ask(&emulator, &parameters).await;
    assert_refused(&answer, "invalid_request", "Identity not found");
}

#[tokio::test]
async fn an_identity_is_found_by_each_of_its_ids_and_by_no_other() {
    let wanted = Principal::user_assigned("aad_wanted");
    let system = Principal::system_assigned("aad_system");
    let app = Principal::service_principal("aad_app", "secret");
    let other = Principal::user_assigned("aad_other");
    let all = [other.clone(), wanted.clone(), system.clone(), app.clone()];
    let emulator = emulator_with(&all).await;

    for (parameter, id, found) in [
        ("client_id", wanted.client_id(), &wanted),
        ("client_id", &wanted.client_id().to_uppercase(), &wanted),
        ("object_id", wanted.object_id(), &wanted),
        ("msi_res_id", wanted.resource_id().unwrap(), &wanted),
        ("client_id", system.client_id(), &system),
    ] {
        let parameters = [("resource", RESOURCE), VERSION, (parameter, id)];
        let (status, body) = ask(&emulator, &parameters).await;
        assert_eq!(status, StatusCode::OK, "{parameter}");
        assert_eq!(body["client_id"], found.client_id(), "{parameter}");
    }
    for ids in [
        &[("client_id", app.client_id())][..],
        &[("client_id", "")],
        &[("msi_res_id", "/subscriptions/none")],
        &[
            ("client_id", wanted.client_id()),
            ("object_id", other.object_id()),
        ],
    ] {
        let parameters = [&[("resource", RESOURCE), VERSION], ids].concat();
        let answer = ask(&emulator, &parameters).await;
        assert_refused(&answer, "invalid_request", "Identity not found");
    }
}

#[tokio::test]
async fn an_unknown_resource_gets_entras_words() {
    let emulator = emulator_with(&[Principal::system_assigned("aad_system")]).await;
    let resource = "https://vault.azure.net";

    let (status, body) = ask(&emulator, &[("resource", resource), VERSION]).await;

    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(body["error"], "invalid_resource");
    let words = format!(
        "AADSTS500011: The resource principal named {resource} was not found in the tenant named {}.",
        emulator.tenant_id()
    );
    let description = body["error_description"].as_str().unwrap();
    assert!(description.starts_with(&words), "{description}");

    let (status, _) = ask(&emulator, &[VERSION]).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}
