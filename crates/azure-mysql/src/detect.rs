//! Which client type an environment was made for.

use crate::{
    ClientType, Environment, Error, Settings,
    check::DEFAULT_PORT,
    common,
    discrete_variables::{self, DATABASES, USERS},
    django, dotnet, go, java,
    name::Name,
    nodejs, other, php, python,
    raw::{EXPECTED_HOST, RawSettings},
    ruby, springboot,
    user::without_server,
    variables::{
        APP_SERVICE_PREFIX, CLIENT_ID, CONNECTION_STRING, DATABASE, DBNAME, HOST, NAME, PORT, USER,
        USERNAME,
    },
};

const EXPECTED: &str = "an ADO.NET connection string, a JDBC URL or a DSN of go-sql-driver";

impl Settings {
    /// What Service Connector has set in this process's environment, for whichever client type.
    ///
    /// # Errors
    ///
    /// As [`from_environment`](Self::from_environment).
    pub fn from_env() -> Result<Self, Error> {
        Self::from_environment(&Environment::process())
    }

    /// What Service Connector has set, for whichever client type:
    /// [`client_type`](Self::client_type) says which one it looks like.
    ///
    /// ```
    /// use azure_mysql::{ClientType, Environment, ErrorKind, Settings};
    ///
    /// let settings = Settings::from_environment(&Environment::from_iter([(
    ///     "AZURE_MYSQL_CONNECTIONSTRING",
    ///     "aad_orders@tcp(shop.mysql.database.azure.com:3306)/orders?tls=true",
    /// )]))?;
    /// assert_eq!(settings.client_type(), Some(ClientType::Go));
    ///
    /// let nothing = Settings::from_environment(&Environment::default()).unwrap_err();
    /// assert_eq!(nothing.kind(), ErrorKind::NotConfigured);
    /// # Ok::<(), azure_mysql::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If a variable is missing or cannot be used, or two of them contradict each other. The error
    /// names them. [`ErrorKind::NotConfigured`](crate::ErrorKind::NotConfigured) if none is set.
    pub fn from_environment(environment: &Environment) -> Result<Self, Error> {
        common::build(read(environment), environment)
    }
}

impl ClientType {
    /// Reads the settings as its module does, whatever the environment looks like.
    ///
    /// # Errors
    ///
    /// If a variable is missing or cannot be used. The error names it.
    pub fn settings(self, environment: &Environment) -> Result<Settings, Error> {
        match self {
            Self::Dotnet => dotnet::from_environment(environment),
            Self::Java => java::from_environment(environment),
            Self::Springboot => springboot::from_environment(environment),
            Self::Python => python::from_environment(environment),
            Self::Django => django::from_environment(environment),
            Self::Go => go::from_environment(environment),
            Self::Nodejs => nodejs::from_environment(environment),
            Self::Php => php::from_environment(environment),
            Self::Ruby => ruby::from_environment(environment),
            Self::Other => other::from_environment(environment),
        }
    }
}

fn read(environment: &Environment) -> Result<RawSettings, Error> {
    let string = environment.variable(CONNECTION_STRING)?.map(|it| it.name);
    let url = springboot::name_of_url(environment)?;
    let (mut raw, source) = match (string, url) {
        (None, None) if environment.is_set(HOST) => {
            return discrete_variables::detect(environment);
        }
        (None, None) => return read_other_string(environment),
        (Some(string), None) => (read_string(environment)?, string),
        (None, Some(url)) => (springboot::read_environment(environment)?, url),
        (Some(string), Some(url)) => {
            let mut raw = read_string(environment)?;
            if !is_same_connection(&raw, &springboot::read_environment(environment)?) {
                return Err(conflict(&string, &url));
            }
            raw.warnings.push(agreement(&url, &string));
            (raw, string)
        }
    };
    compare_with_variables(&mut raw, &source, environment)?;
    Ok(raw)
}

/// The three grammars look nothing like each other.
fn read_string(environment: &Environment) -> Result<RawSettings, Error> {
    let text = common::connection_string(environment, EXPECTED)?;
    let value = text.value.trim_start();
    let is_jdbc = value
        .get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case("jdbc:"));
    let is_dsn = value.contains('/') && (value.contains('(') || !value.contains(';'));
    if is_jdbc {
        java::read_environment(environment)
    } else if dotnet::looks_like_one(value) {
        dotnet::read_environment(environment)
    } else if value.contains("://") || !value.contains(['/', '=', ';']) {
        let problem = format!("is in no recognised format; expected {EXPECTED}");
        Err(Error::invalid(text.name, problem))
    } else if is_dsn {
        go::read_environment(environment)
    } else {
        dotnet::read_environment(environment)
    }
}

/// A connection string that App Service gave a name of its own, where nothing else is set.
fn read_other_string(environment: &Environment) -> Result<RawSettings, Error> {
    // An environment with a prefix or a renamed string means that one.
    let is_usual = environment.name_of(CONNECTION_STRING) == CONNECTION_STRING;
    let mut strings = environment
        .names()
        .filter(|name| is_usual && name.starts_with(APP_SERVICE_PREFIX));
    match (strings.next(), strings.next()) {
        (Some(name), None) => read(&environment.clone().with_key(CONNECTION_STRING, name)),
        (Some(one), Some(other)) => Err(Error::contradiction(
            one,
            format!("and {other} are both set; choose one with Environment::with_key"),
        )),
        (None, _) => {
            let string = environment.name_of(CONNECTION_STRING);
            let url = springboot::URL;
            let expected = format!("{EXPECTED_HOST}, or {string} or {url} instead");
            Err(Error::missing(environment.name_of(HOST), &expected))
        }
    }
}

/// Variables of a single value beside a connection string or a URL have to agree with it.
fn compare_with_variables(
    raw: &mut RawSettings,
    source: &Name,
    environment: &Environment,
) -> Result<(), Error> {
    let host = raw.host.get().unwrap_or_default();
    let names = [HOST, PORT].into_iter().chain(USERS).chain(DATABASES);
    for usual in names.chain([CLIENT_ID]) {
        let Some(variable) = environment.variable(usual)? else {
            continue;
        };
        let value = variable.value;
        let agrees = match usual {
            HOST => value.eq_ignore_ascii_case(host),
            PORT => value == port(raw),
            USER | USERNAME => Some(without_server(value, host)) == bare_user(raw),
            NAME | DATABASE | DBNAME => Some(value) == raw.database.get(),
            _ => Some(value) == raw.credential.used_client_id(),
        };
        if !agrees {
            return Err(conflict(&variable.name, source));
        }
        // The client id belongs beside a connection string.
        if usual != CLIENT_ID {
            raw.warnings.push(agreement(&variable.name, source));
        }
    }
    Ok(())
}

fn is_same_connection(one: &RawSettings, other: &RawSettings) -> bool {
    let host = |raw: &RawSettings| raw.host.get().map(str::to_ascii_lowercase);
    host(one) == host(other)
        && port(one) == port(other)
        && one.database.value == other.database.value
        && bare_user(one) == bare_user(other)
}

fn port(raw: &RawSettings) -> String {
    let default = || DEFAULT_PORT.to_string();
    raw.port.value.clone().unwrap_or_else(default)
}

fn bare_user(raw: &RawSettings) -> Option<&str> {
    let host = raw.host.get().unwrap_or_default();
    raw.user.get().map(|user| without_server(user, host))
}

fn conflict(one: &Name, other: &Name) -> Error {
    Error::contradiction(one, format!("and {other} conflict; remove one of them"))
}

fn agreement(one: &Name, other: &Name) -> String {
    format!("{one} says the same as {other}")
}
