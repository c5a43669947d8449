//! What `az account get-access-token` prints:
//! <https://learn.microsoft.com/cli/azure/account#az-account-get-access-token>.

use std::{fmt, sync::Arc};

use axum::{
    extract::{Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::logins::Login;
use crate::{
    entra::{resource_not_found, tenant_not_found},
    http,
    tenant::{Directory, PUBLIC_RESOURCE},
};

pub(crate) const PATH: &str = "/azure-cli/{key}";

/// The program puts the end of the token in its place, in local time.
const LOCAL_TIME: &str = "LOCAL_TIME";

/// Why `az` ends without a token: with status 2 if it does not understand its arguments, else 1.
enum Failure {
    Usage(String),
    Error(String),
}

/// The arguments come one on each line.
pub(crate) async fn answer(
    State(directory): State<Arc<Directory>>,
    Path(key): Path<String>,
    request: Request,
) -> Response {
    let arguments: String = match http::read(request).await {
        Ok(arguments) => arguments,
        Err(unreadable) => return unreadable,
    };
    let Some(login) = directory.azure_cli.find(&key) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let arguments: Vec<&str> = arguments.lines().collect();
    login.note_call(&arguments);
    let asked = match Asked::read(&arguments).map_err(Failure::Usage) {
        Ok(asked) => asked,
        Err(failure) => return failure.into_response(),
    };
    match get_access_token(&directory, &login, &asked) {
        Ok((expires_on, text)) => {
            directory.counters.azure_cli.add();
            ([("x-expires-on", expires_on.to_string())], text).into_response()
        }
        Err(failure) => {
            directory.counters.refused.add();
            failure.into_response()
        }
    }
}

/// The end of the token in seconds since 1970, and what to print.
fn get_access_token(
    directory: &Directory,
    login: &Login,
    asked: &Asked,
) -> Result<(u64, String), Failure> {
    let error = |text: &dyn fmt::Display| Failure::Error(format!("ERROR: {text}"));
    if !login.is_logged_in() {
        return Err(error(&"Please run 'az login' to setup account."));
    }
    if let Some(tenant) = &asked.tenant
        && !directory.knows_tenant(tenant)
    {
        let text = tenant_not_found(tenant);
        return Err(error(&format_args!("AADSTS90002: {text}")));
    }
    if !Directory::knows_resource(&asked.resource) {
        let text = resource_not_found(&asked.resource, &directory.tenant_id);
        return Err(error(&format_args!("AADSTS500011: {text}")));
    }
    let token = directory.give(&login.user, &asked.resource, None);
    let text = if asked.token_alone {
        token.access_token
    } else {
        let subscription = asked.subscription.as_ref().unwrap_or(&login.subscription);
        let json = serde_json::json!({
            "accessToken": token.access_token,
            "expiresOn": LOCAL_TIME,
            "expires_on": token.expires_on,
            "subscription": subscription,
            "tenant": directory.tenant_id,
            "tokenType": "Bearer",
        });
        format!("{json:#}")
    };
    Ok((token.expires_on, text))
}

/// What `az` was asked for.
struct Asked {
    resource: String,
    tenant: Option<String>,
    subscription: Option<String>,
    token_alone: bool,
}

impl Asked {
    fn read(arguments: &[&str]) -> Result<Self, String> {
        let unknown = |what: &str| Err(format!("ERROR: unrecognized arguments: {what}"));
        let ["account", "get-access-token", options @ ..] = arguments else {
            return unknown(&arguments.join(" "));
        };
        // As without any: a token for the management of Azure, which this tenant does not have.
        let mut resource = "https://management.core.windows.net/".to_owned();
        let (mut tenant, mut subscription) = (None, None);
        let (mut output, mut query) = ("json", None);
        for option in options.chunks(2) {
            let [name, value] = *option else {
                return Err(format!(
                    "ERROR: argument {}: expected one argument",
                    option.concat()
                ));
            };
            match name {
                "--scope" => {
                    let bare = value.strip_suffix("/.default").unwrap_or(value);
                    bare.clone_into(&mut resource);
                }
                "--resource" => value.clone_into(&mut resource),
                "--resource-type" if value == "oss-rdbms" => {
                    PUBLIC_RESOURCE.clone_into(&mut resource);
                }
                "--tenant" | "-t" => tenant = Some(value.to_owned()),
                "--subscription" | "--name" | "-s" | "-n" => {
                    subscription = Some(value.to_owned());
                }
                "--output" | "-o" if matches!(value, "json" | "tsv") => output = value,
                "--query" if value == "accessToken" => query = Some(value),
                _ => return unknown(&option.join(" ")),
            }
        }
        match (output, query) {
            ("json", None) | ("tsv", Some(_)) => Ok(Self {
                resource,
                tenant,
                subscription,
                token_alone: query.is_some(),
            }),
            _ => unknown("--output tsv goes with --query accessToken here, and neither alone"),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Usage(text) => (StatusCode::BAD_REQUEST, text),
            Self::Error(text) => (StatusCode::FORBIDDEN, text),
        }
        .into_response()
    }
}
