//! What others said: the server, the TLS library, the token endpoint.

use token_source::Claims;

use super::{
    finding::{Cause, Finding},
    token::{is_user, owner},
};
use crate::{Identity, Settings};

pub(super) fn of_the_server(
    message: &str,
    claims: Option<&Claims>,
    settings: &Settings,
) -> Option<Finding> {
    let user = settings.user();
    if message.contains("(using password: NO)") {
        return Some(Finding::new(
            Cause::NoTokenSent,
            "the server was sent no token; do not change a session's user, open a connection instead",
        ));
    }
    if let Some(group) = quoted_after(message, "group ID ") {
        return Some(Finding::new(
            Cause::NotInGroup,
            format!(
                "the user {user:?} stands for the group {group}, which the token does not list; add \
                 the identity to the group, and wait for a new token"
            ),
        ));
    }
    let expected = quoted_after(message, "OID ")?;
    let is = |id: &Option<String>| {
        id.as_deref()
            .is_some_and(|id| id.eq_ignore_ascii_case(expected))
    };
    match claims {
        Some(claims) if is(&claims.oid) && !is(&claims.appid) && !is_user(claims) => {
            Some(Finding::new(
                Cause::ObjectIdInsteadOfClientId,
                format!(
                    "the user {user:?} was created for the object id {expected} of the identity; \
                     create it for the client id {}",
                    claims.appid.as_deref().unwrap_or("of the identity")
                ),
            ))
        }
        _ => Some(Finding::new(
            Cause::OtherPrincipal,
            format!(
                "the user {user:?} belongs to {expected}, and the token to {}; create the user for that \
                 identity, or log in as the one it was created for",
                claims.map_or_else(|| "somebody else".to_owned(), owner)
            ),
        )),
    }
}

/// The words are those of rustls, and of OpenSSL behind other drivers.
pub(super) fn of_the_tls_library(said: &str, settings: &Settings) -> Option<Finding> {
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if says(&["UnknownIssuer", "unable to get local issuer", "self-signed"]) {
        return Some(Finding::new(
            Cause::UnknownRoot,
            "its certificate comes from a root that is not trusted; for a private CA, name its \
             PEM file in AZURE_MYSQL_SSL_CA",
        ));
    }
    if says(&["NotValidForName", "not valid for name", "hostname mismatch"]) {
        return Some(Finding::new(
            Cause::OtherHostName,
            format!(
                "its certificate is for another host name than {:?}; connect by the server's full \
                 name, not by an address or an alias",
                settings.host()
            ),
        ));
    }
    says(&[
        "no TLS",
        "NoClientSslFlagFromServer",
        "does not support TLS",
    ])
    .then(|| {
        Finding::new(
            Cause::NoTls,
            "the server offers no TLS, so no token was sent; check host and port",
        )
    })
}

/// The words are those of the identity endpoints and of Entra:
/// <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>.
pub(super) fn of_the_token_endpoint(said: &str, settings: &Settings) -> Option<Finding> {
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if says(&["@Microsoft.KeyVault("]) {
        return Some(Finding::new(
            Cause::UnresolvedKeyVaultReference,
            "a setting is a Key Vault reference that was not resolved; check that the app's identity \
             may read the secret, then restart the app",
        ));
    }
    if says(&["Multiple user assigned identities"]) {
        return Some(Finding::new(
            Cause::AmbiguousIdentity,
            "this host has several managed identities; name one by its client id \
             (AZURE_MYSQL_CLIENTID)",
        ));
    }
    if says(&[
        "No User Assigned or Delegated Managed Identity",
        "Identity not found",
        "Unable to load the proper Managed Identity",
    ]) {
        let remedy = match settings.identity() {
            Identity::UserAssigned { client_id } => format!(
                "assign the identity {client_id} to this host, or remove its id to use the \
                 system-assigned one"
            ),
            _ => {
                "turn on the system-assigned identity, or name a user-assigned one by its client id"
                    .to_owned()
            }
        };
        return Some(Finding::new(
            Cause::NoSuchIdentity,
            format!("this host has no such managed identity; {remedy}"),
        ));
    }
    if says(&["AADSTS7000215", "AADSTS7000222"]) {
        return Some(Finding::new(
            Cause::BadClientSecret,
            "Entra does not accept the client secret; give its value, not its id, and make a new one \
             if it has expired",
        ));
    }
    if says(&["AADSTS70021", "AADSTS700212", "AADSTS700213"]) {
        return Some(Finding::new(
            Cause::FederationMismatch,
            "no federated credential of the identity matches the service account's token; compare \
             issuer, subject and audience, letter by letter",
        ));
    }
    says(&["AADSTS900382", "AADSTS90038", "AADSTS900432"]).then(|| {
        Finding::new(
            Cause::OtherCloud,
            format!(
                "the identity is of another Azure cloud than {}; set AZURE_AUTHORITY_HOST, or the \
                 cloud in the settings",
                settings.cloud().authority()
            ),
        )
    })
}

/// What stands in single quotes right after `words`.
fn quoted_after<'a>(message: &'a str, words: &str) -> Option<&'a str> {
    let (_, rest) = message.split_once(words)?;
    rest.strip_prefix('\'')?.split('\'').next()
}
