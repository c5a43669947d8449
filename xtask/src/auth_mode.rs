//! How a program authenticates: the zones of Service Connector's page, and who logs in there.

use std::{fmt, str::FromStr};

use anyhow::bail;
use azure_mysql_emulator::Principal;
use test_servers::{ServerKind, TestEnv};

/// A zone of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthMode {
    UserIdentity,
    SystemIdentity,
    ServicePrincipal,
}

impl AuthMode {
    pub(crate) const ALL: [Self; 3] = [
        Self::UserIdentity,
        Self::SystemIdentity,
        Self::ServicePrincipal,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::UserIdentity => "user_identity",
            Self::SystemIdentity => "system_identity",
            Self::ServicePrincipal => "service_principal",
        }
    }

    /// The MySQL user. Service Connector calls its users `aad_` and the connection's name.
    pub(crate) fn user(self) -> String {
        format!("aad_{}", self.name())
    }

    /// A test environment with a principal for each mode.
    pub(crate) async fn start_env(server: ServerKind) -> anyhow::Result<TestEnv> {
        let principals = Self::ALL.map(Self::new_principal);
        let env = TestEnv::builder(server).principals(principals);
        Ok(env.start().await?)
    }

    /// Who logs in to such an environment.
    pub(crate) fn principal(self, env: &TestEnv) -> &Principal {
        &env.principals()[self as usize]
    }

    /// Somebody new for this mode.
    pub(crate) fn new_principal(self) -> Principal {
        let name = self.user();
        match self {
            Self::UserIdentity => Principal::user_assigned(name),
            Self::SystemIdentity => Principal::system_assigned(name),
            Self::ServicePrincipal => Principal::service_principal(name, "demo-client-secret"),
        }
    }
}

impl fmt::Display for AuthMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for AuthMode {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> anyhow::Result<Self> {
        let Some(mode) = Self::ALL.into_iter().find(|mode| mode.name() == name) else {
            let names = Self::ALL.map(Self::name).join(", ");
            bail!("`{name}` is no zone: use one of {names}");
        };
        Ok(mode)
    }
}
