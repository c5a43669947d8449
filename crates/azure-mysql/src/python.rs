//! The variables that Service Connector sets for the client type Python.
//!
//! | variable | meaning |
//! |---|---|
//! | `AZURE_MYSQL_HOST` | host name; required |
//! | `AZURE_MYSQL_USER` | MySQL user; required |
//! | `AZURE_MYSQL_NAME` | database |
//! | `AZURE_MYSQL_PORT` | TCP port; 3306 if not set |
//!
//! [All client types](crate#who-logs-in) have the variables of the identity and of a private CA.
//! <https://learn.microsoft.com/azure/service-connector/how-to-integrate-mysql>

use crate::{ClientType, Environment, Error, Settings, discrete_variables};

/// Reads the settings.
///
/// ```
/// use azure_mysql::{Environment, python};
///
/// let settings = python::from_environment(&Environment::from_iter([
///     ("AZURE_MYSQL_HOST", "shop.mysql.database.azure.com"),
///     ("AZURE_MYSQL_NAME", "orders"),
///     ("AZURE_MYSQL_USER", "aad_orders"),
/// ]))?;
/// assert_eq!(settings.database(), Some("orders"));
/// # Ok::<(), azure_mysql::Error>(())
/// ```
///
/// # Errors
///
/// If a variable is missing or cannot be used. The error names it.
pub fn from_environment(environment: &Environment) -> Result<Settings, Error> {
    discrete_variables::settings(ClientType::Python, environment)
}
