use std::{fmt, sync::Arc};

use async_trait::async_trait;
use azure_core::{cloud::CloudConfiguration, credentials::Secret, http::Transport};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use secrecy::{ExposeSecret, SecretString};

use super::{
    exchange::Exchange,
    failure,
    request::{authority, fetch, new_transport},
};
use crate::{Cloud, Error, Token, TokenSource};

const NAME: &str = "client secret";

/// A service principal with a secret.
///
/// See <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>.
pub struct ClientSecret {
    tenant_id: String,
    client_id: String,
    secret: SecretString,
    scope: String,
    authority: Arc<CloudConfiguration>,
    transport: Transport,
}

impl ClientSecret {
    /// The service principal `client_id` of the tenant `tenant_id` (GUIDs), with the secret's value
    /// (not the secret's id, which the portal shows beside it).
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up.
    pub fn new(
        cloud: &Cloud,
        tenant_id: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
    ) -> Self {
        Self {
            tenant_id: tenant_id.into(),
            client_id: client_id.into(),
            secret: client_secret.into(),
            scope: cloud.database_scope(),
            authority: authority(cloud),
            transport: new_transport(),
        }
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientSecret")
            .field("tenant_id", &self.tenant_id)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl TokenSource for ClientSecret {
    async fn fetch(&self) -> Result<Token, Error> {
        let exchange = Exchange::over(&self.transport);
        let options = ClientSecretCredentialOptions {
            client_options: exchange.client_options_at(&self.authority),
        };
        let credential = ClientSecretCredential::new(
            &self.tenant_id,
            self.client_id.clone(),
            Secret::new(self.secret.expose_secret().to_owned()),
            Some(options),
        )
        .map_err(|error| failure::of_construction(NAME, &error))?;
        fetch(NAME, &*credential, &self.scope, &exchange).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_show_the_secret() {
        let credential = ClientSecret::new(&Cloud::PUBLIC, "tenant", "client", "canary");
        assert!(!format!("{credential:?}").contains("canary"));
    }
}
