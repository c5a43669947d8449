//! The connection string that Service Connector sets for the client type .NET.
//!
//! It is in `AZURE_MYSQL_CONNECTIONSTRING`. [All client types](crate#who-logs-in) have the
//! variables of the identity and of a private CA.
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

use crate::{
    ClientType, Environment, Error, Settings, common, endpoint, misconfiguration,
    name::Name,
    raw::RawSettings,
    sourced::{OptionalVar, Sourced},
    tls::Vocabulary,
};
use options::Known;

/// The numbers are those of the enumeration, which .NET accepts too.
const SSL_MODES: Vocabulary = Vocabulary {
    tls: "required verifyca verifyfull 2 3 4",
    weaker: "none disabled preferred 0 1",
};

/// Reads the settings.
///
/// ```
/// use azure_mysql::{Environment, dotnet};
///
/// let settings = dotnet::from_environment(&Environment::from_iter([(
///     "AZURE_MYSQL_CONNECTIONSTRING",
///     "Server=shop.mysql.database.azure.com;Database=orders;Port=3306;\
///      User Id=aad_orders;SSL Mode=Required;",
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
    let expected = "an ADO.NET connection string";
    common::raw_of_connection_string(ClientType::Dotnet, environment, expected, read)
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
pub fn parse(text: &str) -> Result<Settings, Error> {
    common::parse(ClientType::Dotnet, "connection string", text, read)
}

/// Whether a text begins as such a string does: with an option and `=`.
pub(crate) fn looks_like_one(text: &str) -> bool {
    let start = text.trim_start_matches(|c: char| c == ';' || c.is_whitespace());
    start
        .split_once('=')
        .is_some_and(|(key, _)| options::known(key.trim_end()).is_some())
}

fn read(name: &Name, text: &str, raw: &mut RawSettings) -> Result<(), Error> {
    let entries = entries::read(text).map_err(|problem| Error::invalid(name, problem))?;
    let mut options = Options::default();
    for (at, (key, value)) in entries.into_iter().enumerate() {
        match options::known(&key) {
            Some(Known::Ignored(option)) if value.is_empty() => raw.properties.remove(option),
            Some(Known::Ignored(option)) => raw.properties.insert(option.to_owned(), value),
            Some(option) => options.set(option, name.part(key), value),
            // The key is not shown: it may be a piece of a value with a bare semicolon.
            None => {
                return Err(Error::invalid(
                    name,
                    format!(
                        "contains an option that MySqlConnector does not know (entry {}); check its \
                         spelling, and put a value that contains a semicolon in quotation marks",
                        at + 1
                    ),
                ));
            }
        }
    }
    options.into_raw(name, raw)
}

/// The options that count, each as it was spelled. The last one of a kind wins.
#[derive(Default)]
struct Options(Vec<(Known, Sourced<String>)>);

impl Options {
    fn set(&mut self, option: Known, name: Name, value: String) {
        self.0.retain(|(known, _)| *known != option);
        if !value.is_empty() {
            self.0.push((option, Sourced::new(name, value)));
        }
    }

    fn take(&mut self, option: Known) -> Option<Sourced<String>> {
        let at = self.0.iter().position(|(known, _)| *known == option)?;
        Some(self.0.swap_remove(at).1)
    }

    /// An option, or the name that it would have.
    fn optional(&mut self, option: Known, unset: Name) -> OptionalVar {
        match self.take(option) {
            Some(Sourced { name, value }) => OptionalVar::set(name, value),
            None => OptionalVar::unset(unset),
        }
    }

    fn into_raw(mut self, name: &Name, raw: &mut RawSettings) -> Result<(), Error> {
        let password = self.take(Known::Password);
        raw.password = raw.password.take().or(password.map(|it| it.name));
        if let Some(mode) = self.take(Known::SslMode) {
            let value = SSL_MODES.read(&mode.value);
            raw.tls.push(Sourced::new(mode.name, value));
        }
        if let Some(protocol) = self.take(Known::Protocol)
            && !["socket", "sockets", "tcp", "1"]
                .contains(&protocol.value.trim().to_ascii_lowercase().as_str())
        {
            return Err(misconfiguration::unix_socket(protocol.name));
        }
        raw.port = self.optional(Known::Port, name.part("Port"));
        raw.port.value = raw.port.get().map(|port| port.trim().to_owned());
        raw.user = self.optional(Known::User, name.part("User ID"));
        raw.database = self.optional(Known::Database, name.part("Database"));
        raw.host = OptionalVar::unset(name.part("Server"));
        if let Some(server) = self.take(Known::Server) {
            let (host, port) = endpoint::split(&server.name, &server.value)?;
            raw.host = OptionalVar::set(&server.name, host);
            if let (Some(own), Some(other)) = (raw.port.get(), port)
                && own != other
            {
                return Err(Error::contradiction(
                    &raw.port.name,
                    format!("differs from the port in {}; give one of them", server.name),
                ));
            }
            if let (None, Some(port)) = (raw.port.get(), port) {
                raw.port = OptionalVar::set(server.name.part("port"), port);
            }
        }
        if let Some(ca) = self.take(Known::SslCa) {
            raw.set_ca_file(ca.name, ca.value);
        }
        Ok(())
    }
}
