//! The zones of the page, and who logs in there.

use std::{fmt, str::FromStr};

use anyhow::bail;
use azure_mysql_emulator::Principal;

/// A zone of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zone {
    UserIdentity,
    SystemIdentity,
    ServicePrincipal,
}

impl Zone {
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

    /// Who logs in.
    pub(crate) fn principal(self) -> Principal {
        let name = self.user();
        match self {
            Self::UserIdentity => Principal::user_assigned(name),
            Self::SystemIdentity => Principal::system_assigned(name),
            Self::ServicePrincipal => Principal::service_principal(name, "demo-client-secret"),
        }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Zone {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> anyhow::Result<Self> {
        let Some(zone) = Self::ALL.into_iter().find(|zone| zone.name() == name) else {
            let names = Self::ALL.map(Self::name).join(", ");
            bail!("`{name}` is no zone: use one of {names}");
        };
        Ok(zone)
    }
}
