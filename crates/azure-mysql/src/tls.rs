//! The words for TLS. They can only be as strong as what is done here in any case: certificate and
//! host name are verified.

use crate::{Error, name::Name};

/// Accepted anywhere a word for TLS is free text.
pub(crate) const STRONG: &[&str] = &[
    "true",
    "1",
    "yes",
    "on",
    "require",
    "required",
    "verifyca",
    "verifyfull",
    "verifyidentity",
];

pub(crate) const WEAK: &[&str] = &[
    "false",
    "0",
    "no",
    "off",
    "none",
    "disable",
    "disabled",
    "prefer",
    "preferred",
    "allow",
    "skipverify",
];

/// Accepts a word for TLS if it asks for no less than is done here.
///
/// Case, `-`, `_` and spaces do not count: `VERIFY_CA`, `verify-ca` and `VerifyCA` are one word in
/// three languages.
pub(crate) fn check(name: &Name, word: &str, strong: &[&str], weak: &[&str]) -> Result<(), Error> {
    let plain: String = word
        .chars()
        .filter(|c| !matches!(c, '-' | '_') && !c.is_whitespace())
        .map(|c| c.to_ascii_lowercase())
        .collect();
    if strong.contains(&plain.as_str()) {
        Ok(())
    } else if weak.contains(&plain.as_str()) {
        Err(too_weak(name))
    } else {
        Err(Error::invalid(
            name,
            format!(
                "is no word for TLS that is known here; expected one of {}",
                strong.join(", ")
            ),
        ))
    }
}

pub(crate) fn too_weak(name: impl Into<Name>) -> Error {
    Error::invalid(
        name,
        "allows a connection without TLS or to a server whose certificate is not verified; a token \
         travels only over verified TLS, so write a word such as required, or leave it out",
    )
}

/// PHP's flags, such as `MYSQLI_CLIENT_SSL`, of which several can be joined by `|`:
/// <https://www.php.net/manual/mysqli.constants.php>.
pub(crate) fn check_php_flag(name: &Name, flags: &str) -> Result<(), Error> {
    let flags = flags.to_ascii_uppercase();
    if flags.contains("DONT_VERIFY") {
        return Err(too_weak(name));
    }
    let asks_for_tls = flags.split('|').any(|flag| {
        let flag = flag.trim();
        matches!(flag, "MYSQL_CLIENT_SSL" | "MYSQLI_CLIENT_SSL" | "2048")
    });
    if asks_for_tls {
        Ok(())
    } else {
        Err(Error::invalid(
            name,
            "does not ask for TLS; expected MYSQL_CLIENT_SSL",
        ))
    }
}
