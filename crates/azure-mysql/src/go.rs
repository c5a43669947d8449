//! The data source name (DSN) that Service Connector sets for the client type Go.
//!
//! | variable | meaning |
//! |---|---|
//! | `AZURE_MYSQL_CONNECTIONSTRING` | a DSN of go-sql-driver; needed |
//! | `AZURE_MYSQL_CLIENTID` | client id of a user-assigned identity or of a service principal |
//! | `AZURE_MYSQL_CLIENTSECRET`, `AZURE_MYSQL_TENANTID` | the rest of a service principal |
//! | `AZURE_MYSQL_SSL_CA` | PEM file of a private CA, trusted instead of the bundled roots and, [where the driver can](crate::Trust::private_ca), of the web roots |
//! | `AZURE_AUTHORITY_HOST` | where identities log in, if not where the cloud says |
//!
//! The last two are not Service Connector's own.
//! <https://learn.microsoft.com/azure/service-connector/how-to-integrate-mysql>
//!
//! The DSN is read as [go-sql-driver](https://github.com/go-sql-driver/mysql#dsn-data-source-name)
//! reads it: `[user[:password]@][net[(addr)]]/dbname[?param1=value1&paramN=valueN]`.
//!
//! - The user ends at the last `@` before the last `/`, so it may hold one itself.
//! - The network is `tcp`, also as `tcp4` and `tcp6`. Without an address it is `127.0.0.1:3306`, as
//!   it is there, which takes a private CA.
//! - `tls` is `true`, or the name of a configuration that a Go program would register, which means
//!   nothing here. `false`, `skip-verify` and `preferred` are refused, and so is
//!   `allowFallbackToPlaintext`.
//! - Other parameters are kept ([`Settings::property`]) and ignored.

use crate::{
    ClientType, Environment, Error, Settings, SettingsBuilder, checks::EXPECTED_USER, endpoint,
    every_client, inference::Credential, mistakes, name::Name, percent, tls,
};

const DEFAULT_HOST: &str = "127.0.0.1";

/// Reads the settings.
///
/// ```
/// use azure_mysql::{Environment, Identity, go};
///
/// let settings = go::from_environment(&Environment::from_iter([(
///     "AZURE_MYSQL_CONNECTIONSTRING",
///     "aad_orders@tcp(shop.mysql.database.azure.com:3306)/orders?tls=true",
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
    let text = every_client::connection_string(environment, "a DSN of go-sql-driver")?;
    let builder = read(&text.name, text.value)?;
    let credential = Credential::of_service_connector(environment)?;
    every_client::settings(ClientType::Go, builder, &credential, environment)
}

/// Reads a DSN from elsewhere. The identity is the system-assigned one; see
/// [`Settings::with_identity`].
///
/// ```
/// let settings = azure_mysql::go::parse(
///     "ann@contoso.com@tcp(shop.mysql.database.azure.com)/orders?tls=true&parseTime=true",
/// )?;
/// assert_eq!(settings.user(), "ann@contoso.com");
/// assert_eq!(settings.property("parseTime"), Some("true"));
/// # Ok::<(), azure_mysql::Error>(())
/// ```
///
/// # Errors
///
/// If it is no DSN, or one of its values cannot be used.
pub fn parse(dsn: &str) -> Result<Settings, Error> {
    read(&Name::from("DSN"), dsn)?
        .client_type(ClientType::Go)
        .without_server_suffix()
        .build()
}

fn read(name: &Name, dsn: &str) -> Result<SettingsBuilder, Error> {
    mistakes::refuse_quotes_around(name, dsn)?;
    let invalid = |problem| Err(Error::invalid(name, problem));
    let Some((left, right)) = dsn.rsplit_once('/') else {
        return invalid("holds no /; expected user@tcp(host:port)/database?tls=true");
    };
    let (credentials, network) = left.rsplit_once('@').unwrap_or(("", left));
    let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
    if !password.is_empty() {
        return Err(mistakes::password(name.part("the password")));
    }
    let (network, address) = match network.split_once('(') {
        Some((network, address)) => match address.strip_suffix(')') {
            Some(address) => (network, address),
            None if address.contains(')') => {
                return invalid(
                    "goes on after the address; write / in a value of a parameter as %2F",
                );
            }
            None => return invalid("holds ( without ); expected tcp(host:port)"),
        },
        None => (network, ""),
    };
    let address_name = name.part("the address");
    match network {
        "" | "tcp" | "tcp4" | "tcp6" => {}
        "unix" => return Err(mistakes::unix_socket(address_name)),
        _ => return invalid("names a network that is not TCP; expected tcp(host:port)"),
    }
    if user.is_empty() {
        return Err(Error::missing(name.part("the user"), EXPECTED_USER));
    }
    let mut builder = Settings::builder().user_named(name.part("the user"), user);
    let address = if address.is_empty() {
        DEFAULT_HOST
    } else {
        address
    };
    if address.contains(',') {
        return Err(mistakes::several_hosts(address_name));
    }
    let (host, port) = endpoint::split(&address_name, address)?;
    builder = builder.host_named(&address_name, host);
    if let Some(port) = port {
        builder = builder.port_named(&address_name, port);
    }
    let (database, parameters) = right.split_once('?').unwrap_or((right, ""));
    if !database.is_empty() {
        let database = percent::decode(database).ok_or_else(|| bad_escape(name, "the database"))?;
        builder = builder.database_named(name.part("the database"), database);
    }
    read_parameters(name, parameters, builder)
}

fn read_parameters(
    name: &Name,
    parameters: &str,
    mut builder: SettingsBuilder,
) -> Result<SettingsBuilder, Error> {
    let mut tls_word = None;
    let mut fallback = false;
    for (key, value) in parameters.split('&').filter_map(|it| it.split_once('=')) {
        let value = percent::decode_query(value).ok_or_else(|| bad_escape(name, "a parameter"))?;
        match key {
            "tls" => tls_word = Some(value),
            "allowFallbackToPlaintext" => fallback = read_bool(&value) != Some(false),
            _ => builder = builder.property(key, value),
        }
    }
    if fallback {
        return Err(tls::too_weak(name.part("allowFallbackToPlaintext")));
    }
    let Some(word) = tls_word else {
        return Ok(builder);
    };
    let tls_name = name.part("tls");
    // As Service Connector's own sample for Go appends it.
    if word.to_ascii_lowercase().contains(";password=") {
        return Err(mistakes::password(name.part("Password after the DSN")));
    }
    mistakes::refuse_space_at_an_end(&tls_name, &word)?;
    match (read_bool(&word), word.to_ascii_lowercase().as_str()) {
        (Some(true), _) => Ok(builder),
        (Some(false), _) | (None, "skip-verify" | "preferred" | "") => Err(tls::too_weak(tls_name)),
        (None, _) => Ok(builder.warning(format!(
            "{tls_name} names a configuration that a Go program registers; here the certificate is \
             verified as ever, and a private CA is given in AZURE_MYSQL_SSL_CA"
        ))),
    }
}

/// What go-sql-driver takes for a Boolean.
fn read_bool(value: &str) -> Option<bool> {
    match value {
        "1" | "true" | "TRUE" | "True" => Some(true),
        "0" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn bad_escape(name: &Name, part: &str) -> Error {
    Error::invalid(
        name.part(part),
        "holds a % that is no escape; write a percent sign as %25",
    )
}
