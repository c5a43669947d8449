//! The JDBC URL that Service Connector sets for the client type Java.
//!
//! It is in `AZURE_MYSQL_CONNECTIONSTRING`. [All client types](crate#who-logs-in) have the
//! variables of the identity and of a private CA.
//! <https://learn.microsoft.com/azure/service-connector/how-to-integrate-mysql>
//!
//! The URL is read as [Connector/J](https://dev.mysql.com/doc/connector-j/en/connector-j-reference-jdbc-url-format.html)
//! reads it, within what one server needs: `jdbc:mysql://[user@]host[:port]/[database][?properties]`,
//! where the host is a name, an IPv6 address in brackets, `address=(host=…)(port=…)` or
//! `(host=…,port=…)`. Values are percent-encoded, and `+` is a space. Of the properties these count,
//! in any case:
//!
//! | property | meaning |
//! |---|---|
//! | `user` | MySQL user, if it does not stand before the host |
//! | `sslMode` | `REQUIRED`, `VERIFY_CA` or `VERIFY_IDENTITY`; the others are refused |
//! | `useSSL`, `requireSSL`, `verifyServerCertificate` | `true`; `false` is refused |
//! | `password` | refused |
//! | `azure.clientId`, `azure.clientSecret`, `azure.tenantId` | the identity, if no variable says it |
//!
//! All others, such as `serverTimezone`, are kept ([`Settings::property`]) and ignored.

mod url;

use crate::{
    ClientType, Environment, Error, Settings, common, misconfiguration,
    name::Name,
    raw::RawSettings,
    sourced::{OptionalVar, Sourced},
    tls::Vocabulary,
};
use url::Url;

const SSL_MODES: Vocabulary = Vocabulary {
    tls: "required verifyca verifyidentity",
    weaker: "disabled preferred",
};

const BOOLEAN: Vocabulary = Vocabulary {
    tls: "true yes",
    weaker: "false no",
};

/// Reads the settings.
///
/// ```
/// use azure_mysql::{Environment, java};
///
/// let settings = java::from_environment(&Environment::from_iter([(
///     "AZURE_MYSQL_CONNECTIONSTRING",
///     "jdbc:mysql://shop.mysql.database.azure.com:3306/orders?sslmode=required&user=aad_orders",
/// )]))?;
/// assert_eq!(settings.user(), "aad_orders");
/// # Ok::<(), azure_mysql::Error>(())
/// ```
///
/// # Errors
///
/// If a variable is missing or cannot be used. The error names it.
pub fn from_environment(environment: &Environment) -> Result<Settings, Error> {
    common::build(read_environment(environment), environment)
}

pub(crate) fn read_environment(environment: &Environment) -> Result<RawSettings, Error> {
    common::raw_of_connection_string(ClientType::Java, environment, "a JDBC URL", read)
}

/// Reads a URL from elsewhere. The identity is the one that its `azure.*` properties say, else the
/// system-assigned one; see [`Settings::with_identity`].
///
/// ```
/// let settings = azure_mysql::java::parse(
///     "jdbc:mysql://shop.mysql.database.azure.com/orders?user=aad_orders&serverTimezone=UTC",
/// )?;
/// assert_eq!(settings.port(), 3306);
/// assert_eq!(settings.property("serverTimezone"), Some("UTC"));
/// # Ok::<(), azure_mysql::Error>(())
/// ```
///
/// # Errors
///
/// If it is no JDBC URL for MySQL, or one of its values cannot be used.
pub fn parse(url: &str) -> Result<Settings, Error> {
    common::parse(ClientType::Java, "JDBC URL", url, read)
}

/// A URL with the identity that it may name, for azure-identity-extensions:
/// <https://learn.microsoft.com/azure/service-connector/how-to-integrate-mysql>.
fn read(name: &Name, text: &str, raw: &mut RawSettings) -> Result<(), Error> {
    let mut url = url::read(name, text)?;
    let credential = &mut raw.credential;
    for (property, variable) in [
        ("azure.clientId", &mut credential.client_id),
        ("azure.clientSecret", &mut credential.client_secret),
        ("azure.tenantId", &mut credential.tenant_id),
    ] {
        let value = url.take(property).filter(|value| !value.is_empty());
        variable.merge(name.part(property), value)?;
    }
    apply(name, url, raw)
}

/// A URL alone. A user that is set beside it has to be the same.
pub(crate) fn read_url(name: &Name, text: &str, raw: &mut RawSettings) -> Result<(), Error> {
    apply(name, url::read(name, text)?, raw)
}

fn apply(name: &Name, mut url: Url, raw: &mut RawSettings) -> Result<(), Error> {
    if url.take("password").is_some_and(|it| !it.is_empty()) {
        raw.password = Some(name.part("password"));
    }
    if let Some(mode) = url.take("sslMode") {
        let mode = SSL_MODES.read(&mode);
        raw.tls.push(Sourced::new(name.part("sslMode"), mode));
    }
    for property in ["useSSL", "requireSSL", "verifyServerCertificate"] {
        if let Some(word) = url.take(property) {
            let mode = BOOLEAN.read(&word);
            raw.tls.push(Sourced::new(name.part(property), mode));
        }
    }
    let is_socket = |factory: &str| !factory.ends_with("StandardSocketFactory");
    if url.get("socketFactory").is_some_and(is_socket) {
        return Err(misconfiguration::unix_socket(name.part("socketFactory")));
    }
    let optional = |part: &str, value: Option<String>| OptionalVar {
        name: name.part(part),
        value,
    };
    let mut user = optional("user", None);
    user.merge(name.part("the user before the host"), url.user.take())?;
    let property = url.take("user").filter(|user| !user.is_empty());
    user.merge(name.part("user"), property)?;
    let beside = std::mem::replace(&mut raw.user, user);
    raw.user.merge(beside.name, beside.value)?;
    raw.host = optional("the host", url.host);
    raw.port = optional("the port", url.port);
    raw.database = optional("the database", url.database);
    for (property, value) in url.properties {
        raw.properties.insert(property, value);
    }
    Ok(())
}
