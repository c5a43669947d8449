//! The Entra v2 token endpoint, for the client credentials flow:
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>.

use std::sync::Arc;

use axum::{
    Form, Json,
    extract::{Path, Request, State},
    http::header::CACHE_CONTROL,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

use super::{client_assertion, refusal::Refusal};
use crate::{
    Principal, TokenFault, http,
    tenant::{Directory, Proof},
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

/// The numbers are integers here; the older v1 endpoint and managed identity send strings.
#[derive(Serialize)]
struct TokenResponse {
    token_type: &'static str,
    expires_in: u64,
    ext_expires_in: u64,
    access_token: String,
}

#[expect(clippy::result_large_err, reason = "a refusal is a response too")]
pub(crate) async fn token(
    State(directory): State<Arc<Directory>>,
    Path(tenant): Path<String>,
    request: Request,
) -> Response {
    let request: Result<Form<TokenRequest>, Response> = http::read(request).await;
    let failure = |status| Refusal::Failure(status).response(&directory);
    http::play(&directory, failure, |fault| {
        let Form(request) = request?;
        let response = answer(&directory, tenant, &request, fault)
            .map_err(|refusal| refusal.response(&directory))?;
        Ok(([(CACHE_CONTROL, "no-store, no-cache")], Json(response)).into_response())
    })
    .await
}

fn answer(
    directory: &Directory,
    tenant: String,
    request: &TokenRequest,
    fault: Option<&TokenFault>,
) -> Result<TokenResponse, Refusal> {
    if !directory.knows_tenant(&tenant) {
        return Err(Refusal::UnknownTenant(tenant));
    }
    let grant_type = required(request.grant_type.as_ref(), "grant_type")?;
    if grant_type != "client_credentials" {
        return Err(Refusal::UnsupportedGrantType(grant_type.to_owned()));
    }
    let client_id = required(request.client_id.as_ref(), "client_id")?;
    let Some((application, proof)) = directory.find_application(client_id) else {
        return Err(Refusal::UnknownApplication {
            client_id: client_id.to_owned(),
            tenant_id: directory.tenant_id.clone(),
        });
    };
    check_proof(directory, application, &proof, request)?;
    let scope = required(request.scope.as_ref(), "scope")?;
    let resource = resource_of(scope)?;
    if !Directory::knows_resource(resource) {
        return Err(Refusal::UnknownResource {
            resource: resource.to_owned(),
            tenant_id: directory.tenant_id.clone(),
        });
    }

    let counters = &directory.counters;
    match proof {
        Proof::Secret(_) => counters.client_secret.add(),
        Proof::Certificate(_) => counters.client_certificate.add(),
        Proof::Federated { .. } => counters.federated.add(),
    }
    let token = directory.give(application, resource, fault);
    Ok(TokenResponse {
        token_type: "Bearer",
        expires_in: token.expires_in,
        ext_expires_in: token.expires_in,
        access_token: token.access_token,
    })
}

fn required<'a>(value: Option<&'a String>, parameter: &'static str) -> Result<&'a str, Refusal> {
    given(value).ok_or(Refusal::MissingParameter(parameter))
}

/// Entra takes an empty parameter for a missing one.
fn given(value: Option<&String>) -> Option<&str> {
    value.map(String::as_str).filter(|value| !value.is_empty())
}

/// Takes the secret or the assertion of the request, and refuses it unless it is the application's.
fn check_proof(
    directory: &Directory,
    application: &Principal,
    proof: &Proof,
    request: &TokenRequest,
) -> Result<(), Refusal> {
    let client_id = application.client_id();
    if let Some(secret) = given(request.client_secret.as_ref()) {
        return match proof {
            Proof::Secret(right) if secret == *right => Ok(()),
            _ => Err(Refusal::WrongSecret(client_id.to_owned())),
        };
    }
    let assertion = given(request.client_assertion.as_ref()).ok_or(Refusal::NoSecret)?;
    let kind = required(
        request.client_assertion_type.as_ref(),
        "client_assertion_type",
    )?;
    if kind != client_assertion::TYPE {
        return Err(Refusal::AssertionType);
    }
    match proof {
        Proof::Secret(_) => Err(Refusal::UnknownKey(client_assertion::thumbprint(
            assertion,
        )?)),
        Proof::Certificate(certificate) => client_assertion::check_certificate(
            assertion,
            certificate,
            client_id,
            &directory.token_endpoint(),
            directory.clock.now(),
        ),
        Proof::Federated { cluster, subject } => {
            client_assertion::check_federated(assertion, cluster, subject, directory.clock.now())
        }
    }
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
