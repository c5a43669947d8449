//! The Entra v2 token endpoint, for the client credentials flow with a secret:
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>.

use std::sync::Arc;

use axum::{
    Form, Json,
    extract::{Path, State, rejection::FormRejection},
    http::header::CACHE_CONTROL,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

use crate::{Principal, directory::Directory, entra_refusal::Refusal};

pub(crate) const PATH: &str = "/{tenant}/oauth2/v2.0/token";

#[derive(Deserialize)]
pub(crate) struct TokenRequest {
    grant_type: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    scope: Option<String>,
}

/// The numbers are integers here; the older v1 endpoint and managed identity send strings.
#[derive(Serialize)]
struct TokenResponse {
    token_type: &'static str,
    expires_in: u64,
    ext_expires_in: u64,
    access_token: String,
}

pub(crate) async fn token(
    State(directory): State<Arc<Directory>>,
    Path(tenant): Path<String>,
    request: Result<Form<TokenRequest>, FormRejection>,
) -> Response {
    let Form(request) = match request {
        Ok(request) => request,
        Err(unreadable) => {
            directory.counters.count_refused();
            return unreadable.into_response();
        }
    };
    match answer(&directory, tenant, request) {
        Ok(response) => {
            directory.counters.count_client_secret();
            ([(CACHE_CONTROL, "no-store, no-cache")], Json(response)).into_response()
        }
        Err(refusal) => {
            directory.counters.count_refused();
            refusal.into_response()
        }
    }
}

fn answer(
    directory: &Directory,
    tenant: String,
    request: TokenRequest,
) -> Result<TokenResponse, Refusal> {
    if !directory.knows_tenant(&tenant) {
        return Err(Refusal::UnknownTenant(tenant));
    }
    let grant_type = required(request.grant_type, "grant_type")?;
    if grant_type != "client_credentials" {
        return Err(Refusal::UnsupportedGrantType(grant_type));
    }
    let client_id = required(request.client_id, "client_id")?;
    let Some((application, client_secret)) = find_application(directory, &client_id) else {
        return Err(Refusal::UnknownApplication {
            client_id,
            tenant_id: directory.tenant_id.clone(),
        });
    };
    match request.client_secret.as_deref() {
        None | Some("") => return Err(Refusal::NoSecret),
        Some(secret) if secret != client_secret => return Err(Refusal::WrongSecret(client_id)),
        Some(_) => {}
    }
    let scope = required(request.scope, "scope")?;
    let resource = resource_of(&scope)?;
    if !Directory::knows_resource(resource) {
        return Err(Refusal::UnknownResource {
            resource: resource.to_owned(),
            tenant_id: directory.tenant_id.clone(),
        });
    }

    let token = directory.token(application).audience(resource).issue();
    Ok(TokenResponse {
        token_type: "Bearer",
        expires_in: token.expires_in,
        ext_expires_in: token.expires_in,
        access_token: token.access_token,
    })
}

/// Entra takes an empty parameter for a missing one.
fn required(value: Option<String>, parameter: &'static str) -> Result<String, Refusal> {
    value
        .filter(|value| !value.is_empty())
        .ok_or(Refusal::MissingParameter(parameter))
}

/// The application and its secret. Users and managed identities have no secret, so to this flow
/// they do not exist.
fn find_application<'a>(
    directory: &'a Directory,
    client_id: &str,
) -> Option<(&'a Principal, &'a str)> {
    directory.principals.iter().find_map(|principal| {
        let secret = principal.client_secret()?;
        principal
            .client_id()
            .eq_ignore_ascii_case(client_id)
            .then_some((principal, secret))
    })
}

/// `<resource>/.default` is the one scope that this flow takes.
fn resource_of(scope: &str) -> Result<&str, Refusal> {
    if scope.split_whitespace().count() != 1 {
        return Err(Refusal::SeveralScopes(scope.to_owned()));
    }
    scope
        .strip_suffix("/.default")
        .ok_or_else(|| Refusal::ScopeWithoutDefault(scope.to_owned()))
}
