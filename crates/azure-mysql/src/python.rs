//! The variables that Service Connector sets for the client type Python.
//!
//! | variable | meaning |
//! |---|---|
//! | `AZURE_MYSQL_HOST` | host name; needed |
//! | `AZURE_MYSQL_USER` | MySQL user; needed |
//! | `AZURE_MYSQL_NAME` | database |
//! | `AZURE_MYSQL_PORT` | TCP port; 3306 if not set |
//! | `AZURE_MYSQL_CLIENTID` | client id of a user-assigned identity or of a service principal |
//! | `AZURE_MYSQL_CLIENTSECRET`, `AZURE_MYSQL_TENANTID` | the rest of a service principal |
//! | `AZURE_MYSQL_SSL_CA` | PEM file of a private CA, trusted instead of the bundled roots |
//! | `AZURE_AUTHORITY_HOST` | where identities log in, if not where the cloud says |
//!
//! The last two are not Service Connector's own.
//! <https://learn.microsoft.com/azure/service-connector/how-to-integrate-mysql>

use std::path::Path;

use token_source::Cloud;

use crate::{Environment, Error, ErrorKind, Identity, Settings, Trust, builder::cloud_of_host};

const HOST: &str = "AZURE_MYSQL_HOST";
const USER: &str = "AZURE_MYSQL_USER";
const DATABASE: &str = "AZURE_MYSQL_NAME";
const PORT: &str = "AZURE_MYSQL_PORT";
const PASSWORD: &str = "AZURE_MYSQL_PASSWORD";
const SSL_CA: &str = "AZURE_MYSQL_SSL_CA";
const AUTHORITY: &str = "AZURE_AUTHORITY_HOST";

/// Reads the settings.
///
/// ```
/// use azure_mysql::{Environment, Identity, python};
///
/// let settings = python::from_environment(&Environment::from_iter([
///     ("AZURE_MYSQL_HOST", "shop.mysql.database.azure.com"),
///     ("AZURE_MYSQL_NAME", "orders"),
///     ("AZURE_MYSQL_USER", "aad_orders"),
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
    if environment.get(PASSWORD)?.is_some() {
        return Err(Error::new(
            ErrorKind::Contradiction,
            PASSWORD,
            "is set, but the login is by token; create the connection with an identity instead of \
             a secret, or remove the variable",
        ));
    }
    let host = environment.require(HOST, "the server's host name")?;
    let user = environment.require(USER, "the MySQL user")?;
    let mut builder = Settings::builder()
        .host_named(HOST, host)
        .user_named(USER, without_server(user, host))
        .identity(Identity::from_environment(environment)?);
    if let Some(database) = environment.get_non_empty(DATABASE, "a database's name")? {
        builder = builder.database_named(DATABASE, database);
    }
    if let Some(port) = environment.get_non_empty(PORT, "a port from 1 to 65535")? {
        builder = builder.port_named(PORT, parse_port(port)?);
    }
    if let Some(file) = environment.get_non_empty(SSL_CA, "the path of a PEM file")? {
        builder = builder.trust(Trust::private_ca_named(SSL_CA, Path::new(file))?);
    }
    if let Some(authority) = environment.get_non_empty(AUTHORITY, "an https address")? {
        builder = builder.cloud_named(AUTHORITY, cloud_with_authority(authority, host));
    }
    builder.build()
}

/// Service Connector still writes `user@server`, the form of the retired single server. The suffix
/// goes only if it is the server's name: an Entra user's own name may hold an `@`.
fn without_server<'a>(user: &'a str, host: &str) -> &'a str {
    let server = host.split('.').next().unwrap_or_default();
    match user.rsplit_once('@') {
        Some((bare, suffix)) if !bare.is_empty() && suffix.eq_ignore_ascii_case(server) => bare,
        _ => user,
    }
}

fn parse_port(port: &str) -> Result<u16, Error> {
    port.parse().map_err(|error| {
        Error::invalid(PORT, "is no port; expected a number from 1 to 65535").with_source(error)
    })
}

/// One of the known clouds if the authority is its own, else the cloud of the host behind that
/// authority.
fn cloud_with_authority(authority: &str, host: &str) -> Cloud {
    let cloud = cloud_of_host(host).with_authority(authority);
    [Cloud::PUBLIC, Cloud::CHINA, Cloud::US_GOVERNMENT]
        .into_iter()
        .find(|known| known.authority() == cloud.authority())
        .unwrap_or(cloud)
}
