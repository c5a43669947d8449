//! The variables that Service Connector sets for the client type Ruby.
//!
//! | variable | meaning |
//! |---|---|
//! | `AZURE_MYSQL_HOST` | host name; required |
//! | `AZURE_MYSQL_USERNAME` | MySQL user; required |
//! | `AZURE_MYSQL_DATABASE` | database |
//! | `AZURE_MYSQL_PORT` | TCP port; 3306 if not set |
//! | `AZURE_MYSQL_SSLMODE` | `required`; a mode weaker than verified TLS is refused |
//!
//! [All client types](crate#who-logs-in) have the variables of the identity and of a private CA.
//! <https://learn.microsoft.com/azure/service-connector/how-to-integrate-mysql>

use crate::{ClientType, Environment, Error, Settings, discrete_variables};

/// Reads the settings.
///
/// # Errors
///
/// If a variable is missing or cannot be used. The error names it.
pub fn from_environment(environment: &Environment) -> Result<Settings, Error> {
    discrete_variables::settings(ClientType::Ruby, environment)
}
