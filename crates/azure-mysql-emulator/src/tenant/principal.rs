use aad_auth::{Account, AccountKind};
use uuid::Uuid;

use crate::redacted::Redacted;

/// The public client id of the Azure CLI, with which most people get their tokens.
const AZURE_CLI_CLIENT_ID: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

/// The domain of the emulator's tenant, with which guests' names end.
const TENANT_DOMAIN: &str = "emulator.onmicrosoft.com";

/// An identity of the emulator's tenant: a managed identity, a service principal, a user or a guest.
///
/// Client id and object id are random GUIDs unless set, so two starts never share them by
/// accident.
#[derive(Clone, Debug)]
pub struct Principal {
    pub(crate) kind: PrincipalKind,
    name: String,
    alias: Option<String>,
    client_id: String,
    object_id: String,
}

#[derive(Clone, Debug)]
pub(crate) enum PrincipalKind {
    SystemAssigned { resource_id: String },
    UserAssigned { resource_id: String },
    ServicePrincipal { client_secret: Redacted },
    CertificateServicePrincipal,
    WorkloadIdentity { subject: String },
    User,
    Guest { email: String },
}

impl Principal {
    /// The managed identity of the host itself, which programs get if they name no identity.
    ///
    /// `name` is the MySQL user name, any alias such as `aad_conn`.
    pub fn system_assigned(name: impl Into<String>) -> Self {
        let name = name.into();
        let resource_id = resource_id("Microsoft.Web/sites", &name);
        Self::new(name, PrincipalKind::SystemAssigned { resource_id })
    }

    /// A managed identity that is assigned to the host, which programs name by client id, object id
    /// or resource id.
    ///
    /// `name` is the MySQL user name, any alias such as `aad_conn`.
    pub fn user_assigned(name: impl Into<String>) -> Self {
        let name = name.into();
        let resource_id = resource_id("Microsoft.ManagedIdentity/userAssignedIdentities", &name);
        Self::new(name, PrincipalKind::UserAssigned { resource_id })
    }

    /// An application that authenticates at the Entra token endpoint with `client_secret`.
    ///
    /// `name` is the MySQL user name, any alias such as `aad_conn`.
    pub fn service_principal(name: impl Into<String>, client_secret: impl Into<String>) -> Self {
        let client_secret = Redacted(client_secret.into());
        Self::new(
            name.into(),
            PrincipalKind::ServicePrincipal { client_secret },
        )
    }

    /// An application that authenticates at the Entra token endpoint with a certificate.
    ///
    /// The emulator creates the certificate and its key when it starts:
    /// [`Emulator::client_certificate`](crate::Emulator::client_certificate).
    /// `name` is the MySQL user name, any alias such as `aad_conn`.
    pub fn service_principal_with_certificate(name: impl Into<String>) -> Self {
        Self::new(name.into(), PrincipalKind::CertificateServicePrincipal)
    }

    /// An application whose federated credential trusts a service account of a Kubernetes cluster,
    /// as on AKS with
    /// [workload identity](https://learn.microsoft.com/azure/aks/workload-identity-overview).
    ///
    /// The credential's issuer is the emulator's own cluster, its subject the service account
    /// `name` in the namespace `default`, its audience `api://AzureADTokenExchange`. The emulator
    /// writes the service account's token into a file when it starts:
    /// [`Emulator::identity_environment`](crate::Emulator::identity_environment). `name` is also the MySQL
    /// user name.
    pub fn workload_identity(name: impl Into<String>) -> Self {
        let name = name.into();
        let subject = format!("system:serviceaccount:default:{name}");
        Self::new(name, PrincipalKind::WorkloadIdentity { subject })
    }

    /// A person. No endpoint issues their tokens; [`Emulator::token_for`] and
    /// [`Emulator::azure_cli`] do.
    ///
    /// `name` is the user principal name, for instance `ada@example.com`, and the MySQL user
    /// name. The client id is that of the program that requested the token, by default the Azure
    /// CLI.
    ///
    /// [`Emulator::token_for`]: crate::Emulator::token_for
    /// [`Emulator::azure_cli`]: crate::Emulator::azure_cli
    pub fn user(name: impl Into<String>) -> Self {
        Self::new(name.into(), PrincipalKind::User).with_client_id(AZURE_CLI_CLIENT_ID)
    }

    /// A person from outside the tenant, who signs in with a personal Microsoft account.
    ///
    /// A guest's user principal name is derived from `email`: `ada@outlook.com` becomes
    /// `ada_outlook.com#EXT#@emulator.onmicrosoft.com`, which is longer than a MySQL user name may
    /// be. So a guest needs an [alias](Self::with_alias). Its tokens have no `upn`; `idp` is
    /// `live.com`, and `unique_name` is `live.com#` followed by the address.
    pub fn guest(email: impl Into<String>) -> Self {
        let email = email.into();
        let name = format!("{}#EXT#@{TENANT_DOMAIN}", email.replace('@', "_"));
        Self::new(name, PrincipalKind::Guest { email }).with_client_id(AZURE_CLI_CLIENT_ID)
    }

    fn new(name: String, kind: PrincipalKind) -> Self {
        Self {
            kind,
            name,
            alias: None,
            client_id: random_guid(),
            object_id: random_guid(),
        }
    }

    /// Sets the MySQL user name, as `CREATE AADUSER 'name' AS 'alias'` does: needed if the name is
    /// longer than the 32 characters that MySQL allows.
    #[must_use]
    pub fn with_alias(mut self, alias: impl Into<String>) -> Self {
        self.alias = Some(alias.into());
        self
    }

    /// Sets the client id (application id), a GUID.
    #[must_use]
    pub fn with_client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = client_id.into();
        self
    }

    /// Sets the object id, a GUID. Azure also calls it principal id.
    #[must_use]
    pub fn with_object_id(mut self, object_id: impl Into<String>) -> Self {
        self.object_id = object_id.into();
        self
    }

    /// The name: for users and guests the user principal name in Entra, for all others the MySQL user
    /// name unless there is an alias.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The MySQL user name: the alias, or else the name.
    pub fn mysql_user(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }

    /// The client id: the token's `appid` claim.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The object id: the token's `oid` claim.
    pub fn object_id(&self) -> &str {
        &self.object_id
    }

    /// The client secret; `None` unless this is a service principal with one.
    pub fn client_secret(&self) -> Option<&str> {
        match &self.kind {
            PrincipalKind::ServicePrincipal { client_secret } => Some(&client_secret.0),
            _ => None,
        }
    }

    /// The Azure resource id: the token's `xms_mirid` claim. `None` unless this is a managed
    /// identity.
    pub fn resource_id(&self) -> Option<&str> {
        match &self.kind {
            PrincipalKind::SystemAssigned { resource_id }
            | PrincipalKind::UserAssigned { resource_id } => Some(resource_id),
            _ => None,
        }
    }

    /// The service account that the federated credential trusts; `None` unless this is a workload
    /// identity.
    pub(crate) fn federated_subject(&self) -> Option<&str> {
        match &self.kind {
            PrincipalKind::WorkloadIdentity { subject } => Some(subject),
            _ => None,
        }
    }

    /// Whether this is a managed identity that programs have to name.
    pub(crate) fn is_user_assigned(&self) -> bool {
        matches!(self.kind, PrincipalKind::UserAssigned { .. })
    }

    /// Whether this is a user or a guest.
    pub(crate) fn is_person(&self) -> bool {
        matches!(self.kind, PrincipalKind::User | PrincipalKind::Guest { .. })
    }

    /// The account's authentication string in MySQL: `AADSP:<client id>:upn:<MySQL user>` for managed
    /// identities and service principals, `AADUser:<object id>:upn:<name>` for users and guests.
    pub fn account(&self) -> Account {
        if self.is_person() {
            Account::new(AccountKind::User, &self.object_id, &self.name)
        } else {
            let kind = AccountKind::ServicePrincipal;
            Account::new(kind, &self.client_id, self.mysql_user())
        }
    }
}

fn resource_id(provider: &str, name: &str) -> String {
    let subscription = random_guid();
    format!("/subscriptions/{subscription}/resourcegroups/emulator/providers/{provider}/{name}")
}

pub(crate) fn random_guid() -> String {
    Uuid::new_v4().to_string()
}

/// Ids are GUIDs, or paths of resources: in neither does case matter.
pub(crate) fn same_id(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}
