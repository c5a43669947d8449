//! Which Azure cloud a server is in.

use crate::{Cloud, Error, name::Name};

const KNOWN: [Cloud; 3] = [Cloud::PUBLIC, Cloud::CHINA, Cloud::US_GOVERNMENT];

/// The cloud below whose domain the host is, else the public one.
pub(crate) fn of_host(host: &str) -> Cloud {
    known_of_host(host).unwrap_or_default()
}

/// One of the known clouds if the authority is its own, else the host's cloud behind that authority.
pub(crate) fn with_authority(host: &str, authority: &str) -> Cloud {
    let cloud = of_host(host).with_authority(authority);
    known_of_authority(&cloud).unwrap_or(cloud)
}

/// A cloud whose authority is an address, and not that of another cloud than the host's.
pub(crate) fn checked(name: &Name, cloud: Cloud, host: &str) -> Result<Cloud, Error> {
    let authority_host = cloud.authority().strip_prefix("https://");
    let is_address = |host: &str| !host.is_empty() && !host.contains(char::is_whitespace);
    if !authority_host.is_some_and(is_address) {
        let problem = "is not a usable authority; expected an address that starts with https://";
        return Err(Error::invalid(name, problem));
    }
    match (known_of_host(host), known_of_authority(&cloud)) {
        (Some(of_host), Some(of_authority)) if of_host != of_authority => {
            Err(Error::contradiction(
                name,
                format!(
                    "is the authority of another cloud than the host's; for a host that ends in {} \
                     expected {}",
                    of_host.database_domain(),
                    of_host.authority()
                ),
            ))
        }
        _ => Ok(cloud),
    }
}

fn known_of_host(host: &str) -> Option<Cloud> {
    let host = host.to_ascii_lowercase();
    let is_below = |cloud: &Cloud| host.ends_with(&format!(".mysql.{}", cloud.database_domain()));
    KNOWN.into_iter().find(is_below)
}

fn known_of_authority(cloud: &Cloud) -> Option<Cloud> {
    let mut known = KNOWN.into_iter();
    known.find(|known| known.authority().eq_ignore_ascii_case(cloud.authority()))
}
