//! Mistakes that any value can hold, recognised before it is read. No error shows the value.

use crate::{Error, name::Name};

/// An App Service setting that names a secret, where the secret could not be had:
/// <https://learn.microsoft.com/azure/app-service/app-service-key-vault-references>.
const KEY_VAULT_REFERENCE: &str = "@microsoft.keyvault(";

/// A reference that App Service left unresolved.
pub(crate) fn refuse_key_vault_reference(name: &Name, value: &str) -> Result<(), Error> {
    let start = value.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
    let is_reference = start
        .get(..KEY_VAULT_REFERENCE.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(KEY_VAULT_REFERENCE));
    if is_reference {
        return Err(Error::invalid(
            name,
            "is a Key Vault reference that was not resolved; check that the app's identity may \
             read the secret and that the secret exists, then restart the app",
        ));
    }
    Ok(())
}

/// Quotes around the whole value: a shell or an `.env` file would have taken them away.
pub(crate) fn refuse_quotes_around(name: &Name, value: &str) -> Result<(), Error> {
    let value = value.trim();
    let quoted = ['"', '\'', '`']
        .into_iter()
        .any(|quote| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote));
    if quoted {
        return Err(Error::invalid(
            name,
            "begins and ends with a quotation mark, pasted with the value; remove both",
        ));
    }
    Ok(())
}

/// White space at an end: a line break of the file that the value came from, most often.
pub(crate) fn refuse_space_at_an_end(name: &Name, value: &str) -> Result<(), Error> {
    if value.trim().len() != value.len() {
        return Err(Error::invalid(
            name,
            "begins or ends with white space, pasted with the value; remove it",
        ));
    }
    Ok(())
}

/// A password beside the token that takes its place.
pub(crate) fn password(name: impl Into<Name>) -> Error {
    Error::contradiction(
        name,
        "is set, but the login is by token; create the connection with an identity instead of a \
         secret, or remove the password",
    )
}

/// A socket that is not TCP, over which there is no TLS.
pub(crate) fn unix_socket(name: impl Into<Name>) -> Error {
    Error::invalid(
        name,
        "names a Unix socket or a pipe; a token travels only over TLS, so expected one TCP host",
    )
}

/// A list where one host is needed.
pub(crate) fn several_hosts(name: impl Into<Name>) -> Error {
    Error::invalid(
        name,
        "names several hosts; expected one, the server's, as the Azure portal shows it",
    )
}
