use async_trait::async_trait;
use azure_core::credentials::Secret;
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use secrecy::{ExposeSecret, SecretString};

use super::sdk::Application;
use crate::{Cloud, Error, Token, TokenSource, credential_kind::CredentialKind};

/// A service principal with a secret.
///
/// See <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>.
#[derive(Debug)]
pub struct ClientSecret {
    application: Application,
    secret: SecretString,
}

impl ClientSecret {
    /// Tokens for `scope` as the service principal `client_id` of the tenant `tenant_id` (GUIDs), with
    /// the secret's value (not the secret's id, which the portal shows beside it).
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up.
    pub fn new(
        cloud: &Cloud,
        scope: impl Into<String>,
        tenant_id: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
    ) -> Self {
        Self {
            application: Application::new(cloud, scope, tenant_id, client_id),
            secret: client_secret.into(),
        }
    }
}

#[async_trait]
impl TokenSource for ClientSecret {
    async fn fetch(&self) -> Result<Token, Error> {
        let credential = |client_options| {
            ClientSecretCredential::new(
                &self.application.tenant_id,
                self.application.client_id.clone(),
                Secret::new(self.secret.expose_secret().to_owned()),
                Some(ClientSecretCredentialOptions { client_options }),
            )
        };
        self.application
            .fetch(CredentialKind::ClientSecret, credential)
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_secret() {
        let credential = ClientSecret::new(&Cloud::PUBLIC, "scope", "tenant", "client", "canary");
        assert!(!format!("{credential:?}").contains("canary"));
    }
}
