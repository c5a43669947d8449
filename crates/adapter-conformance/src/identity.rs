//! Whom a program can run as.

use std::{collections::BTreeMap, sync::LazyLock};

use azure_mysql::{ClientType, Settings};
use azure_mysql_emulator::{AzureCli as StandIn, Principal};
use test_servers::TestEnv;
use token_source::{
    TokenCache,
    entra::{AzureCli, Chain},
};

/// Who logs in.
#[derive(Clone, Copy)]
pub(crate) enum Identity {
    SystemAssigned,
    UserAssigned,
    ServicePrincipal,
    Certificate,
    ServiceAccount,
    AzureCli,
    /// Neither a secret nor a federated token is there; a managed identity is.
    Chain,
}

pub(crate) const ALL: [Identity; 7] = [
    Identity::SystemAssigned,
    Identity::UserAssigned,
    Identity::ServicePrincipal,
    Identity::Certificate,
    Identity::ServiceAccount,
    Identity::AzureCli,
    Identity::Chain,
];

static PRINCIPALS: LazyLock<[Principal; ALL.len()]> = LazyLock::new(|| ALL.map(Identity::somebody));

/// Everybody who logs in with a credential, and must be known to the server for that.
pub(crate) fn principals() -> &'static [Principal] {
    &*PRINCIPALS
}

impl Identity {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SystemAssigned => "system_assigned",
            Self::UserAssigned => "user_assigned",
            Self::ServicePrincipal => "service_principal",
            Self::Certificate => "certificate",
            Self::ServiceAccount => "workload_identity",
            Self::AzureCli => "azure_cli",
            Self::Chain => "chain",
        }
    }

    /// Whom the server knows as this.
    pub(crate) fn principal(self) -> &'static Principal {
        &PRINCIPALS[self as usize]
    }

    fn somebody(self) -> Principal {
        match self {
            Self::SystemAssigned => Principal::system_assigned("aad_system"),
            Self::UserAssigned => Principal::user_assigned("aad_shared"),
            Self::ServicePrincipal => Principal::service_principal("aad_secret", "s3cret"),
            Self::Certificate => Principal::service_principal_with_certificate("aad_certificate"),
            Self::ServiceAccount => Principal::workload_identity("aad_pod"),
            Self::AzureCli => Principal::user("ada@example.com"),
            Self::Chain => Principal::user_assigned("aad_chain"),
        }
    }

    /// What the program finds, and what must last until it has ended.
    pub(crate) fn environment(self, env: &TestEnv) -> (BTreeMap<String, String>, Option<StandIn>) {
        let principal = self.principal();
        let mut variables = env.environment(ClientType::Other, principal);
        let mut stand_in = None;
        match self {
            Self::AzureCli => {
                let az = env.emulator().azure_cli(principal).unwrap();
                // The rest is for the shell that the SDK runs it with.
                let path = format!("{}:/usr/bin:/bin", az.folder().display());
                variables.insert("PATH".to_owned(), path);
                stand_in = Some(az);
            }
            // The chain is told which identity as other SDKs are, and not by Service Connector.
            Self::Chain => {
                variables.remove("AZURE_MYSQL_CLIENTID");
                variables.extend(env.emulator().identity_environment(principal));
            }
            _ => {}
        }
        (variables, stand_in)
    }

    /// The settings' own cache, unless they have no words for the identity.
    pub(crate) fn tokens(self, settings: &Settings) -> TokenCache {
        match self {
            Self::AzureCli => TokenCache::new(AzureCli::new(settings.cloud().database_scope())),
            Self::Chain => TokenCache::new(Chain::new(
                settings.cloud().entra(),
                settings.cloud().database_scope(),
            )),
            _ => settings.token_cache(),
        }
    }
}
