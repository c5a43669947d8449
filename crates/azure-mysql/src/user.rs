//! What a MySQL user may be called.

use crate::{Error, name::Name};

/// MySQL allows no longer user names.
///
/// <https://dev.mysql.com/doc/refman/8.4/en/identifier-length.html>
pub(crate) const LONGEST_USER: usize = 32;

pub(crate) fn check_length(name: &Name, user: &str) -> Result<(), Error> {
    let length = user.chars().count();
    if length > LONGEST_USER {
        return Err(Error::invalid(
            name,
            format!(
                "is {length} characters long, but MySQL allows {LONGEST_USER}; create the user \
                 under a shorter alias (CREATE AADUSER ... AS 'alias')"
            ),
        ));
    }
    Ok(())
}

/// Service Connector still writes `user@server`, the form of the retired single server. The suffix
/// is dropped only if it is the server's name: an Entra user's own name may contain an `@`.
pub(crate) fn without_server<'a>(user: &'a str, host: &str) -> &'a str {
    let server = host.split('.').next().unwrap_or_default();
    match user.rsplit_once('@') {
        Some((bare, suffix)) if !bare.is_empty() && suffix.eq_ignore_ascii_case(server) => bare,
        _ => user,
    }
}
