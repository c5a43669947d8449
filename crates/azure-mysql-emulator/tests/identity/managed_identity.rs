//! The endpoints for managed identities answer as App Service and the metadata service of virtual
//! machines do.

use azure_mysql_emulator::{Emulator, Principal};
use serde_json::{Value, json};

use super::{
    APP_SERVICE, IMDS, RESOURCE, RESOURCE_GUID, SOMEBODY_ELSE, answer, ask_app_service, ask_imds,
    client, emulator_with, verify,
};

const RESOURCE_ONLY: [(&str, &str); 1] = [IMDS[0]];
const NO_IDENTITY: &str = "Unable to load the proper Managed Identity.";
const UNKNOWN_IDENTITY: &str = "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.";

fn system() -> Principal {
    Principal::system_assigned("aad_system")
}

#[tokio::test]
async fn app_service_issues_a_token_and_counts_it() {
    let system = system();
    let emulator = emulator_with(&[Principal::user_assigned("aad_other"), system.clone()]).await;

    let (status, body) = answer(ask_app_service(&emulator, &APP_SERVICE)).await;

    assert_eq!(status, 200);
    let token = body["access_token"].as_str().unwrap();
    let (header, claims) = verify(&emulator.jwks_json(), token, RESOURCE).unwrap();
    let expected = json!({
        "access_token": token,
        "expires_on": claims["exp"].to_string(),
        "resource": RESOURCE,
        "token_type": "Bearer",
        "client_id": system.client_id(),
    });
    assert_eq!(body, expected);

    assert_eq!(header.typ.as_deref(), Some("JWT"));
    assert_eq!(header.x5t, header.kid);
    let tenant = emulator.tenant_id();
    let issuer = format!("https://sts.windows.net/{tenant}/");
    for (claim, value) in [
        ("iss", &*issuer),
        ("idp", &issuer),
        ("ver", "1.0"),
        ("tid", tenant),
        ("appid", system.client_id()),
        ("appidacr", "2"),
        ("idtyp", "app"),
        ("oid", system.object_id()),
        ("sub", system.object_id()),
        ("xms_mirid", system.resource_id().unwrap()),
    ] {
        assert_eq!(claims[claim], value, "{claim}");
    }
    let issued_at = claims["iat"].as_u64().unwrap();
    assert_eq!(claims["nbf"], issued_at);
    assert_eq!(claims["exp"], issued_at + 3600);
    assert!((1000..2500).contains(&token.len()), "{}", token.len());

    let by_guid = [("resource", RESOURCE_GUID), APP_SERVICE[1]];
    let (_, body) = answer(ask_app_service(&emulator, &by_guid)).await;
    let token = body["access_token"].as_str().unwrap();
    assert!(verify(&emulator.jwks_json(), token, RESOURCE_GUID).is_ok());

    answer(ask_app_service(&emulator, &RESOURCE_ONLY)).await;
    let elsewhere = emulator.identity_endpoint().replace("/msi/", "/else/");
    let response = client(&emulator).get(elsewhere).send().await.unwrap();
    assert_eq!(response.status(), 404);
    let counters = emulator.counters();
    assert_eq!((counters.managed_identity, counters.refused), (2, 1));
    assert_eq!((counters.imds, counters.client_secret), (0, 0));
}

#[tokio::test]
async fn app_service_errors_have_azures_status_and_shape() {
    let system = system();
    let emulator = emulator_with(&[system.clone(), Principal::user_assigned("aad_user")]).await;
    let only_user_assigned = emulator_with(&[Principal::user_assigned("aad_user")]).await;
    let nobody = emulator_with(&[]).await;
    let with = |name, value| [&APP_SERVICE[..], &[(name, value)]].concat();
    let vault = [("resource", "https://vault.azure.net"), APP_SERVICE[1]];
    let unauthorized =
        "The X-IDENTITY-HEADER header is missing or is not the value of IDENTITY_HEADER.";
    let version = "The api-version parameter must be 2019-08-01.";
    let no_resource = "The resource parameter is missing.";
    let spelled_as_by_azure = "An unexpected error occured while fetching the AAD Token.";

    let good = |emulator: &Emulator| ask_app_service(emulator, &APP_SERVICE);
    let ask = |parameters: &[(&str, &str)]| ask_app_service(&emulator, parameters);
    let with_header = |header: Option<&str>| {
        let request = client(&emulator).get(emulator.identity_endpoint());
        let request = request.query(&APP_SERVICE);
        match header {
            Some(header) => request.header("X-IDENTITY-HEADER", header),
            None => request,
        }
    };
    for (request, status, message) in [
        (
            ask(&with("client_id", SOMEBODY_ELSE)),
            400,
            UNKNOWN_IDENTITY,
        ),
        (
            ask(&with("client_id", system.client_id())),
            400,
            UNKNOWN_IDENTITY,
        ),
        (ask(&with("client_id", "")), 400, UNKNOWN_IDENTITY),
        (
            ask(&with("mi_res_id", "/subscriptions/none")),
            400,
            UNKNOWN_IDENTITY,
        ),
        (good(&only_user_assigned), 400, NO_IDENTITY),
        (good(&nobody), 400, NO_IDENTITY),
        (ask(&vault), 500, spelled_as_by_azure),
        (with_header(None), 401, unauthorized),
        (with_header(Some("guess")), 401, unauthorized),
        (with_header(Some("")), 401, unauthorized),
        (ask(&[IMDS[0], ("api-version", "2017-09-01")]), 400, version),
        (ask(&RESOURCE_ONLY), 400, version),
        (ask(&[APP_SERVICE[1]]), 400, no_resource),
    ] {
        let (answered, body) = answer(request).await;
        assert_eq!(answered, status, "{message}");
        assert!(body["correlationId"].is_string());
        let id = &body["correlationId"];
        let expected = json!({"statusCode": status, "message": message, "correlationId": id});
        assert_eq!(body, expected);
    }
}

#[tokio::test]
async fn every_value_from_imds_is_a_string() {
    let system = system();
    let emulator = emulator_with(std::slice::from_ref(&system)).await;

    let (status, body) = answer(ask_imds(&emulator, &IMDS)).await;

    assert_eq!(status, 200);
    let token = body["access_token"].as_str().unwrap();
    let (_, claims) = verify(&emulator.jwks_json(), token, RESOURCE).unwrap();
    let issued_at = claims["iat"].as_u64().unwrap();
    let expected = json!({
        "access_token": token,
        "client_id": system.client_id(),
        "expires_in": "3600",
        "ext_expires_in": "3600",
        "expires_on": claims["exp"].to_string(),
        "not_before": (issued_at - 300).to_string(),
        "resource": RESOURCE,
        "token_type": "Bearer",
    });
    assert_eq!(body, expected);
    assert_eq!(claims["xms_mirid"], system.resource_id().unwrap());
    assert_eq!(emulator.counters().imds, 1);
    assert_eq!(emulator.counters().managed_identity, 0);
}

#[tokio::test]
async fn identities_are_found_by_each_of_their_ids() {
    let wanted = Principal::user_assigned("aad_wanted");
    let other = Principal::user_assigned("aad_other");
    let system = system();
    let all = [other, wanted.clone(), system.clone()];
    let emulator = emulator_with(&all).await;
    let upper = wanted.client_id().to_uppercase();
    let resource_id = wanted.resource_id().unwrap();

    for (parameter, id) in [
        ("client_id", wanted.client_id()),
        ("principal_id", wanted.object_id()),
        ("object_id", wanted.object_id()),
        ("mi_res_id", resource_id),
        ("client_id", &upper),
    ] {
        let parameters = [&APP_SERVICE[..], &[(parameter, id)]].concat();
        let (_, body) = answer(ask_app_service(&emulator, &parameters)).await;
        assert_eq!(body["client_id"], wanted.client_id(), "{parameter}");
    }
    for (parameter, id, found) in [
        ("client_id", wanted.client_id(), &wanted),
        ("client_id", &upper, &wanted),
        ("object_id", wanted.object_id(), &wanted),
        ("msi_res_id", resource_id, &wanted),
        ("client_id", system.client_id(), &system),
    ] {
        let parameters = [&IMDS[..], &[(parameter, id)]].concat();
        let (_, body) = answer(ask_imds(&emulator, &parameters)).await;
        assert_eq!(body["client_id"], found.client_id(), "{parameter}");
    }
}

#[tokio::test]
async fn imds_defaults_to_the_system_assigned_or_else_the_only_identity() {
    let system = system();
    let [one, other] = ["aad_one", "aad_other"].map(Principal::user_assigned);
    for (principals, expected) in [
        (vec![one.clone(), system.clone(), other], &system),
        (vec![one.clone()], &one),
    ] {
        let emulator = emulator_with(&principals).await;
        let (_, body) = answer(ask_imds(&emulator, &IMDS)).await;
        assert_eq!(body["client_id"], expected.client_id());
    }
}

#[tokio::test]
async fn imds_errors_have_azures_status_and_shape() {
    let [one, other] = ["aad_one", "aad_other"].map(Principal::user_assigned);
    let app = Principal::service_principal("aad_app", "secret");
    let emulator = emulator_with(&[one.clone(), other.clone(), app.clone(), system()]).await;
    let two = emulator_with(&[one.clone(), other.clone()]).await;
    let only_an_app = emulator_with(std::slice::from_ref(&app)).await;
    let with = |more: &[_]| ask_imds(&emulator, &[&IMDS[..], more].concat());
    let version = |version| ask_imds(&emulator, &[IMDS[0], ("api-version", version)]);
    let vault = "https://vault.azure.net";
    let with_metadata = |value: Option<&str>| {
        let request = client(&emulator).get(emulator.imds_endpoint()).query(&IMDS);
        match value {
            Some(value) => request.header("Metadata", value),
            None => request,
        }
    };
    let no_metadata = "Required metadata header not specified";
    let several = "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request";
    let unknown_resource = format!(
        "AADSTS500011: The resource principal named {vault} was not found in the tenant named {}. \
         This can happen if",
        emulator.tenant_id()
    );
    let not_found = ("invalid_request", "Identity not found");
    let api_version = ("invalid_request", "The api-version parameter must be");
    for (request, (error, description)) in [
        (with(&[("client_id", app.client_id())]), not_found),
        (with(&[("client_id", "")]), not_found),
        (with(&[("msi_res_id", "/subscriptions/none")]), not_found),
        (
            with(&[
                ("client_id", one.client_id()),
                ("object_id", other.object_id()),
            ]),
            not_found,
        ),
        (ask_imds(&two, &IMDS), ("invalid_request", several)),
        (ask_imds(&only_an_app, &IMDS), not_found),
        (with_metadata(None), ("bad_request_102", no_metadata)),
        (
            with_metadata(Some("True")),
            ("bad_request_102", no_metadata),
        ),
        (with_metadata(Some("")), ("bad_request_102", no_metadata)),
        (
            with(&[]).header("X-Forwarded-For", "10.0.0.4"),
            (
                "invalid_request",
                "The X-Forwarded-For header is not allowed",
            ),
        ),
        (version("2017-12-01"), api_version),
        (version("latest"), api_version),
        (
            ask_imds(&emulator, &[("resource", vault), IMDS[1]]),
            ("invalid_resource", &unknown_resource),
        ),
        (
            ask_imds(&emulator, &[IMDS[1]]),
            ("invalid_request", "The resource parameter is missing"),
        ),
    ] {
        let (status, body): (u16, Value) = answer(request).await;
        assert_eq!(status, 400, "{description}");
        assert_eq!(body["error"], error);
        let described = body["error_description"].as_str().unwrap();
        assert!(described.starts_with(description), "{described}");
        assert_eq!(body.as_object().unwrap().len(), 2);
    }
    assert_eq!(emulator.counters().refused, 12);
    for later in ["2019-08-01", "2021-12-13"] {
        assert_eq!(answer(version(later)).await.0, 200);
    }
}
