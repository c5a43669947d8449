//! The connection string that Service Connector sets for the client type .NET.
//!
//! | variable | meaning |
//! |---|---|
//! | `AZURE_MYSQL_CONNECTIONSTRING` | an ADO.NET connection string; needed |
//! | `AZURE_MYSQL_CLIENTID` | client id of a user-assigned identity or of a service principal |
//! | `AZURE_MYSQL_CLIENTSECRET`, `AZURE_MYSQL_TENANTID` | the rest of a service principal |
//! | `AZURE_MYSQL_SSL_CA` | PEM file of a private CA, trusted instead of the bundled roots and, [where the driver can](crate::Trust::private_ca), of the web roots |
//! | `AZURE_AUTHORITY_HOST` | where identities log in, if not where the cloud says |
//!
//! The last two are not Service Connector's own.
//! <https://learn.microsoft.com/azure/service-connector/how-to-integrate-mysql>
//!
//! The string is read as [MySqlConnector](https://mysqlconnector.net/connection-options/) reads it.
//! Of its options these count, in any case and under all their names:
//!
//! | option | also called | meaning |
//! |---|---|---|
//! | `Server` | `Host`, `Data Source`, `DataSource`, `Address`, `Addr`, `Network Address` | host name, with or without `:port`; needed |
//! | `Port` | | TCP port; 3306 if not set |
//! | `User ID` | `UserID`, `Username`, `Uid`, `User name`, `User` | MySQL user; needed |
//! | `Database` | `Initial Catalog` | database |
//! | `SSL Mode` | `SslMode` | `Required`, `VerifyCA` or `VerifyFull`; the others are refused |
//! | `SSL CA` | `SslCa`, `Ssl-Ca`, `CA Certificate File`, `CACertificateFile` | PEM file of a private CA |
//! | `Connection Protocol` | `ConnectionProtocol`, `Protocol` | `Socket`, `Sockets` or `Tcp`; the others are refused |
//! | `Password` | `Pwd` | refused |
//!
//! Its other options are kept ([`Settings::property`]) and ignored. One that it does not know is an
//! error, as it is there.

mod entries;
mod options;

use std::path::Path;

use crate::{
    ClientType, Environment, Error, Settings, SettingsBuilder, Trust,
    checks::{self, EXPECTED_HOST, EXPECTED_USER},
    endpoint, every_client,
    inference::Credential,
    mistakes,
    name::Name,
    tls,
};
use options::Known;

/// Reads the settings.
///
/// ```
/// use azure_mysql::{Environment, Identity, dotnet};
///
/// let settings = dotnet::from_environment(&Environment::from_iter([(
///     "AZURE_MYSQL_CONNECTIONSTRING",
///     "Server=shop.mysql.database.azure.com;Database=orders;Port=3306;\
///      User Id=aad_orders;SSL Mode=Required;",
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
    let text = every_client::connection_string(environment, "an ADO.NET connection string")?;
    let builder = read(&text.name, text.value)?;
    let credential = Credential::of_service_connector(environment)?;
    every_client::settings(ClientType::Dotnet, builder, &credential, environment)
}

/// Reads a connection string from elsewhere. The identity is the system-assigned one; see
/// [`Settings::with_identity`].
///
/// ```
/// let settings = azure_mysql::dotnet::parse(
///     r#"Data Source="shop.mysql.database.azure.com";Uid=aad_orders;SslMode=VerifyFull"#,
/// )?;
/// assert_eq!(settings.host(), "shop.mysql.database.azure.com");
/// # Ok::<(), azure_mysql::Error>(())
/// ```
///
/// # Errors
///
/// If it is no connection string, or one of its values cannot be used.
pub fn parse(connection_string: &str) -> Result<Settings, Error> {
    read(&Name::from("connection string"), connection_string)?
        .client_type(ClientType::Dotnet)
        .without_server_suffix()
        .build()
}

/// Whether a text begins as such a string does: with an option and `=`.
pub(crate) fn looks_like_one(text: &str) -> bool {
    let start = text.trim_start_matches(|c: char| c == ';' || c.is_whitespace());
    start
        .split_once('=')
        .is_some_and(|(key, _)| options::known(key.trim_end()).is_some())
}

fn read(name: &Name, text: &str) -> Result<SettingsBuilder, Error> {
    mistakes::refuse_quotes_around(name, text)?;
    let entries = entries::read(text).map_err(|problem| Error::invalid(name, problem))?;
    let mut values = Values::default();
    let mut builder = Settings::builder();
    for (at, (key, value)) in entries.into_iter().enumerate() {
        match options::known(&key) {
            Some(Known::Ignored(option)) if value.is_empty() => {
                builder = builder.without_property(option);
            }
            Some(Known::Ignored(option)) => builder = builder.property(option, value),
            Some(option) => values.set(option, key, value),
            // The key is not shown: it may be a piece of a value with a bare semicolon.
            None => {
                return Err(Error::invalid(
                    name,
                    format!(
                        "holds an option that MySqlConnector does not know (entry {}); \
                         check its spelling, and put a value that holds a semicolon into quotes",
                        at + 1
                    ),
                ));
            }
        }
    }
    values.apply(name, builder)
}

/// The options that count, each as it was spelled. The last one of a kind wins.
#[derive(Default)]
struct Values(Vec<(Known, String, String)>);

impl Values {
    fn set(&mut self, option: Known, key: String, value: String) {
        self.0.retain(|(known, ..)| *known != option);
        if !value.is_empty() {
            self.0.push((option, key, value));
        }
    }

    fn get(&self, name: &Name, option: Known) -> Option<(Name, &str)> {
        let (_, key, value) = self.0.iter().find(|(known, ..)| *known == option)?;
        Some((name.part(key), value))
    }

    fn require(
        &self,
        name: &Name,
        option: Known,
        usual: &str,
        expected: &str,
    ) -> Result<(Name, &str), Error> {
        self.get(name, option)
            .ok_or_else(|| Error::missing(name.part(usual), expected))
    }

    fn apply(&self, name: &Name, mut builder: SettingsBuilder) -> Result<SettingsBuilder, Error> {
        if let Some((password, _)) = self.get(name, Known::Password) {
            return Err(mistakes::password(password));
        }
        if let Some((ssl_mode, word)) = self.get(name, Known::SslMode) {
            // The numbers are those of the enumeration, which .NET accepts too.
            let strong = ["required", "verifyca", "verifyfull", "2", "3", "4"];
            tls::check(
                &ssl_mode,
                word,
                &strong,
                &["none", "disabled", "preferred", "0", "1"],
            )?;
        }
        if let Some((protocol, word)) = self.get(name, Known::Protocol)
            && !["socket", "sockets", "tcp", "1"]
                .contains(&word.trim().to_ascii_lowercase().as_str())
        {
            return Err(mistakes::unix_socket(protocol));
        }
        let (server, endpoint) = self.require(name, Known::Server, "Server", EXPECTED_HOST)?;
        if endpoint.contains(',') {
            return Err(mistakes::several_hosts(server));
        }
        let (host, port_of_server) = endpoint::split(&server, endpoint)?;
        builder = builder.host_named(&server, host);
        let port = match self.get(name, Known::Port) {
            Some((port, value)) => {
                let number = checks::parse_port(&port, value.trim())?;
                Some((port, number))
            }
            None => None,
        };
        match (port, port_of_server) {
            (Some((port, number)), Some(other)) if number != other => {
                return Err(Error::contradiction(
                    port,
                    format!("differs from the port in {server}; give one of them"),
                ));
            }
            (Some((port, number)), _) => builder = builder.port_named(port, number),
            (None, Some(number)) => builder = builder.port_named(&server, number),
            (None, None) => {}
        }
        let (user, value) = self.require(name, Known::User, "User ID", EXPECTED_USER)?;
        builder = builder.user_named(user, value);
        if let Some((database, value)) = self.get(name, Known::Database) {
            builder = builder.database_named(database, value);
        }
        if let Some((ca, file)) = self.get(name, Known::SslCa) {
            builder = builder.trust(Trust::private_ca_named(ca, Path::new(file))?);
        }
        Ok(builder)
    }
}
