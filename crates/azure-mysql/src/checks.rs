//! What each value has to be, whoever gave it.

use std::net::{IpAddr, Ipv6Addr};

use token_source::Cloud;

use crate::{Error, ErrorKind, Trust, mistakes, name::Name, sourced::Sourced};

/// MySQL allows no longer user names.
///
/// <https://dev.mysql.com/doc/refman/8.4/en/identifier-length.html>
pub(crate) const LONGEST_USER: usize = 32;

pub(crate) const EXPECTED_HOST: &str =
    "the server's host name, such as shop.mysql.database.azure.com";

pub(crate) const EXPECTED_USER: &str = "the MySQL user that was created for the identity";

pub(crate) const EXPECTED_PORT: &str = "a port from 1 to 65535";

pub(crate) const EXPECTED_DATABASE: &str = "a database's name";

pub(crate) fn host(host: Option<Sourced<String>>, trust: &Trust) -> Result<String, Error> {
    let Some(Sourced { name, value }) = host else {
        return Err(Error::missing("host", EXPECTED_HOST));
    };
    // The value is not shown: a whole URL may have been pasted, with a password in it.
    let invalid = |what: &str| {
        Err(Error::invalid(
            &name,
            format!("holds {what}; expected {EXPECTED_HOST}"),
        ))
    };
    if value.is_empty() {
        return Err(empty(&name, EXPECTED_HOST));
    }
    if value.contains("://") {
        return invalid("a scheme, as a URL has");
    }
    if value.starts_with(['/', '\\']) {
        return Err(mistakes::unix_socket(name));
    }
    if value.contains('/') {
        return invalid("a path after the host");
    }
    if value.contains(',') {
        return Err(mistakes::several_hosts(name));
    }
    mistakes::refuse_quotes_around(&name, &value)?;
    mistakes::refuse_space_at_an_end(&name, &value)?;
    // What a DNS name or an IPv4 address is made of.
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if value.parse::<Ipv6Addr>().is_err()
        && let Some(stranger) = value.chars().find(|&c| !is_name(c))
    {
        return invalid(&format!("{stranger:?}, which no host name does"));
    }
    if value.parse::<IpAddr>().is_ok() && trust.includes_web_roots() {
        return Err(Error::invalid(
            &name,
            "is an IP address, which no certificate of Azure names; expected the server's host \
             name, such as shop.mysql.database.azure.com, or a private CA to trust beside it",
        ));
    }
    Ok(value)
}

pub(crate) fn port(Sourced { name, value }: Sourced<u16>) -> Result<u16, Error> {
    match value {
        0 => Err(Error::invalid(
            name,
            format!("is 0; expected {EXPECTED_PORT}"),
        )),
        port => Ok(port),
    }
}

/// Reads a port as text.
pub(crate) fn parse_port(name: &Name, value: &str) -> Result<u16, Error> {
    value.parse().map_err(|error| {
        Error::invalid(name, "is no port; expected a number from 1 to 65535").with_source(error)
    })
}

pub(crate) fn database(Sourced { name, value }: Sourced<String>) -> Result<String, Error> {
    if value.is_empty() {
        return Err(Error::invalid(
            name,
            format!("is empty; expected {EXPECTED_DATABASE}, or leave it out"),
        ));
    }
    mistakes::refuse_space_at_an_end(&name, &value)?;
    Ok(value)
}

pub(crate) fn user(user: Option<Sourced<String>>) -> Result<String, Error> {
    let Some(Sourced { name, value }) = user else {
        return Err(Error::missing("user", EXPECTED_USER));
    };
    if value.is_empty() {
        return Err(empty(&name, EXPECTED_USER));
    }
    // No MySQL user of Azure has one: <https://learn.microsoft.com/azure/mysql/flexible-server/security-how-to-entra>
    mistakes::refuse_space_at_an_end(&name, &value)?;
    let length = value.chars().count();
    if length > LONGEST_USER {
        return Err(Error::invalid(
            name,
            format!(
                "is {length} characters long; MySQL allows {LONGEST_USER}, so create the user \
                 under a shorter alias (CREATE AADUSER ... AS 'alias')"
            ),
        ));
    }
    Ok(value)
}

/// The cloud that was given, or that of the host.
pub(crate) fn cloud(cloud: Option<Sourced<Cloud>>, host: &str) -> Result<Cloud, Error> {
    let Some(Sourced { name, value }) = cloud else {
        return Ok(cloud_of_host(host).unwrap_or_default());
    };
    let authority = value.authority();
    let authority_host = authority.strip_prefix("https://").unwrap_or_default();
    if authority_host.is_empty() || authority_host.contains(char::is_whitespace) {
        return Err(Error::invalid(
            name,
            "has an authority that cannot be used; expected an address that starts with https://",
        ));
    }
    if let (Some(of_host), Some(of_authority)) = (cloud_of_host(host), cloud_of_authority(&value))
        && of_host != of_authority
    {
        return Err(Error::contradiction(
            name,
            format!(
                "is the authority of another cloud than the host's; for a host that ends in {} \
                 expected {}",
                of_host.database_domain(),
                of_host.authority()
            ),
        ));
    }
    Ok(value)
}

/// The cloud of a host below the domain of one.
pub(crate) fn cloud_of_host(host: &str) -> Option<Cloud> {
    let host = host.to_ascii_lowercase();
    known_clouds().find(|cloud| host.ends_with(&format!(".mysql.{}", cloud.database_domain())))
}

/// The cloud whose own authority this one has.
pub(crate) fn cloud_of_authority(cloud: &Cloud) -> Option<Cloud> {
    known_clouds().find(|known| known.authority().eq_ignore_ascii_case(cloud.authority()))
}

fn known_clouds() -> impl Iterator<Item = Cloud> {
    [Cloud::PUBLIC, Cloud::CHINA, Cloud::US_GOVERNMENT].into_iter()
}

fn empty(name: &Name, expected: &str) -> Error {
    Error::new(
        ErrorKind::Missing,
        name,
        format!("is empty; expected {expected}"),
    )
}
