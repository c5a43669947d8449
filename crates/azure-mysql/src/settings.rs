use token_source::{
    TokenCache,
    entra::{ClientSecret, ManagedIdentity, WorkloadIdentity},
};

use crate::{ClientType, Cloud, Identity, Trust, environment::Origin, properties::Properties};

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
    pub(crate) client_type: Option<ClientType>,
    pub(crate) properties: Properties,
    pub(crate) warnings: Vec<String>,
    pub(crate) origin: Origin,
    pub(crate) variables: VariableNames,
}

/// What the variables are called here that advice about a refused login names.
#[derive(Clone, Debug)]
pub(crate) struct VariableNames {
    pub(crate) ca_file: String,
    pub(crate) client_id: String,
    pub(crate) authority: String,
}

impl Settings {
    /// The same settings with another identity, which is not checked.
    #[must_use]
    pub fn with_identity(mut self, identity: Identity) -> Self {
        self.identity = identity;
        self
    }

    /// A new token cache for the identity, over the cloud's endpoint. Nothing is fetched yet.
    ///
    /// A managed identity's endpoint is the one that the environment names which the settings were
    /// read from (`IDENTITY_ENDPOINT`, `IDENTITY_HEADER`), or this process's environment for settings
    /// that were made by hand or from a connection string.
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up.
    pub fn token_cache(&self) -> TokenCache {
        let (cloud, scope) = (self.cloud.entra(), self.cloud.database_scope());
        match &self.identity {
            Identity::SystemAssigned => {
                TokenCache::new(self.here(ManagedIdentity::system_assigned(scope)))
            }
            Identity::UserAssigned { client_id } => {
                TokenCache::new(self.here(ManagedIdentity::user_assigned(scope, client_id)))
            }
            Identity::ServicePrincipal {
                tenant_id,
                client_id,
                client_secret,
            } => TokenCache::new(ClientSecret::new(
                cloud,
                scope,
                tenant_id,
                client_id,
                client_secret.clone(),
            )),
            Identity::WorkloadIdentity {
                tenant_id,
                client_id,
                token_file,
            } => TokenCache::new(WorkloadIdentity::new(
                cloud, scope, tenant_id, client_id, token_file,
            )),
            #[cfg(feature = "client-certificate")]
            Identity::ClientCertificate {
                tenant_id,
                client_id,
                file,
            } => TokenCache::new(token_source::entra::ClientCertificate::from_files(
                cloud,
                scope,
                tenant_id,
                client_id,
                [file],
            )),
        }
    }

    /// The identity at the endpoint of the settings' own environment.
    fn here(&self, identity: ManagedIdentity) -> ManagedIdentity {
        match &self.origin {
            Origin::Process => identity,
            Origin::Given(environment) => identity
                .with_variables(|name| environment.get(name).ok().flatten().map(str::to_owned)),
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

    /// The client type that the environment was made for, `None` if the settings were made by hand.
    ///
    /// Python and Django have the same variables; they are taken for Python.
    pub fn client_type(&self) -> Option<ClientType> {
        self.client_type
    }

    /// What a connection string says that is not used here, such as `serverTimezone`: by name,
    /// whatever its case.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.get(name)
    }

    /// What was odd about the values and did no harm, each in one sentence without a secret, for a
    /// log.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}
