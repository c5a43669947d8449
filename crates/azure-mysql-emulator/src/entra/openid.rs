//! OIDC metadata of the tenant:
//! <https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc>.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::tenant_not_found;
use crate::tenant::Directory;

pub(crate) const CONFIGURATION_PATH: &str = "/{tenant}/v2.0/.well-known/openid-configuration";
pub(crate) const KEYS_PATH: &str = "/{tenant}/discovery/v2.0/keys";

/// The endpoints are this emulator's; the issuer is Entra's. Nothing answers at the authorization
/// endpoint: the field is there because clients require it.
pub(crate) async fn configuration(
    State(directory): State<Arc<Directory>>,
    Path(tenant): Path<String>,
) -> Response {
    let tenant_id = &directory.tenant_id;
    let here = format!("{}{tenant_id}", directory.authority_host);
    let configuration = json!({
        "token_endpoint": directory.token_endpoint(),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "jwks_uri": format!("{here}/discovery/v2.0/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": format!("https://login.microsoftonline.com/{tenant_id}/v2.0"),
        "request_uri_parameter_supported": false,
        "authorization_endpoint": format!("{here}/oauth2/v2.0/authorize"),
        "tenant_region_scope": "WW",
        "cloud_instance_name": "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": "graph.microsoft.com",
    });
    respond(&directory, &tenant, configuration)
}

pub(crate) async fn keys(
    State(directory): State<Arc<Directory>>,
    Path(tenant): Path<String>,
) -> Response {
    respond(&directory, &tenant, directory.signing_key.key_set())
}

fn respond(directory: &Directory, tenant: &str, body: Value) -> Response {
    if directory.is_own_tenant(tenant) {
        Json(body).into_response()
    } else {
        let error = tenant_not_found(tenant).of_metadata();
        error.response(directory.clock.now())
    }
}
