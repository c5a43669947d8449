//! Misconfigurations that any value can have, recognised before it is read. No error shows the value.

use crate::{Error, name::Name, sourced::OptionalVar};

/// An App Service setting that names a secret, where the secret could not be read:
/// <https://learn.microsoft.com/azure/app-service/app-service-key-vault-references>.
const KEY_VAULT_REFERENCE: &str = "@microsoft.keyvault(";

/// Checks one value for everything here. A variable that is set and empty is an error too: it is a
/// setting that got lost.
pub(crate) fn check(variable: &OptionalVar, expected: &str) -> Result<(), Error> {
    let check = |value| check_text(&variable.name, value, expected);
    variable.get().map_or(Ok(()), check)
}

pub(crate) fn check_text(name: &Name, value: &str, expected: &str) -> Result<(), Error> {
    if value.is_empty() {
        return Err(empty(name, expected));
    }
    refuse_key_vault_reference(name, value)?;
    // Within a connection string quotation marks belong to the value.
    if name.is_whole() {
        refuse_quotes(name, value)?;
    }
    refuse_outer_space(name, value)
}

pub(crate) fn empty(name: &Name, expected: &str) -> Error {
    Error::invalid(name, format!("is empty; expected {expected}"))
}

pub(crate) fn is_key_vault_reference(value: &str) -> bool {
    let start = value.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
    start
        .get(..KEY_VAULT_REFERENCE.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(KEY_VAULT_REFERENCE))
}

/// A reference that App Service left unresolved.
pub(crate) fn refuse_key_vault_reference(name: &Name, value: &str) -> Result<(), Error> {
    if is_key_vault_reference(value) {
        return Err(Error::invalid(
            name,
            "is an unresolved Key Vault reference; check that the secret exists and that the app's \
             identity can read it, then restart the app",
        ));
    }
    Ok(())
}

/// Quotes around the whole value: a shell or an `.env` file would have removed them.
pub(crate) fn refuse_quotes(name: &Name, value: &str) -> Result<(), Error> {
    let value = value.trim();
    let quoted = ['"', '\'', '`']
        .into_iter()
        .any(|quote| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote));
    if quoted {
        return Err(Error::invalid(
            name,
            "starts and ends with a quotation mark, probably pasted with the value; remove both",
        ));
    }
    Ok(())
}

/// White space at either end: most often a line break of the file that the value came from.
pub(crate) fn refuse_outer_space(name: &Name, value: &str) -> Result<(), Error> {
    if value.trim().len() != value.len() {
        return Err(Error::invalid(
            name,
            "starts or ends with white space, probably pasted with the value; remove it",
        ));
    }
    Ok(())
}

/// A password beside the token that takes its place.
pub(crate) fn password(name: impl Into<Name>) -> Error {
    Error::contradiction(
        name,
        "is set, but login uses an access token; create the connection with an identity instead of \
         a secret, or remove the password",
    )
}

/// A socket that is not TCP, over which there is no TLS.
pub(crate) fn unix_socket(name: impl Into<Name>) -> Error {
    Error::invalid(
        name,
        "names a Unix socket or a named pipe; tokens are sent only over TLS, so expected a TCP host",
    )
}

/// A list where one host is needed.
pub(crate) fn several_hosts(name: impl Into<Name>) -> Error {
    Error::invalid(
        name,
        "names several hosts; expected one, the server name that the Azure portal shows",
    )
}
