//! What the texts of the server and of TLS libraries tell.

use token_source::Claims;

use super::{
    claims::{is_user, owner},
    diagnosis::{Cause, Diagnosis},
};
use crate::Settings;

pub(super) fn of_the_server(
    message: &str,
    claims: Option<&Claims>,
    settings: &Settings,
) -> Option<Diagnosis> {
    let user = settings.user();
    if message.contains("(using password: NO)") {
        return Some(Diagnosis::new(
            Cause::NoTokenSent,
            "the server was sent no token; open a new connection instead of changing a session's user",
        ));
    }
    if let Some(group) = quoted_after(message, "group ID ") {
        return Some(Diagnosis::new(
            Cause::NotInGroup,
            format!(
                "user {user:?} represents the group {group}, which the token does not list; add the \
                 identity to the group and wait for a new token"
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
            Some(Diagnosis::new(
                Cause::ObjectIdInsteadOfClientId,
                format!(
                    "user {user:?} was created with the identity's object id {expected}; create it with \
                     the client id {}",
                    claims.appid.as_deref().unwrap_or("of the identity")
                ),
            ))
        }
        _ => Some(Diagnosis::new(
            Cause::OtherPrincipal,
            format!(
                "user {user:?} belongs to {expected}, but the token belongs to {}; create the user for \
                 that identity, or log in as the one it was created for",
                claims.map_or_else(|| "another identity".to_owned(), owner)
            ),
        )),
    }
}

/// The texts are those of rustls, and of OpenSSL behind other drivers.
pub(super) fn of_the_tls_library(said: &str, settings: &Settings) -> Option<Diagnosis> {
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if says(&["UnknownIssuer", "unable to get local issuer", "self-signed"]) {
        return Some(Diagnosis::new(
            Cause::UnknownRoot,
            format!(
                "its certificate was not issued by a trusted root; for a private CA, set {} to its PEM \
                 file",
                settings.variables.ca_file
            ),
        ));
    }
    if says(&["NotValidForName", "not valid for name", "hostname mismatch"]) {
        return Some(Diagnosis::new(
            Cause::OtherHostName,
            format!(
                "its certificate is not valid for host name {:?}; connect with the server's full name, \
                 not with an address or an alias",
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
        Diagnosis::new(
            Cause::NoTls,
            "the server offers no TLS, so no token was sent; check host and port",
        )
    })
}

/// What is in single quotes right after `words`.
fn quoted_after<'a>(message: &'a str, words: &str) -> Option<&'a str> {
    let (_, rest) = message.split_once(words)?;
    rest.strip_prefix('\'')?.split('\'').next()
}
