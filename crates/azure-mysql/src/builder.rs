use std::fmt;

use token_source::Cloud;

use crate::{
    ClientType, Error, Identity, Settings, Trust, checks, name::Name, properties::Properties,
    sourced::Sourced,
};

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
///
/// `Debug` shows which values are set, and none that [`build`](Self::build) would have to check.
#[derive(Debug, Default)]
pub struct SettingsBuilder {
    host: Option<Sourced<String>>,
    port: Option<Sourced<u16>>,
    database: Option<Sourced<String>>,
    user: Option<Sourced<String>>,
    identity: Option<Identity>,
    trust: Trust,
    cloud: Option<Sourced<Cloud>>,
    client_type: Option<ClientType>,
    properties: Properties,
    warnings: Vec<String>,
}

impl Settings {
    /// Settings by hand.
    pub fn builder() -> SettingsBuilder {
        SettingsBuilder::default()
    }
}

impl SettingsBuilder {
    /// The server's host name, such as `shop.mysql.database.azure.com`. Needed.
    ///
    /// An IP address does only beside a [private CA](Trust::private_ca): Azure's certificates name
    /// none.
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

    /// The MySQL user, at most 32 characters, as it is: a server's name after an `@` stays. Needed.
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

    pub(crate) fn host_named(mut self, name: impl Into<Name>, host: impl Into<String>) -> Self {
        self.host = Some(Sourced::new(name, host.into()));
        self
    }

    pub(crate) fn port_named(mut self, name: impl Into<Name>, port: u16) -> Self {
        self.port = Some(Sourced::new(name, port));
        self
    }

    pub(crate) fn database_named(mut self, name: impl Into<Name>, it: impl Into<String>) -> Self {
        self.database = Some(Sourced::new(name, it.into()));
        self
    }

    pub(crate) fn user_named(mut self, name: impl Into<Name>, user: impl Into<String>) -> Self {
        self.user = Some(Sourced::new(name, user.into()));
        self
    }

    pub(crate) fn cloud_named(mut self, name: impl Into<Name>, cloud: Cloud) -> Self {
        self.cloud = Some(Sourced::new(name, cloud));
        self
    }

    pub(crate) fn client_type(mut self, client_type: ClientType) -> Self {
        self.client_type = Some(client_type);
        self
    }

    /// Keeps what a connection string says that is of no use here.
    pub(crate) fn property(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.properties.insert(name.into(), value.into());
        self
    }

    pub(crate) fn without_property(mut self, name: &str) -> Self {
        self.properties.remove(name);
        self
    }

    pub(crate) fn warning(mut self, warning: impl fmt::Display) -> Self {
        self.warnings.push(warning.to_string());
        self
    }

    /// The host as it was given, before any check.
    pub(crate) fn given_host(&self) -> &str {
        self.host.as_ref().map_or("", |host| &host.value)
    }

    pub(crate) fn has_private_ca(&self) -> bool {
        !self.trust.includes_web_roots()
    }

    /// Drops the server's name from the user, with a warning.
    pub(crate) fn without_server_suffix(mut self) -> Self {
        let Some(Sourced { name, value }) = self.user.take() else {
            return self;
        };
        let bare = without_server(&value, self.given_host()).to_owned();
        if bare != value {
            self = self.warning(format!(
                "{name} ends in @ and the server's name, which the retired single server wanted; \
                 that part was dropped"
            ));
        }
        self.user_named(name, bare)
    }

    /// Checks the values and makes the settings.
    ///
    /// # Errors
    ///
    /// If the host or the user is missing, or a value cannot be used. The error names it.
    pub fn build(mut self) -> Result<Settings, Error> {
        let host = checks::host(self.host, &self.trust)?;
        if let Some(ignored) = self.properties.warning() {
            self.warnings.push(ignored);
        }
        Ok(Settings {
            cloud: checks::cloud(self.cloud, &host)?,
            port: self.port.map_or(Ok(DEFAULT_PORT), checks::port)?,
            database: self.database.map(checks::database).transpose()?,
            user: checks::user(self.user)?,
            identity: self.identity.unwrap_or(Identity::SystemAssigned),
            trust: self.trust,
            host,
            client_type: self.client_type,
            properties: self.properties,
            warnings: self.warnings,
        })
    }
}

/// Service Connector still writes `user@server`, the form of the retired single server. The suffix
/// goes only if it is the server's name: an Entra user's own name may hold an `@`.
pub(crate) fn without_server<'a>(user: &'a str, host: &str) -> &'a str {
    let server = host.split('.').next().unwrap_or_default();
    match user.rsplit_once('@') {
        Some((bare, suffix)) if !bare.is_empty() && suffix.eq_ignore_ascii_case(server) => bare,
        _ => user,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_value_that_was_not_checked() {
        let builder = Settings::builder()
            .host("mysql://app:canary@shop.mysql.database.azure.com")
            .user("app:canary")
            .database("canary");
        let shown = format!("{builder:?} {builder:#?}");
        assert!(shown.contains("host"), "{shown}");
        assert!(!shown.contains("canary"), "{shown}");
    }
}
