//! The managed identity endpoint of App Service, Functions and Container Apps:
//! <https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference>.
//!
//! The version of 2017 (`MSI_ENDPOINT`, `MSI_SECRET`) is not here: the SDKs that are maintained ask
//! for this one.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

use super::{Asked, system_assigned, user_assigned};
use crate::{
    Principal, TokenFault, http,
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

/// `expires_on` is a string, and there is no `expires_in`.
#[derive(Serialize)]
struct TokenResponse {
    access_token: String,
    expires_on: String,
    resource: String,
    token_type: &'static str,
    client_id: String,
}

#[expect(clippy::result_large_err, reason = "a refusal is a response too")]
pub(crate) async fn token(
    State(directory): State<Arc<Directory>>,
    headers: HeaderMap,
    request: Result<Query<TokenRequest>, QueryRejection>,
) -> Response {
    let failure = |status| Refusal::Failure(status).into_response();
    http::play(&directory, failure, |fault| {
        let Query(request) = request.map_err(IntoResponse::into_response)?;
        let response =
            answer(&directory, &headers, request, fault).map_err(IntoResponse::into_response)?;
        directory.counters.managed_identity.add();
        Ok(Json(response).into_response())
    })
    .await
}

fn answer(
    directory: &Directory,
    headers: &HeaderMap,
    request: TokenRequest,
    fault: Option<&TokenFault>,
) -> Result<TokenResponse, Refusal> {
    let header = headers.get(HEADER).map(HeaderValue::as_bytes);
    if header != Some(directory.identity_header.as_bytes()) {
        return Err(Refusal::WrongHeader);
    }
    if request.api_version.as_deref() != Some(API_VERSION) {
        return Err(Refusal::WrongApiVersion);
    }
    let identity = find_identity(&directory.principals, &request)?;
    let resource = request.resource.ok_or(Refusal::NoResource)?;
    if !Directory::knows_resource(&resource) {
        return Err(Refusal::UnknownResource);
    }
    let token = directory.give(identity, &resource, fault);
    Ok(TokenResponse {
        access_token: token.access_token,
        expires_on: token.expires_on.to_string(),
        resource,
        token_type: "Bearer",
        client_id: identity.client_id().to_owned(),
    })
}

/// The identity that has every id named in the request; the system-assigned one if none is named.
///
/// Unlike IMDS, this endpoint does not fall back to the only user-assigned identity.
fn find_identity<'a>(
    principals: &'a [Principal],
    request: &TokenRequest,
) -> Result<&'a Principal, Refusal> {
    // Two names for one thing.
    let object_ids = [&request.principal_id, &request.object_id];
    let asked = object_ids.map(|object_id| Asked {
        client: request.client_id.as_deref(),
        object: object_id.as_deref(),
        resource: request.mi_res_id.as_deref(),
    });
    if asked.iter().all(Asked::is_nobody) {
        return system_assigned(principals).ok_or(Refusal::NoSystemAssignedIdentity);
    }
    user_assigned(principals)
        .find(|identity| asked.iter().all(|asked| asked.is(identity)))
        .ok_or(Refusal::UnknownIdentity)
}

enum Refusal {
    WrongHeader,
    WrongApiVersion,
    NoResource,
    UnknownResource,
    NoSystemAssignedIdentity,
    UnknownIdentity,
    /// The endpoint itself fails.
    Failure(StatusCode),
}

impl Refusal {
    /// The status, and the message in Azure's own words where they are known.
    fn status_and_message(&self) -> (StatusCode, &'static str) {
        match self {
            // No public source shows what App Service answers to these three, nor how it words its
            // own failures; the shape is its own, the words are ours.
            Self::WrongHeader => (
                StatusCode::UNAUTHORIZED,
                "The X-IDENTITY-HEADER header is missing or is not the value of IDENTITY_HEADER.",
            ),
            Self::WrongApiVersion => (
                StatusCode::BAD_REQUEST,
                "The api-version parameter must be 2019-08-01.",
            ),
            Self::NoResource => (
                StatusCode::BAD_REQUEST,
                "The resource parameter is missing.",
            ),
            Self::Failure(status) => (*status, "The service cannot answer now."),
            // "occured" is Azure's spelling.
            Self::UnknownResource => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "An unexpected error occured while fetching the AAD Token.",
            ),
            // As reported in Azure/azure-sdk-for-net#43691.
            Self::NoSystemAssignedIdentity => (
                StatusCode::BAD_REQUEST,
                "Unable to load the proper Managed Identity.",
            ),
            Self::UnknownIdentity => (
                StatusCode::BAD_REQUEST,
                "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.",
            ),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Body {
            status_code: u16,
            message: &'static str,
            correlation_id: String,
        }

        let (status, message) = self.status_and_message();
        let body = Body {
            status_code: status.as_u16(),
            message,
            correlation_id: random_guid(),
        };
        (status, Json(body)).into_response()
    }
}
