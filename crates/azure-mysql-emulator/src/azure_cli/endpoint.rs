//! What `az account get-access-token` prints:
//! <https://learn.microsoft.com/cli/azure/account#az-account-get-access-token>.

use std::sync::Arc;

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

/// The program replaces it by the token's expiry in local time.
const LOCAL_TIME: &str = "LOCAL_TIME";

/// Responds to the stand-in, which sends its arguments one per line.
///
/// Status 400 makes it exit with 2, as `az` does for arguments that it does not understand; 403 makes
/// it exit with 1.
pub(crate) async fn respond(
    State(directory): State<Arc<Directory>>,
    Path(key): Path<String>,
    request: Request,
) -> Response {
    let arguments: String = match http::extract(request).await {
        Ok(arguments) => arguments,
        Err(unreadable) => return unreadable,
    };
    let Some(login) = directory.azure_cli.find(&key) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let arguments: Vec<&str> = arguments.lines().collect();
    login.record_call(&arguments);
    let arguments = match Arguments::parse(&arguments) {
        Ok(arguments) => arguments,
        Err(usage) => return (StatusCode::BAD_REQUEST, format!("ERROR: {usage}")).into_response(),
    };
    match get_access_token(&directory, &login, &arguments) {
        Ok((expires_on, text)) => {
            directory
                .counters
                .update(|counters| counters.azure_cli += 1);
            ([("x-expires-on", expires_on.to_string())], text).into_response()
        }
        Err(error) => {
            directory.counters.update(|counters| counters.refused += 1);
            (StatusCode::FORBIDDEN, format!("ERROR: {error}")).into_response()
        }
    }
}

/// The token's expiry in seconds since 1970, and the text to print.
fn get_access_token(
    directory: &Directory,
    login: &Login,
    arguments: &Arguments,
) -> Result<(u64, String), String> {
    if !login.is_logged_in() {
        return Err("Please run 'az login' to setup account.".to_owned());
    }
    if let Some(tenant) = &arguments.tenant
        && !directory.is_own_tenant(tenant)
    {
        return Err(tenant_not_found(tenant).summary());
    }
    let resource = &arguments.resource;
    if !Directory::is_known_resource(resource) {
        return Err(resource_not_found(resource, &directory.tenant_id).summary());
    }
    let token = directory.issue_token(&login.user, resource, None);
    let text = if arguments.only_token {
        token.access_token
    } else {
        let subscription = arguments.subscription.as_ref();
        let json = serde_json::json!({
            "accessToken": token.access_token,
            "expiresOn": LOCAL_TIME,
            "expires_on": token.expires_on,
            "subscription": subscription.unwrap_or(&login.subscription),
            "tenant": directory.tenant_id,
            "tokenType": "Bearer",
        });
        format!("{json:#}")
    };
    Ok((token.expires_on, text))
}

struct Arguments {
    resource: String,
    tenant: Option<String>,
    subscription: Option<String>,
    only_token: bool,
}

impl Arguments {
    fn parse(arguments: &[&str]) -> Result<Self, String> {
        let unrecognized = |what: &str| Err(format!("unrecognized arguments: {what}"));
        let ["account", "get-access-token", options @ ..] = arguments else {
            return unrecognized(&arguments.join(" "));
        };
        let mut parsed = Self {
            // The default of `az`: the management of Azure, which this tenant does not have.
            resource: "https://management.core.windows.net/".to_owned(),
            tenant: None,
            subscription: None,
            only_token: false,
        };
        let mut output = "json";
        for option in options.chunks(2) {
            let [name, value] = *option else {
                let name = option.concat();
                return Err(format!("argument {name}: expected one argument"));
            };
            match name {
                "--scope" => {
                    let resource = value.strip_suffix("/.default").unwrap_or(value);
                    resource.clone_into(&mut parsed.resource);
                }
                "--resource" => value.clone_into(&mut parsed.resource),
                "--resource-type" if value == "oss-rdbms" => {
                    PUBLIC_RESOURCE.clone_into(&mut parsed.resource);
                }
                "--tenant" | "-t" => parsed.tenant = Some(value.to_owned()),
                "--subscription" | "--name" | "-s" | "-n" => {
                    parsed.subscription = Some(value.to_owned());
                }
                "--output" | "-o" if matches!(value, "json" | "tsv") => output = value,
                "--query" if value == "accessToken" => parsed.only_token = true,
                _ => return unrecognized(&option.join(" ")),
            }
        }
        if parsed.only_token == (output == "tsv") {
            Ok(parsed)
        } else {
            unrecognized(
                "this stand-in supports --output tsv only with --query accessToken, and vice versa",
            )
        }
    }
}
