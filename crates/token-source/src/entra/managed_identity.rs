use async_trait::async_trait;
use azure_core::http::Transport;
use azure_identity::{ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId};

use super::{exchange::Exchange, failure, fetch, new_transport};
use crate::{Cloud, Error, Token, TokenSource};

const NAME: &str = "managed identity";

/// The identity that Azure gives to a virtual machine, an App Service, a Function or a Container
/// App. There is no secret to keep.
///
/// App Service and Container Apps are recognised by `IDENTITY_ENDPOINT` and `IDENTITY_HEADER` in
/// the process's environment; elsewhere the instance metadata service of virtual machines is asked.
/// See <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/overview>.
#[derive(Debug)]
pub struct ManagedIdentity {
    client_id: Option<String>,
    scope: String,
    transport: Transport,
}

impl ManagedIdentity {
    /// The identity that belongs to this resource alone.
    pub fn system_assigned(cloud: &Cloud) -> Self {
        Self::new(None, cloud)
    }

    /// An identity that several resources may share, by its client id (a GUID).
    pub fn user_assigned(cloud: &Cloud, client_id: impl Into<String>) -> Self {
        Self::new(Some(client_id.into()), cloud)
    }

    fn new(client_id: Option<String>, cloud: &Cloud) -> Self {
        Self {
            client_id,
            scope: cloud.database_scope(),
            transport: new_transport(),
        }
    }
}

#[async_trait]
impl TokenSource for ManagedIdentity {
    async fn fetch(&self) -> Result<Token, Error> {
        let exchange = Exchange::over(&self.transport);
        let options = ManagedIdentityCredentialOptions {
            user_assigned_id: self.client_id.clone().map(UserAssignedId::ClientId),
            client_options: exchange.client_options(),
        };
        let credential = ManagedIdentityCredential::new(Some(options))
            .map_err(|error| failure::of_construction(NAME, &error))?;
        fetch(NAME, &*credential, &self.scope, &exchange).await
    }
}
