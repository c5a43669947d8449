use std::path::PathBuf;

use async_trait::async_trait;
use azure_identity::{
    ClientAssertionCredentialOptions, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};

use super::{environment::Environment, sdk::Application};
use crate::{Cloud, Error, ErrorKind, Token, TokenSource, credential_kind::CredentialKind};

const KIND: CredentialKind = CredentialKind::WorkloadIdentity;
const TOKEN_FILE: &str = "AZURE_FEDERATED_TOKEN_FILE";

/// A Kubernetes service account that Microsoft Entra trusts, as on AKS: its token, in a file, replaces a
/// secret.
///
/// The file is read at each fetch, because Kubernetes replaces it about every hour. Any other file with
/// a token that a federated credential trusts works too. See
/// <https://learn.microsoft.com/azure/aks/workload-identity-overview>.
#[derive(Debug)]
pub struct WorkloadIdentity {
    application: Application,
    token_file: PathBuf,
}

impl WorkloadIdentity {
    /// Tokens for `scope` as the application or managed identity `client_id` of the tenant `tenant_id`
    /// (GUIDs), with the service account's token in `token_file`.
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up.
    pub fn new(
        cloud: &Cloud,
        scope: impl Into<String>,
        tenant_id: impl Into<String>,
        client_id: impl Into<String>,
        token_file: impl Into<PathBuf>,
    ) -> Self {
        Self {
            application: Application::new(cloud, scope, tenant_id, client_id),
            token_file: token_file.into(),
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
    pub fn from_env(cloud: &Cloud, scope: impl Into<String>) -> Result<Self, Error> {
        Self::read(cloud, scope, Environment::process())
    }

    /// The same with the variables that `variable` returns by name, in place of this process's.
    ///
    /// # Errors
    ///
    /// As [`from_env`](Self::from_env).
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up.
    pub fn from_variables(
        cloud: &Cloud,
        scope: impl Into<String>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        Self::read(cloud, scope, Environment(&variable))
    }

    pub(super) fn read(
        cloud: &Cloud,
        scope: impl Into<String>,
        environment: Environment<'_>,
    ) -> Result<Self, Error> {
        let token_file = environment.variable(TOKEN_FILE).ok_or_else(|| {
            Error::of(
                KIND,
                ErrorKind::CredentialUnavailable,
                format!(
                    "{TOKEN_FILE} is not set; on AKS, label the pod \
                     azure.workload.identity/use: \"true\""
                ),
            )
        })?;
        let (tenant_id, client_id) = environment.tenant_and_client(KIND, TOKEN_FILE)?;
        Ok(Self::new(cloud, scope, tenant_id, client_id, token_file))
    }
}

#[async_trait]
impl TokenSource for WorkloadIdentity {
    async fn fetch(&self) -> Result<Token, Error> {
        let credential = |client_options| {
            WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
                credential_options: ClientAssertionCredentialOptions { client_options },
                client_id: Some(self.application.client_id.clone()),
                tenant_id: Some(self.application.tenant_id.clone()),
                token_file_path: Some(self.token_file.clone()),
            }))
        };
        self.application.fetch(KIND, credential).await
    }
}
