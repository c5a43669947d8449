//! The JDBC URL that Service Connector sets for the client type Java.
//!
//! | variable | meaning |
//! |---|---|
//! | `AZURE_MYSQL_CONNECTIONSTRING` | a JDBC URL; needed |
//! | `AZURE_MYSQL_CLIENTID` | client id of a user-assigned identity or of a service principal |
//! | `AZURE_MYSQL_CLIENTSECRET`, `AZURE_MYSQL_TENANTID` | the rest of a service principal |
//! | `AZURE_MYSQL_SSL_CA` | PEM file of a private CA, trusted instead of the bundled roots and, [where the driver can](crate::Trust::private_ca), of the web roots |
//! | `AZURE_AUTHORITY_HOST` | where identities log in, if not where the cloud says |
//!
//! The last two are not Service Connector's own.
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
    ClientType, Environment, Error, Settings, SettingsBuilder,
    checks::{self, EXPECTED_HOST, EXPECTED_USER},
    environment::{Variable, the_only_one},
    every_client,
    inference::{Credential, Part},
    mistakes,
    name::Name,
    tls,
};
use url::Url;

const CLIENT_ID: &str = "azure.clientId";
const CLIENT_SECRET: &str = "azure.clientSecret";
const TENANT_ID: &str = "azure.tenantId";

/// Reads the settings.
///
/// ```
/// use azure_mysql::{Environment, Identity, java};
///
/// let settings = java::from_environment(&Environment::from_iter([(
///     "AZURE_MYSQL_CONNECTIONSTRING",
///     "jdbc:mysql://shop.mysql.database.azure.com:3306/orders?sslmode=required&user=aad_orders",
/// )]))?;
/// assert_eq!(settings.user(), "aad_orders");
/// assert!(matches!(settings.identity(), Identity::SystemAssigned));
/// # Ok::<(), azure_mysql::Error>(())
/// ```
///
/// # Errors
///
/// If a variable is missing or cannot be used. The error names it.
pub fn from_environment(environment: &Environment) -> Result<Settings, Error> {
    every_client::refuse_password(environment)?;
    let text = every_client::connection_string(environment, "a JDBC URL")?;
    let mut url = read(&text.name, text.value)?;
    let own = url.take_credential();
    let builder = builder(&text.name, url, None)?;
    let credential = own.credential(&text.name, environment)?;
    every_client::settings(ClientType::Java, builder, &credential, environment)
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
    let name = Name::from("JDBC URL");
    let mut url = read(&name, url)?;
    let own = url.take_credential();
    let nothing = Environment::default();
    let credential = own.credential(&name, &nothing)?;
    every_client::settings(
        ClientType::Java,
        builder(&name, url, None)?,
        &credential,
        &nothing,
    )
}

/// Splits a URL into its parts, and refuses those that no single server over TLS needs.
pub(crate) fn read(name: &Name, text: &str) -> Result<Url, Error> {
    mistakes::refuse_quotes_around(name, text)?;
    let url = url::read(name, text)?;
    if url.get("password").is_some_and(|it| !it.is_empty()) {
        return Err(mistakes::password(name.part("password")));
    }
    if let Some(mode) = url.get("sslMode") {
        let strong = ["required", "verifyca", "verifyidentity"];
        tls::check(
            &name.part("sslMode"),
            mode,
            &strong,
            &["disabled", "preferred"],
        )?;
    }
    for property in ["useSSL", "requireSSL", "verifyServerCertificate"] {
        if let Some(word) = url.get(property) {
            tls::check(
                &name.part(property),
                word,
                &["true", "yes"],
                &["false", "no"],
            )?;
        }
    }
    let is_socket = |factory: &str| !factory.ends_with("StandardSocketFactory");
    if url.get("socketFactory").is_some_and(is_socket) {
        return Err(mistakes::unix_socket(name.part("socketFactory")));
    }
    Ok(url)
}

/// What the URL says, and who logs in if something else says it, as with Spring Boot.
pub(crate) fn builder(
    name: &Name,
    url: Url,
    user: Option<Variable<'_>>,
) -> Result<SettingsBuilder, Error> {
    let host_name = name.part("the host");
    let host = url
        .host
        .ok_or_else(|| Error::missing(&host_name, EXPECTED_HOST))?;
    let mut builder = Settings::builder().host_named(&host_name, host);
    if let Some(port) = url.port {
        let port_name = name.part("the port");
        let port = checks::parse_port(&port_name, &port)?;
        builder = builder.port_named(port_name, port);
    }
    if let Some(database) = url.database {
        builder = builder.database_named(name.part("the database"), database);
    }
    let mut users = vec![(name.part("the user before the host"), url.user)];
    for (property, value) in url.properties {
        match property.to_ascii_lowercase().as_str() {
            "user" => users.push((name.part("user"), Some(value))),
            "password" | "sslmode" | "usessl" | "requiressl" | "verifyservercertificate" => {}
            _ => builder = builder.property(property, value),
        }
    }
    let of_url = users.iter().filter_map(|(name, value)| {
        let value = value.as_deref().filter(|user| !user.is_empty())?;
        let name = name.clone();
        Some(Variable { name, value })
    });
    let user = of_url
        .chain(user)
        .try_fold(None, |one, other| the_only_one(one, Some(other)))?;
    let user = user.ok_or_else(|| Error::missing(name.part("user"), EXPECTED_USER))?;
    Ok(builder.user_named(user.name, user.value))
}

/// The identity that a URL says, for azure-identity-extensions:
/// <https://learn.microsoft.com/azure/service-connector/how-to-integrate-mysql>.
#[derive(Default)]
pub(crate) struct OwnCredential([Option<String>; 3]);

impl Url {
    pub(crate) fn take_credential(&mut self) -> OwnCredential {
        OwnCredential([CLIENT_ID, CLIENT_SECRET, TENANT_ID].map(|name| self.take(name)))
    }
}

impl OwnCredential {
    fn credential<'a>(
        &'a self,
        name: &Name,
        environment: &'a Environment,
    ) -> Result<Credential<'a>, Error> {
        let of_variables = Credential::of_service_connector(environment)?;
        let part = |of_variable: Part<'a>, property: &str, own: &'a Option<String>| {
            let own = own.as_deref().filter(|value| !value.is_empty());
            let own = own.map(|value| Variable {
                name: name.part(property),
                value,
            });
            let usual = of_variable.name.clone();
            let variable = of_variable.value.map(|value| Variable {
                name: of_variable.name,
                value,
            });
            Ok::<_, Error>(Part::of(the_only_one(variable, own)?, usual))
        };
        let [client_id, client_secret, tenant_id] = &self.0;
        Ok(Credential {
            client_id: part(of_variables.client_id, CLIENT_ID, client_id)?,
            client_secret: part(of_variables.client_secret, CLIENT_SECRET, client_secret)?,
            tenant_id: part(of_variables.tenant_id, TENANT_ID, tenant_id)?,
        })
    }
}
