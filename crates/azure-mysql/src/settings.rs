use token_source::{
    Cloud, TokenCache,
    entra::{ClientSecret, ManagedIdentity},
};

use crate::{Environment, Error, Identity, SettingsBuilder, Trust, python};

/// Where to connect, as whom, and trusting which roots.
///
/// Values are checked when the settings are made, before any network traffic. `Debug` shows no
/// secret.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) database: Option<String>,
    pub(crate) user: String,
    pub(crate) identity: Identity,
    pub(crate) trust: Trust,
    pub(crate) cloud: Cloud,
}

impl Settings {
    /// Settings by hand.
    pub fn builder() -> SettingsBuilder {
        SettingsBuilder::default()
    }

    /// What Service Connector has set in this process's environment, for the client type Python:
    /// see [`python`].
    ///
    /// # Errors
    ///
    /// If a variable is missing or cannot be used. The error names it.
    pub fn from_env() -> Result<Self, Error> {
        python::from_environment(&Environment::process())
    }

    /// The same settings with another identity.
    #[must_use]
    pub fn with_identity(mut self, identity: Identity) -> Self {
        self.identity = identity;
        self
    }

    /// A new token cache for the identity, over the cloud's endpoint. Nothing is fetched yet.
    pub fn token_cache(&self) -> TokenCache {
        match &self.identity {
            Identity::SystemAssigned => {
                TokenCache::new(ManagedIdentity::system_assigned(&self.cloud))
            }
            Identity::UserAssigned { client_id } => {
                TokenCache::new(ManagedIdentity::user_assigned(&self.cloud, client_id))
            }
            Identity::ServicePrincipal {
                tenant_id,
                client_id,
                client_secret,
            } => TokenCache::new(ClientSecret::new(
                &self.cloud,
                tenant_id,
                client_id,
                client_secret.clone(),
            )),
        }
    }

    /// The server's host name.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The server's TCP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The database to use at first, if any.
    pub fn database(&self) -> Option<&str> {
        self.database.as_deref()
    }

    /// The MySQL user.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// As whom a token is asked for.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Which roots the server's certificate must lead to.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The Azure cloud that the server is in.
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }
}
