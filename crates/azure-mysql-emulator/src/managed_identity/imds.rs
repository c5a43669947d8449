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

use super::{Asked, system_assigned, user_assigned};
use crate::{Principal, TokenFault, entra::resource_not_found, http, tenant::Directory};

pub(crate) const PATH: &str = "/metadata/identity/oauth2/token";

/// Where it is in Azure, on port 80.
pub(crate) const AZURE_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254));

pub(crate) const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// The first version that has identities. Versions are dates, and SDKs send later ones.
const FIRST_API_VERSION: &str = "2018-02-01";

/// A client whose clock is a little behind takes the token too.
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

/// Every value is a string.
#[derive(Serialize)]
struct TokenResponse {
    access_token: String,
    client_id: String,
    expires_in: String,
    expires_on: String,
    ext_expires_in: String,
    not_before: String,
    resource: String,
    token_type: &'static str,
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
        directory.counters.imds.add();
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
    if headers.contains_key("x-forwarded-for") {
        return Err(Refusal::Forwarded);
    }
    if headers.get("metadata").is_none_or(|value| value != "true") {
        return Err(Refusal::NoMetadataHeader);
    }
    if !request.api_version.as_deref().is_some_and(is_api_version) {
        return Err(Refusal::ApiVersion);
    }
    let identity = find_identity(&directory.principals, &request)?;
    let resource = request.resource.ok_or(Refusal::NoResource)?;
    if !Directory::knows_resource(&resource) {
        return Err(Refusal::UnknownResource {
            resource,
            tenant_id: directory.tenant_id.clone(),
        });
    }
    let token = directory.give(identity, &resource, fault);
    Ok(TokenResponse {
        access_token: token.access_token,
        client_id: identity.client_id().to_owned(),
        expires_in: token.expires_in.to_string(),
        expires_on: token.expires_on.to_string(),
        ext_expires_in: token.expires_in.to_string(),
        not_before: (token.issued_at.saturating_sub(BACKDATED_SECONDS)).to_string(),
        resource,
        token_type: "Bearer",
    })
}

/// A date, `2018-02-01` or later.
fn is_api_version(text: &str) -> bool {
    let is_date = text.len() == FIRST_API_VERSION.len()
        && text
            .bytes()
            .zip(FIRST_API_VERSION.bytes())
            .all(|(byte, like)| {
                (like == b'-') == (byte == b'-') && (like == b'-' || byte.is_ascii_digit())
            });
    is_date && text >= FIRST_API_VERSION
}

/// The identity that has every id named in the request. If none is named: the system-assigned one,
/// else the only user-assigned one.
/// <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/managed-identities-faq>
fn find_identity<'a>(
    principals: &'a [Principal],
    request: &TokenRequest,
) -> Result<&'a Principal, Refusal> {
    let asked = Asked {
        client: request.client_id.as_deref(),
        object: request.object_id.as_deref(),
        resource: request.msi_res_id.as_deref(),
    };
    let mut user_assigned = user_assigned(principals);
    let system_assigned = system_assigned(principals);
    if !asked.is_nobody() {
        return user_assigned
            .chain(system_assigned)
            .find(|identity| asked.is(identity))
            .ok_or(Refusal::IdentityNotFound);
    }
    if let Some(system_assigned) = system_assigned {
        return Ok(system_assigned);
    }
    let only = user_assigned.next().ok_or(Refusal::IdentityNotFound)?;
    match user_assigned.next() {
        None => Ok(only),
        Some(_) => Err(Refusal::SeveralIdentities),
    }
}

enum Refusal {
    Forwarded,
    NoMetadataHeader,
    ApiVersion,
    NoResource,
    UnknownResource {
        resource: String,
        tenant_id: String,
    },
    IdentityNotFound,
    SeveralIdentities,
    /// The service itself fails.
    Failure(StatusCode),
}

impl Refusal {
    /// The words are Azure's where they are known; those of `Forwarded`, `ApiVersion`, `NoResource`
    /// and `Failure` are ours.
    fn error_and_description(self) -> (&'static str, String) {
        let (error, description) = match self {
            Self::Forwarded => (
                "invalid_request",
                "The X-Forwarded-For header is not allowed: the service answers no proxy",
            ),
            Self::NoMetadataHeader => ("bad_request_102", "Required metadata header not specified"),
            Self::ApiVersion => (
                "invalid_request",
                "The api-version parameter must be 2018-02-01 or later",
            ),
            Self::NoResource => ("invalid_request", "The resource parameter is missing"),
            Self::UnknownResource {
                resource,
                tenant_id,
            } => {
                let description = resource_not_found(&resource, &tenant_id);
                return ("invalid_resource", format!("AADSTS500011: {description}"));
            }
            Self::IdentityNotFound => ("invalid_request", "Identity not found"),
            Self::SeveralIdentities => (
                "invalid_request",
                "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request",
            ),
            Self::Failure(StatusCode::TOO_MANY_REQUESTS) => {
                ("too_many_requests", "Too many requests")
            }
            Self::Failure(StatusCode::GONE) => ("gone", "The service is being updated"),
            Self::Failure(_) => ("service_unavailable", "The service cannot answer now"),
        };
        (error, description.to_owned())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            error: &'static str,
            error_description: String,
        }

        let status = match &self {
            Self::Failure(status) => *status,
            _ => StatusCode::BAD_REQUEST,
        };
        let (error, error_description) = self.error_and_description();
        let body = Body {
            error,
            error_description,
        };
        (status, Json(body)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_api_version_is_a_date_since_the_first() {
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
