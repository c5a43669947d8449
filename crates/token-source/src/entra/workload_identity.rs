use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use azure_core::{cloud::CloudConfiguration, http::Transport};
use azure_identity::{
    ClientAssertionCredentialOptions, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};

use super::{
    environment::Environment,
    exchange::Exchange,
    failure,
    request::{authority, fetch, new_transport},
};
use crate::{Cloud, Error, ErrorKind, Token, TokenSource};

const NAME: &str = "workload identity";
const TOKEN_FILE: &str = "AZURE_FEDERATED_TOKEN_FILE";

/// A service account of Kubernetes that Microsoft Entra trusts, as on AKS: its token, in a file,
/// takes the place of a secret.
///
/// The file is read again at each fetch, because Kubernetes replaces it about every hour. Any other
/// file with a token that a federated credential trusts does as well. See
/// <https://learn.microsoft.com/azure/aks/workload-identity-overview>.
#[derive(Debug)]
pub struct WorkloadIdentity {
    tenant_id: String,
    client_id: String,
    token_file: PathBuf,
    scope: String,
    authority: Arc<CloudConfiguration>,
    transport: Transport,
}

impl WorkloadIdentity {
    /// The application or managed identity `client_id` of the tenant `tenant_id` (GUIDs), with the
    /// service account's token in `token_file`.
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up.
    pub fn new(
        cloud: &Cloud,
        tenant_id: impl Into<String>,
        client_id: impl Into<String>,
        token_file: impl Into<PathBuf>,
    ) -> Self {
        Self {
            tenant_id: tenant_id.into(),
            client_id: client_id.into(),
            token_file: token_file.into(),
            scope: cloud.database_scope(),
            authority: authority(cloud),
            transport: new_transport(),
        }
    }

    /// What the cluster's webhook put into the environment of the pod: `AZURE_TENANT_ID`,
    /// `AZURE_CLIENT_ID` and `AZURE_FEDERATED_TOKEN_FILE`.
    ///
    /// # Errors
    ///
    /// When one of them is not set: [`ErrorKind::CredentialUnavailable`] without the file, and
    /// [`ErrorKind::Configuration`] if an id is missing beside it.
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up.
    pub fn from_env(cloud: &Cloud) -> Result<Self, Error> {
        Self::read(cloud, Environment::of_the_process())
    }

    pub(super) fn read(cloud: &Cloud, environment: Environment<'_>) -> Result<Self, Error> {
        let token_file = environment.variable(TOKEN_FILE).ok_or_else(|| {
            Error::new(
                ErrorKind::CredentialUnavailable,
                format!(
                    "{NAME}: {TOKEN_FILE} is not set; on AKS, \
                     label the pod azure.workload.identity/use: \"true\""
                ),
            )
        })?;
        let (tenant_id, client_id) = environment.tenant_and_client(NAME, TOKEN_FILE)?;
        Ok(Self::new(cloud, tenant_id, client_id, token_file))
    }
}

#[async_trait]
impl TokenSource for WorkloadIdentity {
    async fn fetch(&self) -> Result<Token, Error> {
        let exchange = Exchange::over(&self.transport);
        let options = WorkloadIdentityCredentialOptions {
            credential_options: ClientAssertionCredentialOptions {
                client_options: exchange.client_options_at(&self.authority),
            },
            client_id: Some(self.client_id.clone()),
            tenant_id: Some(self.tenant_id.clone()),
            token_file_path: Some(self.token_file.clone()),
        };
        let credential = WorkloadIdentityCredential::new(Some(options))
            .map_err(|error| failure::of_construction(NAME, &error))?;
        fetch(NAME, &*credential, &self.scope, &exchange).await
    }
}
