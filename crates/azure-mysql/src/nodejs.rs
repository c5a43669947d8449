//! The variables that Service Connector sets for the client type Node.js.
//!
//! | variable | meaning |
//! |---|---|
//! | `AZURE_MYSQL_HOST` | host name; needed |
//! | `AZURE_MYSQL_USER` | MySQL user; needed |
//! | `AZURE_MYSQL_DATABASE` | database |
//! | `AZURE_MYSQL_PORT` | TCP port; 3306 if not set |
//! | `AZURE_MYSQL_SSL` | `true`; a word for less than verified TLS is refused |
//! | `AZURE_MYSQL_CLIENTID` | client id of a user-assigned identity or of a service principal |
//! | `AZURE_MYSQL_CLIENTSECRET`, `AZURE_MYSQL_TENANTID` | the rest of a service principal |
//! | `AZURE_MYSQL_SSL_CA` | PEM file of a private CA, trusted instead of the bundled roots and, [where the driver can](crate::Trust::private_ca), of the web roots |
//! | `AZURE_AUTHORITY_HOST` | where identities log in, if not where the cloud says |
//!
//! The last two are not Service Connector's own.
//! <https://learn.microsoft.com/azure/service-connector/how-to-integrate-mysql>

use crate::{
    ClientType, Environment, Error, Settings,
    split::{self, Spelling},
    variables::{DATABASE, SSL, USER},
};

pub(crate) const SPELLING: Spelling<'_> = Spelling {
    user: USER,
    database: DATABASE,
    tls: &[SSL],
};

/// Reads the settings.
///
/// ```
/// use azure_mysql::{Environment, Identity, nodejs};
///
/// let settings = nodejs::from_environment(&Environment::from_iter([
///     ("AZURE_MYSQL_HOST", "shop.mysql.database.azure.com"),
///     ("AZURE_MYSQL_DATABASE", "orders"),
///     ("AZURE_MYSQL_USER", "aad_orders"),
///     ("AZURE_MYSQL_SSL", "true"),
/// ]))?;
/// assert_eq!(settings.database(), Some("orders"));
/// assert!(matches!(settings.identity(), Identity::SystemAssigned));
/// # Ok::<(), azure_mysql::Error>(())
/// ```
///
/// # Errors
///
/// If a variable is missing or cannot be used. The error names it.
pub fn from_environment(environment: &Environment) -> Result<Settings, Error> {
    split::settings(ClientType::Nodejs, &SPELLING, environment)
}
