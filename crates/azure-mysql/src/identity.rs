use std::path::PathBuf;

use secrecy::ExposeSecret;
use token_source::SecretString;

use crate::{Error, name::Name};

/// As whom to ask for a token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Identity {
    /// The managed identity that belongs only to this resource.
    SystemAssigned,
    /// A managed identity that several resources may share.
    UserAssigned {
        /// Its client id, a GUID.
        client_id: String,
    },
    /// A service principal with a secret.
    ServicePrincipal {
        /// The tenant (directory) id, a GUID, or a domain name of the tenant.
        tenant_id: String,
        /// The application's client id, a GUID.
        client_id: String,
        /// The secret's value.
        client_secret: SecretString,
    },
    /// A service account of Kubernetes that Microsoft Entra trusts, as on AKS.
    WorkloadIdentity {
        /// The tenant (directory) id, a GUID, or a domain name of the tenant.
        tenant_id: String,
        /// The client id of the application or the managed identity, a GUID.
        client_id: String,
        /// The file with the service account's token. It is read at each fetch.
        token_file: PathBuf,
    },
    /// A service principal with a certificate.
    #[cfg(feature = "client-certificate")]
    ClientCertificate {
        /// The tenant (directory) id, a GUID, or a domain name of the tenant.
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

    pub(crate) fn client_secret(&self) -> Option<&str> {
        match self {
            Self::ServicePrincipal { client_secret, .. } => Some(client_secret.expose_secret()),
            _ => None,
        }
    }

    /// The path of the token or the certificate.
    fn file(&self) -> Option<&PathBuf> {
        match self {
            Self::WorkloadIdentity { token_file, .. } => Some(token_file),
            #[cfg(feature = "client-certificate")]
            Self::ClientCertificate { file, .. } => Some(file),
            _ => None,
        }
    }

    pub(crate) fn checked_client_id(name: &Name, id: impl Into<String>) -> Result<String, Error> {
        let problem = "is not a GUID; expected the client id (application id) of the identity";
        let id = Some(id.into()).filter(|id| Self::is_guid(id));
        id.ok_or_else(|| Error::invalid(name, problem))
    }

    pub(crate) fn checked_tenant_id(name: &Name, id: impl Into<String>) -> Result<String, Error> {
        let problem =
            "is neither a GUID nor a domain name; expected the id of the identity's tenant";
        let id = Some(id.into()).filter(|id| Self::is_guid(id) || is_domain(id));
        id.ok_or_else(|| Error::invalid(name, problem))
    }

    pub(crate) fn is_guid(text: &str) -> bool {
        let groups = text.split('-');
        groups.clone().map(str::len).eq([8, 4, 4, 4, 12])
            && groups.flat_map(str::chars).all(|c| c.is_ascii_hexdigit())
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.kind() == other.kind()
            && self.client_id() == other.client_id()
            && self.tenant_id() == other.tenant_id()
            && self.client_secret() == other.client_secret()
            && self.file() == other.file()
    }
}

impl Eq for Identity {}

/// At least two labels, such as `contoso.com`: Entra knows a tenant by its domains too.
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    text.contains('.') && text.split('.').all(is_label)
}
