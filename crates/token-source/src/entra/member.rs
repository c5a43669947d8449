use std::fmt;

use super::{
    AzureCli, AzureDeveloperCli, ClientSecret, ManagedIdentity, WorkloadIdentity,
    environment::Environment,
};
use crate::{Cloud, Error, ErrorKind, TokenSource};

const ENVIRONMENT: &str = "environment";
const SECRET: &str = "AZURE_CLIENT_SECRET";
const CERTIFICATE: &str = "AZURE_CLIENT_CERTIFICATE_PATH";

/// A credential that a [`Chain`](super::Chain) tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Member {
    /// A service principal: `AZURE_TENANT_ID` and `AZURE_CLIENT_ID` with `AZURE_CLIENT_SECRET`, or
    /// else with `AZURE_CLIENT_CERTIFICATE_PATH`, a PEM file with certificate and key (feature
    /// `client-certificate`).
    Environment,
    /// [`WorkloadIdentity`], if `AZURE_FEDERATED_TOKEN_FILE` is set.
    WorkloadIdentity,
    /// [`ManagedIdentity`]: the user-assigned one that `AZURE_CLIENT_ID` names by its client id, or
    /// the system-assigned one if the variable is not set.
    ManagedIdentity,
    /// [`AzureCli`].
    AzureCli,
    /// [`AzureDeveloperCli`].
    AzureDeveloperCli,
}

impl Member {
    /// The order of the chain unless told otherwise: what was set up for this program alone, then
    /// what its machine has, then what the person at it has.
    pub(super) const ALL: [Self; 5] = [
        Self::Environment,
        Self::WorkloadIdentity,
        Self::ManagedIdentity,
        Self::AzureCli,
        Self::AzureDeveloperCli,
    ];

    /// The source, or why there is none.
    pub(super) fn source(
        self,
        cloud: &Cloud,
        environment: Environment<'_>,
    ) -> Result<Box<dyn TokenSource>, Error> {
        Ok(match self {
            Self::Environment => return service_principal(cloud, environment),
            Self::WorkloadIdentity => Box::new(WorkloadIdentity::read(cloud, environment)?),
            Self::ManagedIdentity => Box::new(match environment.variable("AZURE_CLIENT_ID") {
                Some(client_id) => ManagedIdentity::user_assigned(cloud, client_id),
                None => ManagedIdentity::system_assigned(cloud),
            }),
            Self::AzureCli => Box::new(AzureCli::new(cloud)),
            Self::AzureDeveloperCli => Box::new(AzureDeveloperCli::new(cloud)),
        })
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => ENVIRONMENT,
            Self::WorkloadIdentity => "workload identity",
            Self::ManagedIdentity => "managed identity",
            Self::AzureCli => "Azure CLI",
            Self::AzureDeveloperCli => "Azure Developer CLI",
        })
    }
}

fn service_principal(
    cloud: &Cloud,
    environment: Environment<'_>,
) -> Result<Box<dyn TokenSource>, Error> {
    if let Some(secret) = environment.variable(SECRET) {
        let (tenant_id, client_id) = environment.tenant_and_client(ENVIRONMENT, SECRET)?;
        return Ok(Box::new(ClientSecret::new(
            cloud, tenant_id, client_id, secret,
        )));
    }
    #[cfg(feature = "client-certificate")]
    if let Some(path) = environment.variable(CERTIFICATE) {
        let (tenant_id, client_id) = environment.tenant_and_client(ENVIRONMENT, CERTIFICATE)?;
        return Ok(Box::new(super::ClientCertificate::from_files(
            cloud,
            tenant_id,
            client_id,
            [path],
        )));
    }
    #[cfg(not(feature = "client-certificate"))]
    if environment.variable(CERTIFICATE).is_some() {
        return Err(Error::new(
            ErrorKind::Configuration,
            format!(
                "{ENVIRONMENT}: {CERTIFICATE} is set, and this program was built without \
                 certificates; build token-source with the feature client-certificate"
            ),
        ));
    }
    Err(Error::new(
        ErrorKind::CredentialUnavailable,
        format!(
            "{ENVIRONMENT}: neither {SECRET} nor {CERTIFICATE} is set; set one, with AZURE_TENANT_ID \
             and AZURE_CLIENT_ID"
        ),
    ))
}
