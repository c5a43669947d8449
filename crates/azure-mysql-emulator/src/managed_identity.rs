//! The managed identity endpoint of App Service, Functions and Container Apps:
//! <https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference>.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

use crate::{
    Principal,
    directory::Directory,
    principal::{PrincipalKind, random_guid},
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

pub(crate) async fn token(
    State(directory): State<Arc<Directory>>,
    headers: HeaderMap,
    request: Result<Query<TokenRequest>, QueryRejection>,
) -> Response {
    let Query(request) = match request {
        Ok(request) => request,
        Err(unreadable) => {
            directory.counters.count_refused();
            return unreadable.into_response();
        }
    };
    match answer(&directory, &headers, request) {
        Ok(response) => {
            directory.counters.count_managed_identity();
            Json(response).into_response()
        }
        Err(refusal) => {
            directory.counters.count_refused();
            refusal.into_response()
        }
    }
}

fn answer(
    directory: &Directory,
    headers: &HeaderMap,
    request: TokenRequest,
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
    let token = directory.token(identity).audience(&resource).issue();
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
    let ids = [
        &request.client_id,
        &request.principal_id,
        &request.object_id,
        &request.mi_res_id,
    ];
    if ids.iter().all(|id| id.is_none()) {
        return principals
            .iter()
            .find(|principal| matches!(principal.kind, PrincipalKind::SystemAssigned { .. }))
            .ok_or(Refusal::NoSystemAssignedIdentity);
    }
    let is = |asked: &Option<String>, id: &str| {
        asked
            .as_deref()
            .is_none_or(|asked| asked.eq_ignore_ascii_case(id))
    };
    principals
        .iter()
        .find(|principal| match &principal.kind {
            PrincipalKind::UserAssigned { resource_id } => {
                is(&request.client_id, principal.client_id())
                    && is(&request.principal_id, principal.object_id())
                    && is(&request.object_id, principal.object_id())
                    && is(&request.mi_res_id, resource_id)
            }
            _ => false,
        })
        .ok_or(Refusal::UnknownIdentity)
}

enum Refusal {
    WrongHeader,
    WrongApiVersion,
    NoResource,
    UnknownResource,
    NoSystemAssignedIdentity,
    UnknownIdentity,
}

impl Refusal {
    /// The status, and the message in Azure's own words where they are known.
    fn status_and_message(&self) -> (StatusCode, &'static str) {
        match self {
            // No public source shows what App Service answers to these three; the shape is its
            // own, the words are ours.
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
