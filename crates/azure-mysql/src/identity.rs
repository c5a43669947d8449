use std::path::PathBuf;

use token_source::SecretString;

/// As whom to ask for a token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Identity {
    /// The managed identity that belongs to this resource alone.
    SystemAssigned,
    /// A managed identity that several resources may share.
    UserAssigned {
        /// Its client id, a GUID.
        client_id: String,
    },
    /// A service principal with a secret.
    ServicePrincipal {
        /// The tenant (directory) id, a GUID.
        tenant_id: String,
        /// The application's client id, a GUID.
        client_id: String,
        /// The secret's value.
        client_secret: SecretString,
    },
    /// A service account of Kubernetes that Microsoft Entra trusts, as on AKS.
    WorkloadIdentity {
        /// The tenant (directory) id, a GUID.
        tenant_id: String,
        /// The client id of the application or the managed identity, a GUID.
        client_id: String,
        /// The file with the service account's token. It is read at each fetch.
        token_file: PathBuf,
    },
    /// A service principal with a certificate.
    #[cfg(feature = "client-certificate")]
    ClientCertificate {
        /// The tenant (directory) id, a GUID.
        tenant_id: String,
        /// The application's client id, a GUID.
        client_id: String,
        /// The PEM file with the certificate and its private key. It is read at each fetch.
        file: PathBuf,
    },
}

impl Identity {
    /// What it is, in one word: `system_assigned`, `user_assigned`, `service_principal`,
    /// `workload_identity` or `client_certificate`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::SystemAssigned => "system_assigned",
            Self::UserAssigned { .. } => "user_assigned",
            Self::ServicePrincipal { .. } => "service_principal",
            Self::WorkloadIdentity { .. } => "workload_identity",
            #[cfg(feature = "client-certificate")]
            Self::ClientCertificate { .. } => "client_certificate",
        }
    }

    /// The client id, if it is known: that of a system-assigned identity is not.
    pub fn client_id(&self) -> Option<&str> {
        match self {
            Self::SystemAssigned => None,
            Self::UserAssigned { client_id }
            | Self::ServicePrincipal { client_id, .. }
            | Self::WorkloadIdentity { client_id, .. } => Some(client_id),
            #[cfg(feature = "client-certificate")]
            Self::ClientCertificate { client_id, .. } => Some(client_id),
        }
    }

    /// The tenant id, if it is known: managed identities need none.
    pub fn tenant_id(&self) -> Option<&str> {
        match self {
            Self::SystemAssigned | Self::UserAssigned { .. } => None,
            Self::ServicePrincipal { tenant_id, .. } | Self::WorkloadIdentity { tenant_id, .. } => {
                Some(tenant_id)
            }
            #[cfg(feature = "client-certificate")]
            Self::ClientCertificate { tenant_id, .. } => Some(tenant_id),
        }
    }
}
