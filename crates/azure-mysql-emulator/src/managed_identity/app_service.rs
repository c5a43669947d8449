//! The managed identity endpoint of App Service, Functions and Container Apps:
//! <https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference>.
//!
//! The version of 2017 (`MSI_ENDPOINT`, `MSI_SECRET`) is not emulated: maintained SDKs use this one.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{RequestedIds, respond, system_assigned, user_assigned};
use crate::{
    Principal, TokenFault,
    tenant::{Directory, random_guid},
};

pub(crate) const PATH: &str = "/msi/token";
const API_VERSION: &str = "2019-08-01";
const HEADER: &str = "x-identity-header";

#[derive(Deserialize)]
pub(crate) struct TokenRequest {
    resource: Option<String>,
    #[serde(rename = "api-version")]
    api_version: Option<String>,
    client_id: Option<String>,
    principal_id: Option<String>,
    object_id: Option<String>,
    mi_res_id: Option<String>,
}

/// The status, and the message in Azure's words where they are known.
struct ErrorResponse(StatusCode, &'static str);

// No public source shows how App Service answers these three, nor how it words its own failures; the
// shape is Azure's, the words are ours.
const WRONG_HEADER: ErrorResponse = ErrorResponse(
    StatusCode::UNAUTHORIZED,
    "The X-IDENTITY-HEADER header is missing or is not the value of IDENTITY_HEADER.",
);
const WRONG_API_VERSION: ErrorResponse = ErrorResponse(
    StatusCode::BAD_REQUEST,
    "The api-version parameter must be 2019-08-01.",
);
const NO_RESOURCE: ErrorResponse = ErrorResponse(
    StatusCode::BAD_REQUEST,
    "The resource parameter is missing.",
);
// "occured" is Azure's spelling.
const UNKNOWN_RESOURCE: ErrorResponse = ErrorResponse(
    StatusCode::INTERNAL_SERVER_ERROR,
    "An unexpected error occured while fetching the AAD Token.",
);
// As reported in Azure/azure-sdk-for-net#43691.
const NO_SYSTEM_ASSIGNED_IDENTITY: ErrorResponse = ErrorResponse(
    StatusCode::BAD_REQUEST,
    "Unable to load the proper Managed Identity.",
);
const UNKNOWN_IDENTITY: ErrorResponse = ErrorResponse(
    StatusCode::BAD_REQUEST,
    "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.",
);

pub(crate) async fn token(
    State(directory): State<Arc<Directory>>,
    headers: HeaderMap,
    request: Result<Query<TokenRequest>, QueryRejection>,
) -> Response {
    let issue = |request, fault: Option<&_>| issue(&directory, &headers, request, fault);
    let failure = |status| ErrorResponse(status, "The service is temporarily unavailable.");
    let count = |counters: &mut crate::Counters| counters.managed_identity += 1;
    respond(&directory, request, count, failure, issue).await
}

fn issue(
    directory: &Directory,
    headers: &HeaderMap,
    request: TokenRequest,
    fault: Option<&TokenFault>,
) -> Result<Value, ErrorResponse> {
    let header = headers.get(HEADER).map(HeaderValue::as_bytes);
    if header != Some(directory.identity_header.as_bytes()) {
        return Err(WRONG_HEADER);
    }
    if request.api_version.as_deref() != Some(API_VERSION) {
        return Err(WRONG_API_VERSION);
    }
    let identity = find_identity(&directory.principals, &request)?;
    let resource = request.resource.ok_or(NO_RESOURCE)?;
    if !Directory::is_known_resource(&resource) {
        return Err(UNKNOWN_RESOURCE);
    }
    let token = directory.issue_token(identity, &resource, fault);
    // `expires_on` is a string, and there is no `expires_in`.
    Ok(json!({
        "access_token": token.access_token,
        "expires_on": token.expires_on.to_string(),
        "resource": resource,
        "token_type": "Bearer",
        "client_id": identity.client_id(),
    }))
}

/// The identity that has every id in the request; the system-assigned one if there is none.
///
/// Unlike IMDS, this endpoint does not fall back to the only user-assigned identity.
fn find_identity<'a>(
    principals: &'a [Principal],
    request: &TokenRequest,
) -> Result<&'a Principal, ErrorResponse> {
    // Two names for one thing.
    let object_ids = [&request.principal_id, &request.object_id];
    let requested = object_ids.map(|object_id| RequestedIds {
        client: request.client_id.as_deref(),
        object: object_id.as_deref(),
        resource: request.mi_res_id.as_deref(),
    });
    if requested.iter().all(RequestedIds::is_empty) {
        return system_assigned(principals).ok_or(NO_SYSTEM_ASSIGNED_IDENTITY);
    }
    user_assigned(principals)
        .find(|identity| requested.iter().all(|ids| ids.match_all(identity)))
        .ok_or(UNKNOWN_IDENTITY)
}

impl IntoResponse for ErrorResponse {
    fn into_response(self) -> Response {
        let Self(status, message) = self;
        let body = json!({
            "statusCode": status.as_u16(),
            "message": message,
            "correlationId": random_guid(),
        });
        (status, Json(body)).into_response()
    }
}
