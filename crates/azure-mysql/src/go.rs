//! The data source name (DSN) that Service Connector sets for the client type Go.
//!
//! It is in `AZURE_MYSQL_CONNECTIONSTRING`. [All client types](crate#who-logs-in) have the
//! variables of the identity and of a private CA.
//! <https://learn.microsoft.com/azure/service-connector/how-to-integrate-mysql>
//!
//! The DSN is read as [go-sql-driver](https://github.com/go-sql-driver/mysql#dsn-data-source-name)
//! reads it: `[user[:password]@][net[(addr)]]/dbname[?param1=value1&paramN=valueN]`.
//!
//! - The user ends at the last `@` before the last `/`, so it may contain one itself.
//! - The network is `tcp`, also as `tcp4` and `tcp6`. Without an address it is `127.0.0.1:3306`, as
//!   it is there, which takes a private CA.
//! - `tls` is `true`, or the name of a configuration that a Go program would register, which means
//!   nothing here. `false`, `skip-verify` and `preferred` are refused, and so is
//!   `allowFallbackToPlaintext`.
//! - Other parameters are kept ([`Settings::property`]) and ignored.

use crate::{
    ClientType, Environment, Error, Settings, common, endpoint, misconfiguration,
    name::Name,
    percent,
    raw::RawSettings,
    sourced::{OptionalVar, Sourced},
    tls::TlsMode,
};

const DEFAULT_HOST: &str = "127.0.0.1";

/// Reads the settings.
///
/// ```
/// use azure_mysql::{Environment, go};
///
/// let settings = go::from_environment(&Environment::from_iter([(
///     "AZURE_MYSQL_CONNECTIONSTRING",
///     "aad_orders@tcp(shop.mysql.database.azure.com:3306)/orders?tls=true",
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
    common::raw_of_connection_string(ClientType::Go, environment, "a DSN of go-sql-driver", read)
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
    common::parse(ClientType::Go, "DSN", dsn, read)
}

fn read(name: &Name, dsn: &str, raw: &mut RawSettings) -> Result<(), Error> {
    let Some((left, right)) = dsn.rsplit_once('/') else {
        let problem = "contains no /; expected user@tcp(host:port)/database?tls=true";
        return Err(Error::invalid(name, problem));
    };
    let (credentials, network) = left.rsplit_once('@').unwrap_or(("", left));
    let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
    if !password.is_empty() {
        return Err(misconfiguration::password(name.part("the password")));
    }
    raw.user = OptionalVar::unset(name.part("the user"));
    raw.user.value = Some(user.to_owned()).filter(|user| !user.is_empty());
    read_address(name, network, raw)?;
    let (database, parameters) = right.split_once('?').unwrap_or((right, ""));
    if !database.is_empty() {
        let database = percent::decode(database).ok_or_else(|| bad_escape(name, "the database"))?;
        raw.database = OptionalVar::set(name.part("the database"), database);
    }
    read_parameters(name, parameters, raw)
}

/// `net[(addr)]`.
fn read_address(name: &Name, network: &str, raw: &mut RawSettings) -> Result<(), Error> {
    let address_name = name.part("the address");
    let (network, address) = match network.split_once('(') {
        Some((network, address)) => {
            let problem = if address.contains(')') {
                "continues after the address; write / in a parameter's value as %2F"
            } else {
                "contains ( without ); expected tcp(host:port)"
            };
            let address = address.strip_suffix(')');
            (
                network,
                address.ok_or_else(|| Error::invalid(name, problem))?,
            )
        }
        None => (network, ""),
    };
    match network {
        "" | "tcp" | "tcp4" | "tcp6" => {}
        "unix" => return Err(misconfiguration::unix_socket(address_name)),
        _ => {
            let problem = "names a network that is not TCP; expected tcp(host:port)";
            return Err(Error::invalid(name, problem));
        }
    }
    let address = Some(address).filter(|address| !address.is_empty());
    let (host, port) = endpoint::split(&address_name, address.unwrap_or(DEFAULT_HOST))?;
    if let Some(port) = port {
        raw.port = OptionalVar::set(address_name.part("port"), port);
    }
    raw.host = OptionalVar::set(address_name, host);
    Ok(())
}

fn read_parameters(name: &Name, parameters: &str, raw: &mut RawSettings) -> Result<(), Error> {
    let mut tls_word = None;
    let mut fallback = false;
    for (key, value) in parameters.split('&').filter_map(|it| it.split_once('=')) {
        let value = percent::decode_query(value).ok_or_else(|| bad_escape(name, "a parameter"))?;
        match key {
            "tls" => tls_word = Some(value),
            "allowFallbackToPlaintext" => fallback = read_bool(&value) != Some(false),
            _ => raw.properties.insert(key.to_owned(), value),
        }
    }
    if fallback {
        let name = name.part("allowFallbackToPlaintext");
        raw.tls.push(Sourced::new(name, TlsMode::Weaker));
    }
    let Some(word) = tls_word else {
        return Ok(());
    };
    let lower_case = word.to_ascii_lowercase();
    // As Service Connector's own sample for Go appends it.
    if lower_case.contains(";password=") {
        let name = name.part("Password after the DSN");
        return Err(misconfiguration::password(name));
    }
    let name = name.part("tls");
    misconfiguration::refuse_outer_space(&name, &word)?;
    let mode = match (read_bool(&word), lower_case.as_str()) {
        (Some(true), _) => TlsMode::Tls,
        (Some(false), _) | (None, "skip-verify" | "preferred" | "") => TlsMode::Weaker,
        (None, _) => {
            raw.warnings.push(format!(
                "{name} names a configuration that a Go program registers; here the certificate is \
                 verified as ever, and a private CA is given in {}",
                raw.ca_file.name
            ));
            TlsMode::Tls
        }
    };
    raw.tls.push(Sourced::new(name, mode));
    Ok(())
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
        "contains a % that starts no escape; write a percent sign as %25",
    )
}
