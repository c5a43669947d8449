use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    ClientType, Environment, Error, Settings, check, common, misconfiguration,
    name::Name,
    raw::RawSettings,
    sourced::{OptionalVar, Sourced},
    tls::{self, TlsMode, Vocabulary},
};

const ENGINE: &str = "django.db.backends.mysql";

const VERIFY_MODES: Vocabulary = Vocabulary {
    tls: "true required certrequired",
    weaker: "none optional false",
};

/// One entry of Django's
/// [`DATABASES`](https://docs.djangoproject.com/en/stable/ref/settings/#databases), without the
/// password.
///
/// ```
/// use azure_mysql::{Environment, django::Database};
///
/// let default = Database {
///     name: "orders".to_owned(),
///     user: "aad_orders".to_owned(),
///     host: "shop.mysql.database.azure.com".to_owned(),
///     ..Database::default()
/// };
/// let settings = default.settings(&Environment::process())?;
/// assert_eq!(settings.database(), Some("orders"));
/// # Ok::<(), azure_mysql::Error>(())
/// ```
///
/// In a file the keys are upper case, as in Django, or lower case. Unknown ones and `PASSWORD` are
/// errors:
///
/// ```
/// # #[derive(serde::Deserialize)]
/// # #[serde(rename_all = "UPPERCASE")]
/// # struct File { databases: std::collections::BTreeMap<String, azure_mysql::django::Database> }
/// let file: File = toml::from_str(
///     r#"
///     [DATABASES.default]
///     ENGINE = "django.db.backends.mysql"
///     NAME = "orders"
///     USER = "aad_orders"
///     HOST = "shop.mysql.database.azure.com"
///     OPTIONS = { ssl = { ca = "/etc/ssl/private-ca.pem" } }
///     "#,
/// )?;
/// assert_eq!(file.databases["default"].user, "aad_orders");
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub struct Database {
    /// `django.db.backends.mysql`, the default and the only one.
    pub engine: String,
    /// The database. Empty for none.
    pub name: String,
    /// The MySQL user. Needed.
    pub user: String,
    /// The server's host name. Needed.
    pub host: String,
    /// The TCP port. Defaults to 3306.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// What Django hands to the driver. `ssl.ca` is the PEM file of a private CA. A word for less
    /// than verified TLS is refused, and so is a password. Others are kept
    /// ([`Settings::property`]) and ignored.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, OptionValue>,
}

/// A value of [`Database::options`].
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OptionValue {
    /// `True` or `False` in Python.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<OptionValue>),
    /// A dictionary, such as `{'ca': '/path'}`.
    Dictionary(BTreeMap<String, OptionValue>),
}

impl fmt::Debug for Database {
    /// Without what nobody has checked yet: a host may be a URL with a password, an option the
    /// password itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("port", &self.port)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for OptionValue {
    /// What it is, and the names in it. A text may be a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => value.fmt(f),
            Self::Integer(_) | Self::Float(_) => f.write_str("[number]"),
            Self::Text(_) => f.write_str("[text]"),
            Self::List(values) => values.fmt(f),
            Self::Dictionary(values) => values.fmt(f),
        }
    }
}

impl From<&str> for OptionValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl OptionValue {
    /// A scalar as text.
    fn text(&self) -> Option<String> {
        match self {
            Self::Boolean(value) => Some(value.to_string()),
            Self::Integer(value) => Some(value.to_string()),
            Self::Float(value) => Some(value.to_string()),
            Self::Text(value) => Some(value.clone()),
            Self::List(_) | Self::Dictionary(_) => None,
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self {
            engine: ENGINE.to_owned(),
            name: String::new(),
            user: String::new(),
            host: String::new(),
            port: None,
            options: BTreeMap::new(),
        }
    }
}

impl Database {
    /// The settings. Who logs in, `AZURE_MYSQL_SSL_CA` and `AZURE_AUTHORITY_HOST` come from the
    /// environment, as with the variables.
    ///
    /// # Errors
    ///
    /// If a value is missing or cannot be used. The error names it.
    pub fn settings(&self, environment: &Environment) -> Result<Settings, Error> {
        if self.engine != ENGINE {
            return Err(Error::invalid(
                "ENGINE",
                format!("is not MySQL's; expected {ENGINE}"),
            ));
        }
        common::build(self.read(environment), environment)
    }

    fn read(&self, environment: &Environment) -> Result<RawSettings, Error> {
        let mut raw = common::raw_of_service_connector(ClientType::Django, environment)?;
        raw.host = OptionalVar::set("HOST", &self.host);
        raw.user = OptionalVar::set("USER", &self.user);
        if !self.name.is_empty() {
            raw.database = OptionalVar::set("NAME", &self.name);
        }
        if let Some(port) = self.port {
            raw.port = OptionalVar::set("PORT", port.to_string());
        }
        for (option, value) in &self.options {
            read_option(option, value, &mut raw)?;
        }
        Ok(raw)
    }
}

/// The options of mysqlclient and `PyMySQL` that say something about the login and TLS.
fn read_option(option: &str, value: &OptionValue, raw: &mut RawSettings) -> Result<(), Error> {
    let name = Name::from("OPTIONS").part(option);
    let text = value.text();
    let mode = match (option, value) {
        ("passwd" | "password", _) => return Err(misconfiguration::password(name)),
        ("unix_socket", _) => return Err(misconfiguration::unix_socket(name)),
        ("ssl_ca" | "ssl.ca", OptionValue::Text(file)) => {
            raw.set_ca_file(name, file);
            return Ok(());
        }
        ("ssl", OptionValue::Dictionary(ssl)) => {
            return ssl
                .iter()
                .try_for_each(|(option, value)| read_option(&format!("ssl.{option}"), value, raw));
        }
        ("ssl_disabled", OptionValue::Boolean(is_disabled)) => of_boolean(!is_disabled),
        (
            "ssl_verify_cert" | "ssl_verify_identity" | "ssl.check_hostname" | "ssl.verify_mode",
            OptionValue::Boolean(is_verified),
        ) => of_boolean(*is_verified),
        ("ssl.verify_mode", _) => VERIFY_MODES.read(&text.unwrap_or_default()),
        ("ssl" | "ssl_mode", _) => tls::ANY.read(&text.unwrap_or_default()),
        _ => {
            let text = text.unwrap_or_default();
            raw.properties.insert(option.to_owned(), text);
            return Ok(());
        }
    };
    raw.tls.push(Sourced::new(name, mode));
    Ok(())
}

fn of_boolean(is_verified: bool) -> TlsMode {
    if is_verified {
        TlsMode::Tls
    } else {
        TlsMode::Weaker
    }
}

impl<'de> Deserialize<'de> for Database {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        Ok(Self {
            engine: written.engine,
            name: written.name,
            user: written.user,
            host: written.host,
            port: written
                .port
                .map_or(Ok(None), Port::number)
                .map_err(serde::de::Error::custom)?,
            options: written.options,
        })
    }
}

/// The entry as it is written: the other keys of Django are errors, and `PASSWORD` one of its own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(rename = "ENGINE", alias = "engine")]
    engine: String,
    #[serde(rename = "NAME", alias = "name", default)]
    name: String,
    #[serde(rename = "USER", alias = "user", default)]
    user: String,
    #[serde(rename = "HOST", alias = "host", default)]
    host: String,
    #[serde(rename = "PORT", alias = "port", default)]
    port: Option<Port>,
    #[serde(rename = "OPTIONS", alias = "options", default)]
    options: BTreeMap<String, OptionValue>,
    #[serde(rename = "PASSWORD", alias = "password", default)]
    #[expect(dead_code, reason = "there is none: to read one is an error")]
    password: Option<NoPassword>,
}

/// Django takes a text for the port too, and an empty one for the default.
#[derive(Deserialize)]
#[serde(untagged)]
enum Port {
    Number(u16),
    Text(String),
}

impl Port {
    fn number(self) -> Result<Option<u16>, Error> {
        match self {
            Self::Number(port) => Ok(Some(port)),
            Self::Text(text) if text.is_empty() => Ok(None),
            Self::Text(text) => check::parse_port(&"PORT".into(), &text).map(Some),
        }
    }
}

struct NoPassword;

impl<'de> Deserialize<'de> for NoPassword {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom(misconfiguration::password(
            "PASSWORD",
        )))
    }
}
