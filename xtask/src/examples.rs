//! The examples: which tab and zone of the page each one mirrors, and as whom it logs in.

use azure_mysql_emulator::Principal;

/// A zone of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zone {
    UserIdentity,
    SystemIdentity,
    ServicePrincipal,
}

pub(crate) struct Example {
    pub(crate) tab: &'static str,
    pub(crate) zone: Zone,
    pub(crate) adapter: &'static str,
    pub(crate) package: &'static str,
    pub(crate) binary: &'static str,
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

pub(crate) const EXAMPLES: [Example; 3] = [
    python(Zone::UserIdentity, "python-user-identity"),
    python(Zone::SystemIdentity, "python-system-identity"),
    python(Zone::ServicePrincipal, "python-service-principal"),
];

const fn python(zone: Zone, binary: &'static str) -> Example {
    Example {
        tab: "python",
        zone,
        adapter: "mysql_async",
        package: "example-python",
        binary,
    }
}
