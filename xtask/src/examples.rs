//! The examples: which tab and zone of the page each one mirrors.

use azure_mysql::ClientType;

use crate::zone::Zone;

pub(crate) struct Example {
    pub(crate) tab: ClientType,
    pub(crate) zone: Zone,
    pub(crate) adapter: &'static str,
    pub(crate) package: &'static str,
    pub(crate) binary: &'static str,
}

pub(crate) const EXAMPLES: [Example; 3] = [
    python(Zone::UserIdentity, "python-user-identity"),
    python(Zone::SystemIdentity, "python-system-identity"),
    python(Zone::ServicePrincipal, "python-service-principal"),
];

const fn python(zone: Zone, binary: &'static str) -> Example {
    Example {
        tab: ClientType::Python,
        zone,
        adapter: "mysql_async",
        package: "example-python",
        binary,
    }
}
