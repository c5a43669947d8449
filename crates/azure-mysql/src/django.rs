//! The variables that Service Connector sets for the client type Django, and Django's own shape for
//! them.
//!
//! The variables are those of [`python`](crate::python).
//! <https://learn.microsoft.com/azure/service-connector/how-to-integrate-mysql>
//!
//! [`Database`] is what a Django project writes as `DATABASES['default']`: in code, or in a file of
//! any format that serde reads. The token is not part of it.

mod database;

use crate::{ClientType, Environment, Error, Settings, discrete_variables};

pub use database::{Database, OptionValue};

/// Reads the settings.
///
/// ```
/// use azure_mysql::{ClientType, Environment, django};
///
/// let settings = django::from_environment(&Environment::from_iter([
///     ("AZURE_MYSQL_HOST", "shop.mysql.database.azure.com"),
///     ("AZURE_MYSQL_NAME", "orders"),
///     ("AZURE_MYSQL_USER", "aad_orders"),
/// ]))?;
/// assert_eq!(settings.client_type(), Some(ClientType::Django));
/// # Ok::<(), azure_mysql::Error>(())
/// ```
///
/// # Errors
///
/// If a variable is missing or cannot be used. The error names it.
pub fn from_environment(environment: &Environment) -> Result<Settings, Error> {
    discrete_variables::settings(ClientType::Django, environment)
}
