use crate::{Cloud, Error, Identity, Settings, Trust, raw::RawSettings, sourced::OptionalVar};

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
/// `Debug` shows which values are set, and none that [`build`](Self::build) has yet to check.
#[derive(Debug, Default)]
pub struct SettingsBuilder(RawSettings);

impl Settings {
    /// Settings by hand.
    pub fn builder() -> SettingsBuilder {
        SettingsBuilder::default()
    }
}

impl SettingsBuilder {
    /// The server's host name, such as `shop.mysql.database.azure.com`. Required.
    ///
    /// An IP address is accepted only with a [private CA](Trust::private_ca): Azure's certificates
    /// contain none.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.0.host = OptionalVar::set("host", host);
        self
    }

    /// The server's TCP port. Defaults to 3306, the only one that Azure serves.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.0.port = OptionalVar::set("port", port.to_string());
        self
    }

    /// The database to use at first. Defaults to none.
    #[must_use]
    pub fn database(mut self, database: impl Into<String>) -> Self {
        self.0.database = OptionalVar::set("database", database);
        self
    }

    /// The MySQL user, at most 32 characters, taken as it is: a server's name after an `@` stays.
    /// Required.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.0.user = OptionalVar::set("user", user);
        self
    }

    /// As whom to ask for a token. Defaults to the system-assigned managed identity, which needs no
    /// ids.
    #[must_use]
    pub fn identity(mut self, identity: Identity) -> Self {
        self.0.identity = Some(identity);
        self
    }

    /// Which roots to trust. Defaults to [`Trust::azure_roots`].
    #[must_use]
    pub fn trust(mut self, trust: Trust) -> Self {
        self.0.trust = Some(trust);
        self
    }

    /// The Azure cloud. Defaults to the one whose domain the host name ends in, and to the public
    /// cloud for any other host.
    #[must_use]
    pub fn cloud(mut self, cloud: Cloud) -> Self {
        self.0.cloud = Some(cloud);
        self
    }

    /// Checks the values and makes the settings.
    ///
    /// # Errors
    ///
    /// If the host or the user is missing, or a value cannot be used. The error names it.
    pub fn build(self) -> Result<Settings, Error> {
        self.0.build()
    }
}
