//! A host and a port written as one, as connection strings do.

use std::net::Ipv6Addr;

use crate::{Error, checks, name::Name};

/// Splits `host`, `host:port`, `[IPv6]`, `[IPv6]:port` and a bare IPv6 address.
pub(crate) fn split<'a>(name: &Name, endpoint: &'a str) -> Result<(&'a str, Option<u16>), Error> {
    if let Some(rest) = endpoint.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or_else(|| {
            Error::invalid(
                name,
                "holds [ without ]; expected an IPv6 address in brackets",
            )
        })?;
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, Some(checks::parse_port(&name.part("port"), port)?))),
            None if rest.is_empty() => Ok((host, None)),
            None => Err(Error::invalid(
                name,
                "goes on after ]; expected a colon and a port, or nothing",
            )),
        };
    }
    if endpoint.parse::<Ipv6Addr>().is_ok() {
        return Ok((endpoint, None));
    }
    match endpoint.rsplit_once(':') {
        // A scheme or a password: the check of the host says so.
        _ if endpoint.contains(['/', '@']) => Ok((endpoint, None)),
        Some((host, port)) => Ok((host, Some(checks::parse_port(&name.part("port"), port)?))),
        None => Ok((endpoint, None)),
    }
}
