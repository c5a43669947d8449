use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use azure_core::http::Transport;
use azure_identity::{ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId};

use super::{environment::Environment, exchange::Exchange, failure, request::fetch};
use crate::{Cloud, Error, ErrorKind, Token, TokenSource};

const NAME: &str = "managed identity";

/// An endpoint on this machine or its host answers a connection at once, or not at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// As in the SDK's own client.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// The identity that Azure gives to a virtual machine, an App Service, a Function or a Container
/// App. There is no secret to keep.
///
/// App Service and Container Apps are recognised by `IDENTITY_ENDPOINT` and `IDENTITY_HEADER` in
/// the process's environment; elsewhere the instance metadata service of virtual machines is asked.
/// Neither is asked through a proxy, whatever `HTTP_PROXY` says:
/// [the address is not routable, and the answer is a token in plain text](https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service#proxies).
/// See <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/overview>.
///
/// Azure's endpoints keep a managed identity's token for about a day and may give the same one
/// again, however often they are asked.
#[derive(Debug)]
pub struct ManagedIdentity {
    id: Option<UserAssignedId>,
    scope: String,
    transport: Transport,
}

impl ManagedIdentity {
    /// The identity that belongs to this resource alone.
    ///
    /// A virtual machine that has none and one user-assigned identity gives that one's token.
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up.
    pub fn system_assigned(cloud: &Cloud) -> Self {
        Self::new(None, cloud)
    }

    /// An identity that several resources may share, by its client id (a GUID).
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up.
    pub fn user_assigned(cloud: &Cloud, client_id: impl Into<String>) -> Self {
        Self::new(Some(UserAssignedId::ClientId(client_id.into())), cloud)
    }

    /// The same by its object id, which Azure also calls principal id (a GUID).
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up.
    pub fn user_assigned_by_object_id(cloud: &Cloud, object_id: impl Into<String>) -> Self {
        Self::new(Some(UserAssignedId::ObjectId(object_id.into())), cloud)
    }

    /// The same by its resource id
    /// (`/subscriptions/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME`).
    ///
    /// For virtual machines only: on App Service, Functions and Container Apps `azure_identity`
    /// [sends it under another name than they expect](https://github.com/Azure/azure-sdk-for-rust/issues/2407)
    /// and therefore refuses it. There a fetch fails with [`ErrorKind::Configuration`].
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up.
    pub fn user_assigned_by_resource_id(cloud: &Cloud, resource_id: impl Into<String>) -> Self {
        Self::new(Some(UserAssignedId::ResourceId(resource_id.into())), cloud)
    }

    fn new(id: Option<UserAssignedId>, cloud: &Cloud) -> Self {
        Self {
            id,
            scope: cloud.database_scope(),
            transport: transport_without_proxy(),
        }
    }

    /// The credential could not be made: the SDK does not know this kind of machine.
    fn of_construction(&self, error: &azure_core::Error) -> Error {
        // That is where the SDK has looked.
        let environment = Environment::of_the_process();
        if matches!(self.id, Some(UserAssignedId::ResourceId(_))) && is_app_service(environment) {
            return Error::new(
                ErrorKind::Configuration,
                format!(
                    "{NAME}: App Service and Container Apps cannot be asked by resource id; \
                     name the identity by its client id or object id"
                ),
            );
        }
        failure::of_unavailable(NAME, error)
    }
}

#[async_trait]
impl TokenSource for ManagedIdentity {
    async fn fetch(&self) -> Result<Token, Error> {
        let exchange = Exchange::over(&self.transport);
        let options = ManagedIdentityCredentialOptions {
            user_assigned_id: self.id.clone(),
            client_options: exchange.client_options(),
        };
        let credential = ManagedIdentityCredential::new(Some(options))
            .map_err(|error| self.of_construction(&error))?;
        fetch(NAME, &*credential, &self.scope, &exchange)
            .await
            .map_err(|error| match (&self.id, exchange.refusal()) {
                // Nobody named an identity, and there is none to fall back to.
                (None, Some(refusal)) if refusal.status == 400 => Error::new(
                    ErrorKind::CredentialUnavailable,
                    format!(
                        "{NAME}: there is no system-assigned identity here; \
                         enable it, or name a user-assigned one"
                    ),
                ),
                _ => error,
            })
    }
}

/// As `azure_identity` decides it.
pub(super) fn is_app_service(environment: Environment<'_>) -> bool {
    environment.is_set("IDENTITY_ENDPOINT") && environment.is_set("IDENTITY_HEADER")
}

/// An HTTP client as the SDK's own, but for proxies.
///
/// # Panics
///
/// As the SDK's own: if no TLS can be set up.
pub(super) fn transport_without_proxy() -> Transport {
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .build()
        .expect("TLS can be set up");
    Transport::new(Arc::new(client))
}
