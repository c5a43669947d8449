//! The instance metadata service of virtual machines:
//! <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#get-a-token-using-http>.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{RequestedIds, respond, system_assigned, user_assigned};
use crate::{Principal, TokenFault, entra::resource_not_found, tenant::Directory};

pub(crate) const PATH: &str = "/metadata/identity/oauth2/token";

/// Its address in Azure, on port 80.
pub(crate) const AZURE_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254));

pub(crate) const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// The first version with identities. Versions are dates, and SDKs send later ones.
const FIRST_API_VERSION: &str = "2018-02-01";

/// A client whose clock is a little behind accepts the token too.
const BACKDATED_SECONDS: u64 = 300;

#[derive(Deserialize)]
pub(crate) struct TokenRequest {
    resource: Option<String>,
    #[serde(rename = "api-version")]
    api_version: Option<String>,
    client_id: Option<String>,
    object_id: Option<String>,
    msi_res_id: Option<String>,
}

pub(crate) async fn token(
    State(directory): State<Arc<Directory>>,
    headers: HeaderMap,
    request: Result<Query<TokenRequest>, QueryRejection>,
) -> Response {
    let issue = |request, fault: Option<&_>| issue(&directory, &headers, request, fault);
    let count = |counters: &mut crate::Counters| counters.imds += 1;
    respond(&directory, request, count, ErrorResponse::transient, issue).await
}

fn issue(
    directory: &Directory,
    headers: &HeaderMap,
    request: TokenRequest,
    fault: Option<&TokenFault>,
) -> Result<Value, ErrorResponse> {
    if headers.contains_key("x-forwarded-for") {
        return Err(ErrorResponse::invalid_request(
            "The X-Forwarded-For header is not allowed: the service does not answer proxies",
        ));
    }
    if headers.get("metadata").is_none_or(|value| value != "true") {
        return Err(ErrorResponse {
            error: "bad_request_102",
            ..ErrorResponse::invalid_request("Required metadata header not specified")
        });
    }
    if !request.api_version.as_deref().is_some_and(is_api_version) {
        return Err(ErrorResponse::invalid_request(
            "The api-version parameter must be 2018-02-01 or later",
        ));
    }
    let identity = find_identity(&directory.principals, &request)?;
    let resource = request
        .resource
        .ok_or_else(|| ErrorResponse::invalid_request("The resource parameter is missing"))?;
    if !Directory::is_known_resource(&resource) {
        return Err(ErrorResponse {
            error: "invalid_resource",
            ..ErrorResponse::invalid_request(
                resource_not_found(&resource, &directory.tenant_id).summary(),
            )
        });
    }
    let token = directory.issue_token(identity, &resource, fault);
    // Every value is a string.
    Ok(json!({
        "access_token": token.access_token,
        "client_id": identity.client_id(),
        "expires_in": token.expires_in.to_string(),
        "expires_on": token.expires_on.to_string(),
        "ext_expires_in": token.expires_in.to_string(),
        "not_before": token.issued_at.saturating_sub(BACKDATED_SECONDS).to_string(),
        "resource": resource,
        "token_type": "Bearer",
    }))
}

/// A date, `2018-02-01` or later.
fn is_api_version(text: &str) -> bool {
    let is_date = text.len() == FIRST_API_VERSION.len()
        && text
            .bytes()
            .zip(FIRST_API_VERSION.bytes())
            .all(|(byte, pattern)| match pattern {
                b'-' => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
    is_date && text >= FIRST_API_VERSION
}

/// The identity that has every id in the request. If there is none: the system-assigned one, or else
/// the only user-assigned one.
/// <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/managed-identities-faq>
fn find_identity<'a>(
    principals: &'a [Principal],
    request: &TokenRequest,
) -> Result<&'a Principal, ErrorResponse> {
    let not_found = || ErrorResponse::invalid_request("Identity not found");
    let requested = RequestedIds {
        client: request.client_id.as_deref(),
        object: request.object_id.as_deref(),
        resource: request.msi_res_id.as_deref(),
    };
    let mut user_assigned = user_assigned(principals);
    let system_assigned = system_assigned(principals);
    if !requested.is_empty() {
        return user_assigned
            .chain(system_assigned)
            .find(|identity| requested.match_all(identity))
            .ok_or_else(not_found);
    }
    if let Some(system_assigned) = system_assigned {
        return Ok(system_assigned);
    }
    let only = user_assigned.next().ok_or_else(not_found)?;
    match user_assigned.next() {
        None => Ok(only),
        Some(_) => Err(ErrorResponse::invalid_request(
            "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request",
        )),
    }
}

/// The words are Azure's where they are known; those about `X-Forwarded-For`, the `api-version` and a
/// missing resource are ours, and so are those of transient errors.
#[derive(Serialize)]
struct ErrorResponse {
    #[serde(skip)]
    status: StatusCode,
    error: &'static str,
    #[serde(rename = "error_description")]
    description: String,
}

impl ErrorResponse {
    fn invalid_request(description: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error: "invalid_request",
            description: description.into(),
        }
    }

    fn transient(status: StatusCode) -> Self {
        let (error, description) = match status {
            StatusCode::TOO_MANY_REQUESTS => ("too_many_requests", "Too many requests"),
            StatusCode::GONE => ("gone", "The service is being updated"),
            _ => (
                "service_unavailable",
                "The service is temporarily unavailable",
            ),
        };
        Self {
            status,
            error,
            description: description.to_owned(),
        }
    }
}

impl IntoResponse for ErrorResponse {
    fn into_response(self) -> Response {
        (self.status, Json(self)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_version_is_a_date_since_the_first() {
        for version in ["2018-02-01", "2019-08-01", "2021-12-13"] {
            assert!(is_api_version(version), "{version}");
        }
        for version in [
            "",
            "2017-12-01",
            "2018-02-01-preview",
            "latest",
            "2019_08_01",
            "2019-0-011",
        ] {
            assert!(!is_api_version(version), "{version}");
        }
    }
}
