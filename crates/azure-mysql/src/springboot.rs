//! The properties that Service Connector sets for the client type Spring Boot.
//!
//! | property | meaning |
//! |---|---|
//! | `spring.datasource.url` | a JDBC URL, as for [`java`](crate::java); required |
//! | `spring.datasource.username` | MySQL user; required unless the URL contains it |
//! | `spring.datasource.azure.passwordless-enabled` | `true`; `false` is refused |
//! | `spring.datasource.password` | refused |
//! | `spring.cloud.azure.credential.client-id` | client id of a user-assigned identity or of a service principal |
//! | `spring.cloud.azure.credential.client-secret`, `spring.cloud.azure.credential.tenant-id` | the rest of a service principal |
//! | `spring.cloud.azure.profile.tenant-id` | the tenant id, as Spring Cloud Azure calls it |
//! | `spring.cloud.azure.credential.managed-identity-enabled`, `spring.cloud.azure.credential.client-managed-identity-enabled` | `true` or `false` |
//!
//! A private CA and an authority are set as for [all client types](crate#who-logs-in).
//! <https://learn.microsoft.com/azure/service-connector/how-to-integrate-mysql>
//!
//! An environment variable may spell a property as Spring reads it:
//! [`spring.datasource.url`, `SPRING_DATASOURCE_URL` or `spring_datasource_url`, with or without the
//! dashes](https://docs.spring.io/spring-boot/reference/features/external-config.html#features.external-config.typesafe-configuration-properties.relaxed-binding).
//! `${NAME}` and `${NAME:default}` in a value stand for another property or variable.
//!
//! With the feature `spring-files`, `from_properties` and `from_yaml` read an
//! `application.properties` and an `application.yml` too.

#[cfg(feature = "spring-files")]
mod files;
mod properties;
mod reader;

use crate::{Environment, Error, Settings, common, name::Name, raw::RawSettings};
use properties::Properties;

#[cfg(feature = "spring-files")]
pub use files::{from_properties, from_yaml};
pub(crate) use reader::URL;

/// Reads the settings.
///
/// ```
/// use azure_mysql::{Environment, Identity, springboot};
///
/// let settings = springboot::from_environment(&Environment::from_iter([
///     ("SPRING_DATASOURCE_URL", "jdbc:mysql://shop.mysql.database.azure.com:3306/orders?sslmode=required"),
///     ("SPRING_DATASOURCE_USERNAME", "aad_orders"),
///     ("SPRING_DATASOURCE_AZURE_PASSWORDLESS_ENABLED", "true"),
///     ("SPRING_CLOUD_AZURE_CREDENTIAL_CLIENT_ID", "11111111-1111-4111-8111-111111111111"),
/// ]))?;
/// assert_eq!(settings.database(), Some("orders"));
/// assert!(matches!(settings.identity(), Identity::UserAssigned { .. }));
/// # Ok::<(), azure_mysql::Error>(())
/// ```
///
/// # Errors
///
/// If a property is missing or cannot be used. The error names it.
pub fn from_environment(environment: &Environment) -> Result<Settings, Error> {
    common::build(read_environment(environment), environment)
}

pub(crate) fn read_environment(environment: &Environment) -> Result<RawSettings, Error> {
    reader::read(&Properties::of(environment))
}

/// What the URL is called here, if it is set.
pub(crate) fn name_of_url(environment: &Environment) -> Result<Option<Name>, Error> {
    let properties = Properties::of(environment);
    Ok(properties.raw(URL)?.map(|url| url.name))
}
