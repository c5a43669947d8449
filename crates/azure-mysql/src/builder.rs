use token_source::Cloud;

use crate::{Error, ErrorKind, Identity, Settings, Trust};

/// MySQL allows no longer user names.
///
/// <https://dev.mysql.com/doc/refman/8.4/en/identifier-length.html>
const LONGEST_USER: usize = 32;

const DEFAULT_PORT: u16 = 3306;

/// Makes [`Settings`] by hand.
///
/// ```
/// use azure_mysql::{Identity, Settings};
///
/// let settings = Settings::builder()
///     .host("shop.mysql.database.azure.com")
///     .database("orders")
///     .user("aad_orders")
///     .identity(Identity::SystemAssigned)
///     .build()?;
/// assert_eq!(settings.port(), 3306);
/// # Ok::<(), azure_mysql::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct SettingsBuilder {
    host: Option<Named<String>>,
    port: Option<Named<u16>>,
    database: Option<Named<String>>,
    user: Option<Named<String>>,
    identity: Option<Identity>,
    trust: Trust,
    cloud: Option<Named<Cloud>>,
}

/// A value and what its giver calls it, so that an error names the variable or the option.
#[derive(Debug)]
struct Named<T> {
    name: &'static str,
    value: T,
}

impl SettingsBuilder {
    /// The server's host name, such as `shop.mysql.database.azure.com`. Needed.
    #[must_use]
    pub fn host(self, host: impl Into<String>) -> Self {
        self.host_named("host", host)
    }

    /// The server's TCP port. Defaults to 3306, the only one that Azure serves.
    #[must_use]
    pub fn port(self, port: u16) -> Self {
        self.port_named("port", port)
    }

    /// The database to use at first. Defaults to none.
    #[must_use]
    pub fn database(self, database: impl Into<String>) -> Self {
        self.database_named("database", database)
    }

    /// The MySQL user, at most 32 characters. Needed.
    #[must_use]
    pub fn user(self, user: impl Into<String>) -> Self {
        self.user_named("user", user)
    }

    /// As whom to ask for a token. Defaults to the system-assigned managed identity, which needs
    /// nothing to be known.
    #[must_use]
    pub fn identity(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// Which roots to trust. Defaults to [`Trust::azure_roots`].
    #[must_use]
    pub fn trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }

    /// The Azure cloud. Defaults to the one whose domain the host name ends in, and to the public
    /// cloud for any other host.
    #[must_use]
    pub fn cloud(self, cloud: Cloud) -> Self {
        self.cloud_named("cloud", cloud)
    }

    pub(crate) fn host_named(mut self, name: &'static str, host: impl Into<String>) -> Self {
        self.host = Some(Named {
            name,
            value: host.into(),
        });
        self
    }

    pub(crate) fn port_named(mut self, name: &'static str, port: u16) -> Self {
        self.port = Some(Named { name, value: port });
        self
    }

    pub(crate) fn database_named(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.database = Some(Named {
            name,
            value: value.into(),
        });
        self
    }

    pub(crate) fn user_named(mut self, name: &'static str, user: impl Into<String>) -> Self {
        self.user = Some(Named {
            name,
            value: user.into(),
        });
        self
    }

    pub(crate) fn cloud_named(mut self, name: &'static str, cloud: Cloud) -> Self {
        self.cloud = Some(Named { name, value: cloud });
        self
    }

    /// Checks the values and makes the settings.
    ///
    /// # Errors
    ///
    /// If the host or the user is missing, or a value cannot be used. The error names it.
    pub fn build(self) -> Result<Settings, Error> {
        let host = checked_host(self.host)?;
        let cloud = match self.cloud {
            Some(cloud) => checked_cloud(cloud)?,
            None => cloud_of_host(&host),
        };
        Ok(Settings {
            port: self.port.map_or(Ok(DEFAULT_PORT), checked_port)?,
            database: self.database.map(checked_database).transpose()?,
            user: checked_user(self.user)?,
            identity: self.identity.unwrap_or(Identity::SystemAssigned),
            trust: self.trust,
            host,
            cloud,
        })
    }
}

fn checked_host(host: Option<Named<String>>) -> Result<String, Error> {
    let expected = "the server's host name, such as shop.mysql.database.azure.com";
    let Some(Named { name, value }) = host else {
        return Err(Error::missing("host", expected));
    };
    if value.is_empty() {
        return Err(Error::new(
            ErrorKind::Missing,
            name,
            format!("is empty; expected {expected}"),
        ));
    }
    // What a DNS name or an IP address is made of. A scheme, a path, a port in the name or a
    // space pasted with it all fall through here. The value is not shown: a whole URL may have been
    // pasted, with a password in it.
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    match value.chars().find(|&c| !is_name(c)) {
        Some(_) if value.parse::<std::net::Ipv6Addr>().is_ok() => Ok(value),
        None => Ok(value),
        Some(stranger) => Err(Error::invalid(
            name,
            format!("holds {stranger:?}, which no host name does; expected {expected}"),
        )),
    }
}

fn checked_port(Named { name, value }: Named<u16>) -> Result<u16, Error> {
    match value {
        0 => Err(Error::invalid(
            name,
            "is 0; expected a port from 1 to 65535",
        )),
        port => Ok(port),
    }
}

fn checked_database(Named { name, value }: Named<String>) -> Result<String, Error> {
    if value.is_empty() {
        return Err(Error::invalid(
            name,
            "is empty; expected a database's name, or leave it out",
        ));
    }
    Ok(value)
}

fn checked_user(user: Option<Named<String>>) -> Result<String, Error> {
    let expected = "the MySQL user that was created for the identity";
    let Some(Named { name, value }) = user else {
        return Err(Error::missing("user", expected));
    };
    if value.is_empty() {
        return Err(Error::new(
            ErrorKind::Missing,
            name,
            format!("is empty; expected {expected}"),
        ));
    }
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

fn checked_cloud(Named { name, value }: Named<Cloud>) -> Result<Cloud, Error> {
    let authority = value.authority();
    let host = authority.strip_prefix("https://").unwrap_or_default();
    if host.is_empty() || host.contains(char::is_whitespace) {
        return Err(Error::invalid(
            name,
            "has an authority that cannot be used; expected an address that starts with https://",
        ));
    }
    Ok(value)
}

pub(crate) fn cloud_of_host(host: &str) -> Cloud {
    let host = host.to_ascii_lowercase();
    [Cloud::CHINA, Cloud::US_GOVERNMENT]
        .into_iter()
        .find(|cloud| host.ends_with(&format!(".mysql.{}", cloud.database_domain())))
        .unwrap_or(Cloud::PUBLIC)
}
