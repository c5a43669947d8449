use std::fmt;

/// A kind of Microsoft Entra credential: what a [`Chain`](crate::entra::Chain) tries, and which one an
/// [`Error`](crate::Error) is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CredentialKind {
    /// A service principal from environment variables: [`ClientSecret`](Self::ClientSecret), or else
    /// [`ClientCertificate`](Self::ClientCertificate).
    Environment,
    /// [`ClientSecret`](crate::entra::ClientSecret). In a chain: `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`
    /// and `AZURE_CLIENT_SECRET`.
    ClientSecret,
    /// A client certificate (feature `client-certificate`). In a chain: `AZURE_TENANT_ID`,
    /// `AZURE_CLIENT_ID` and `AZURE_CLIENT_CERTIFICATE_PATH`, a PEM file with certificate and key.
    ClientCertificate,
    /// [`WorkloadIdentity`](crate::entra::WorkloadIdentity). In a chain: if
    /// `AZURE_FEDERATED_TOKEN_FILE` is set.
    WorkloadIdentity,
    /// [`ManagedIdentity`](crate::entra::ManagedIdentity). In a chain: the user-assigned one whose
    /// client id is in `AZURE_CLIENT_ID`, or the system-assigned one if the variable is not set.
    ManagedIdentity,
    /// [`AzureCli`](crate::entra::AzureCli).
    AzureCli,
    /// [`AzureDeveloperCli`](crate::entra::AzureDeveloperCli).
    AzureDeveloperCli,
}

impl CredentialKind {
    /// The default order of a chain: what was set up for this program, then what its machine has, then
    /// who is logged in to a developer tool.
    pub const DEFAULT_ORDER: [Self; 5] = [
        Self::Environment,
        Self::WorkloadIdentity,
        Self::ManagedIdentity,
        Self::AzureCli,
        Self::AzureDeveloperCli,
    ];
}

impl fmt::Display for CredentialKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => "environment",
            Self::ClientSecret => "client secret",
            Self::ClientCertificate => "client certificate",
            Self::WorkloadIdentity => "workload identity",
            Self::ManagedIdentity => "managed identity",
            Self::AzureCli => "Azure CLI",
            Self::AzureDeveloperCli => "Azure Developer CLI",
        })
    }
}
