//! The Entra v2 token endpoint, for the client credentials flow:
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>.

use std::sync::Arc;

use axum::{
    Form, Json,
    extract::{Path, Request, State},
    http::header::CACHE_CONTROL,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{EntraError, client_assertion, resource_not_found, tenant_not_found};
use crate::{
    Principal, TokenFault, http,
    tenant::{ClientCredential, Directory},
};

pub(crate) const PATH: &str = "/{tenant}/oauth2/v2.0/token";

#[derive(Deserialize)]
pub(crate) struct TokenRequest {
    grant_type: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    client_assertion: Option<String>,
    client_assertion_type: Option<String>,
    scope: Option<String>,
}

#[expect(clippy::result_large_err, reason = "an error is a response too")]
pub(crate) async fn token(
    State(directory): State<Arc<Directory>>,
    Path(tenant): Path<String>,
    request: Request,
) -> Response {
    let request: Result<Form<TokenRequest>, Response> = http::extract(request).await;
    let response = |error: EntraError| error.response(directory.clock.now());
    let failure = |status| response(EntraError::transient(status));
    http::with_faults(&directory, failure, |fault| {
        let Form(request) = request?;
        let token = issue(&directory, &tenant, &request, fault).map_err(response)?;
        Ok(([(CACHE_CONTROL, "no-store, no-cache")], Json(token)).into_response())
    })
    .await
}

fn issue(
    directory: &Directory,
    tenant: &str,
    request: &TokenRequest,
    fault: Option<&TokenFault>,
) -> Result<Value, EntraError> {
    let tenant_id = &directory.tenant_id;
    if !directory.is_own_tenant(tenant) {
        return Err(tenant_not_found(tenant));
    }
    let grant_type = required(request.grant_type.as_ref(), "grant_type")?;
    if grant_type != "client_credentials" {
        let description = format!("The app requested an unsupported grant type '{grant_type}'.");
        return Err(EntraError::new(70003, description));
    }
    let client_id = required(request.client_id.as_ref(), "client_id")?;
    let Some((application, credential)) = directory.find_application(client_id) else {
        let description = format!(
            "Application with identifier '{client_id}' was not found in the directory \
             '{tenant_id}'. This can happen if the application has not been installed by the \
             administrator of the tenant or consented to by any user in the tenant. You may \
             have sent your authentication request to the wrong tenant."
        );
        return Err(EntraError::new(700_016, description));
    };
    authenticate(directory, application, &credential, request)?;
    let resource = resource_of(required(request.scope.as_ref(), "scope")?)?;
    if !Directory::is_known_resource(resource) {
        return Err(resource_not_found(resource, tenant_id));
    }

    directory.counters.update(|counters| match credential {
        ClientCredential::Secret(_) => counters.client_secret += 1,
        ClientCredential::Certificate(_) => counters.client_certificate += 1,
        ClientCredential::Federated { .. } => counters.federated += 1,
    });
    let token = directory.issue_token(application, resource, fault);
    // The numbers are integers here; the older v1 endpoint and managed identity send strings.
    Ok(json!({
        "token_type": "Bearer",
        "expires_in": token.expires_in,
        "ext_expires_in": token.expires_in,
        "access_token": token.access_token,
    }))
}

fn required<'a>(value: Option<&'a String>, parameter: &str) -> Result<&'a str, EntraError> {
    optional(value).ok_or_else(|| {
        let description =
            format!("The request body must contain the following parameter: '{parameter}'.");
        EntraError::new(900_144, description)
    })
}

/// Entra treats an empty parameter as a missing one.
fn optional(value: Option<&String>) -> Option<&str> {
    value.map(String::as_str).filter(|value| !value.is_empty())
}

/// Checks the request's secret or assertion against the application's credential.
fn authenticate(
    directory: &Directory,
    application: &Principal,
    credential: &ClientCredential,
    request: &TokenRequest,
) -> Result<(), EntraError> {
    let client_id = application.client_id();
    if let Some(secret) = optional(request.client_secret.as_ref()) {
        return match credential {
            ClientCredential::Secret(expected) if secret == *expected => Ok(()),
            _ => Err(EntraError::new(
                7_000_215,
                format!(
                    "Invalid client secret provided. Ensure the secret being sent in the request is \
                     the client secret value, not the client secret ID, for a secret added to app \
                     '{client_id}'."
                ),
            )),
        };
    }
    let assertion = optional(request.client_assertion.as_ref()).ok_or_else(|| {
        EntraError::new(
            7_000_218,
            "The request body must contain the following parameter: \
             'client_assertion' or 'client_secret'.",
        )
    })?;
    let kind = required(
        request.client_assertion_type.as_ref(),
        "client_assertion_type",
    )?;
    if kind != client_assertion::TYPE {
        let description = "The provided client_assertion_type is not supported.";
        return Err(EntraError::new(90023, description));
    }
    let now = directory.clock.now();
    match credential {
        ClientCredential::Secret(_) => Err(client_assertion::unknown_key(
            &client_assertion::thumbprint(assertion)?,
        )),
        ClientCredential::Certificate(certificate) => client_assertion::check_certificate(
            assertion,
            certificate,
            client_id,
            &directory.token_endpoint(),
            now,
        ),
        ClientCredential::Federated { cluster, subject } => {
            client_assertion::check_federated(assertion, cluster, subject, now)
        }
    }
}

/// Scopes about a user, of whom there is none in this flow. Microsoft's libraries for Go and Java
/// (`AppendDefaultScopes` in MSAL Go, `AbstractMsalAuthorizationGrant` in MSAL4J) send them all the same.
const OPENID_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// The client credentials flow accepts only the scope `<resource>/.default`.
fn resource_of(scope: &str) -> Result<&str, EntraError> {
    let mut scopes = scope
        .split_whitespace()
        .filter(|scope| !OPENID_SCOPES.contains(scope));
    let (Some(only), None) = (scopes.next(), scopes.next()) else {
        let description = format!(
            "The provided request must include a 'scope' input parameter. The provided value \
             for the input parameter 'scope' is not valid. The scope {scope} is not valid."
        );
        return Err(EntraError::new(70011, description));
    };
    only.strip_suffix("/.default").ok_or_else(|| {
        let description = format!(
            "The provided value for scope {only} is not valid. Client credential flows must \
             have a scope value with /.default suffixed to the resource identifier \
             (application ID URI)."
        );
        EntraError::new(1_002_012, description)
    })
}
