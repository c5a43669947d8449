//! The properties that Service Connector sets for the client type Spring Boot.
//!
//! | property | meaning |
//! |---|---|
//! | `spring.datasource.url` | a JDBC URL, as for [`java`]; needed |
//! | `spring.datasource.username` | MySQL user; needed unless the URL holds it |
//! | `spring.datasource.azure.passwordless-enabled` | `true`; `false` is refused |
//! | `spring.datasource.password` | refused |
//! | `spring.cloud.azure.credential.client-id` | client id of a user-assigned identity or of a service principal |
//! | `spring.cloud.azure.credential.client-secret`, `spring.cloud.azure.credential.tenant-id` | the rest of a service principal |
//! | `spring.cloud.azure.profile.tenant-id` | the tenant id, as Spring Cloud Azure calls it |
//! | `spring.cloud.azure.credential.managed-identity-enabled`, `spring.cloud.azure.credential.client-managed-identity-enabled` | `true` or `false` |
//! | `AZURE_MYSQL_SSL_CA` | PEM file of a private CA, trusted instead of the bundled roots and, [where the driver can](crate::Trust::private_ca), of the web roots |
//! | `AZURE_AUTHORITY_HOST` | where identities log in, if not where the cloud says |
//!
//! The last two are not Service Connector's own.
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

use crate::{
    ClientType, Environment, Error, Settings, checks, every_client,
    inference::{Credential, EXPECTED_CLIENT_ID, EXPECTED_SECRET, EXPECTED_TENANT_ID, Part},
    java, mistakes,
    name::Name,
};
use properties::{Properties, Property};

#[cfg(feature = "spring-files")]
pub use files::{from_properties, from_yaml};

pub(crate) const URL: &str = "spring.datasource.url";
pub(crate) const USERNAME: &str = "spring.datasource.username";
const PASSWORD: &str = "spring.datasource.password";
const PASSWORDLESS: &str = "spring.datasource.azure.passwordless-enabled";
const CLIENT_ID: &str = "spring.cloud.azure.credential.client-id";
const CLIENT_SECRET: &str = "spring.cloud.azure.credential.client-secret";
const TENANT_ID: &str = "spring.cloud.azure.credential.tenant-id";
const PROFILE_TENANT_ID: &str = "spring.cloud.azure.profile.tenant-id";
const MANAGED_IDENTITY: [&str; 2] = [
    "spring.cloud.azure.credential.managed-identity-enabled",
    "spring.cloud.azure.credential.client-managed-identity-enabled",
];

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
    read(&Properties::of(environment))
}

/// What the URL is called here, if it is set.
pub(crate) fn name_of_url(environment: &Environment) -> Result<Option<Name>, Error> {
    let properties = Properties::of(environment);
    Ok(properties.raw(URL)?.map(|url| url.name))
}

fn read(properties: &Properties<'_>) -> Result<Settings, Error> {
    if let Some(password) = properties.raw(PASSWORD)?.filter(|it| !it.value.is_empty()) {
        return Err(mistakes::password(password.name));
    }
    if let Some((passwordless, false)) = boolean(properties, PASSWORDLESS)? {
        return Err(Error::contradiction(
            passwordless.name,
            "is false, but the login is by token; expected true",
        ));
    }
    let url = properties.require(URL, "a JDBC URL, such as jdbc:mysql://host:3306/database")?;
    let username = properties.get(USERNAME, checks::EXPECTED_USER)?;
    let mut builder = java::builder(
        &url.name,
        java::read(&url.name, &url.value)?,
        username.as_ref().map(Property::variable),
    )?;
    let client_id = properties.get(CLIENT_ID, EXPECTED_CLIENT_ID)?;
    let client_secret = properties.get(CLIENT_SECRET, EXPECTED_SECRET)?;
    let tenant_id = match properties.get(TENANT_ID, EXPECTED_TENANT_ID)? {
        Some(tenant_id) => Some(tenant_id),
        // The profile's tenant is the application's, whoever logs in.
        None if client_secret.is_some() => properties.get(PROFILE_TENANT_ID, EXPECTED_TENANT_ID)?,
        None => None,
    };
    for property in MANAGED_IDENTITY {
        match boolean(properties, property)? {
            Some((off, false)) if client_id.is_some() && client_secret.is_none() => {
                return Err(Error::contradiction(
                    CLIENT_SECRET,
                    format!("is missing although {} is false; set one of them", off.name),
                ));
            }
            Some((on, true)) if client_secret.is_some() => {
                builder = builder.warning(format!(
                    "{} is true, but the client secret goes before it",
                    on.name
                ));
            }
            _ => {}
        }
    }
    let credential = Credential {
        client_id: part(client_id.as_ref(), CLIENT_ID),
        client_secret: part(client_secret.as_ref(), CLIENT_SECRET),
        tenant_id: part(tenant_id.as_ref(), TENANT_ID),
    };
    every_client::settings(
        ClientType::Springboot,
        builder,
        &credential,
        properties.environment,
    )
}

fn part<'a>(property: Option<&'a Property>, usual: &str) -> Part<'a> {
    Part::of(property.map(Property::variable), usual)
}

fn boolean(properties: &Properties<'_>, property: &str) -> Result<Option<(Property, bool)>, Error> {
    let Some(property) = properties.get(property, "true or false")? else {
        return Ok(None);
    };
    let value = match property.value.to_ascii_lowercase().as_str() {
        "true" => true,
        "false" => false,
        _ => return Err(Error::invalid(property.name, "is neither true nor false")),
    };
    Ok(Some((property, value)))
}
