//! A host and a port written as one, as connection strings do.

use std::net::Ipv6Addr;

use crate::{Error, misconfiguration, name::Name};

/// Splits `host`, `host:port`, `[IPv6]`, `[IPv6]:port` and a bare IPv6 address.
pub(crate) fn split<'a>(
    name: &Name,
    endpoint: &'a str,
) -> Result<(&'a str, Option<&'a str>), Error> {
    if endpoint.contains(',') {
        return Err(misconfiguration::several_hosts(name));
    }
    if let Some(bracketed) = split_bracketed(name, endpoint)? {
        return Ok(bracketed);
    }
    if endpoint.parse::<Ipv6Addr>().is_ok() {
        return Ok((endpoint, None));
    }
    match endpoint.rsplit_once(':') {
        // A scheme or a password: the check of the host says so.
        Some((host, port)) if !endpoint.contains(['/', '@']) => Ok((host, Some(port))),
        _ => Ok((endpoint, None)),
    }
}

/// Splits `[IPv6]` and `[IPv6]:port`; `None` for anything without brackets.
pub(crate) fn split_bracketed<'a>(
    name: &Name,
    endpoint: &'a str,
) -> Result<Option<(&'a str, Option<&'a str>)>, Error> {
    let Some(rest) = endpoint.strip_prefix('[') else {
        return Ok(None);
    };
    let invalid = |problem| Error::invalid(name, problem);
    let (host, rest) = rest
        .split_once(']')
        .ok_or_else(|| invalid("contains [ without ]; expected an IPv6 address in brackets"))?;
    match (rest.trim(), rest.trim().strip_prefix(':')) {
        ("", _) => Ok(Some((host, None))),
        (_, Some(port)) => Ok(Some((host, Some(port)))),
        _ => Err(invalid(
            "continues after ]; expected a colon and a port, or nothing",
        )),
    }
}
