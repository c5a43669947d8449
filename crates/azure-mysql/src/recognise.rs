//! Which client type an environment was made for.

use crate::{
    ClientType, Environment, Error, Settings, checks, dotnet,
    environment::the_only_one,
    every_client, go, java,
    split::{self, Spelling},
    springboot,
    variables::{
        APP_SERVICE_PREFIX, CONNECTION_STRING, DATABASE, DBNAME, FLAG, HOST, NAME, SSL, SSL_MODE,
        USER, USERNAME, USUAL_PREFIX,
    },
};

/// The three ways in which a connection is described.
#[derive(Clone, Copy)]
enum Source {
    ConnectionString,
    Spring,
    Split,
}

pub(crate) fn settings(environment: &Environment) -> Result<Settings, Error> {
    let mut sources = Vec::new();
    if environment.is_set(CONNECTION_STRING)? {
        sources.push(Source::ConnectionString);
    }
    if springboot::is_set(environment)? {
        sources.push(Source::Spring);
    }
    if environment.is_set(HOST)? {
        sources.push(Source::Split);
    }
    let Some((&first, others)) = sources.split_first() else {
        return nothing_is_set(environment);
    };
    let mut settings = first.settings(environment)?;
    for other in others {
        let name = other.name(environment)?;
        if !same_connection(&settings, &other.settings(environment)?) {
            return Err(Error::contradiction(
                name,
                format!(
                    "and {} say different things of the connection; remove one of them",
                    first.name(environment)?
                ),
            ));
        }
        settings.warnings.push(format!(
            "{name} says the same as {}",
            first.name(environment)?
        ));
    }
    Ok(settings)
}

impl Source {
    /// The variable that stands for it.
    fn name(self, environment: &Environment) -> Result<String, Error> {
        match self {
            Self::ConnectionString => every_client::connection_string(environment, "")
                .map(|variable| variable.name.to_string()),
            Self::Spring => springboot::name_of_url(environment),
            Self::Split => Ok(environment.name_of(HOST)),
        }
    }

    fn settings(self, environment: &Environment) -> Result<Settings, Error> {
        match self {
            Self::ConnectionString => connection_string(environment),
            Self::Spring => springboot::from_environment(environment),
            Self::Split => split_variables(environment),
        }
    }
}

fn same_connection(one: &Settings, other: &Settings) -> bool {
    one.host.eq_ignore_ascii_case(&other.host)
        && one.port == other.port
        && one.database == other.database
        && one.user == other.user
}

/// The three grammars look nothing like each other.
fn connection_string(environment: &Environment) -> Result<Settings, Error> {
    let expected = "an ADO.NET connection string, a JDBC URL or a DSN of go-sql-driver";
    let text = every_client::connection_string(environment, expected)?;
    let value = text.value.trim_start();
    let is_jdbc = value
        .get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case("jdbc:"));
    if is_jdbc {
        java::from_environment(environment)
    } else if dotnet::looks_like_one(value) {
        dotnet::from_environment(environment)
    } else if value.contains('/') && !value.contains("://") {
        go::from_environment(environment)
    } else if value.contains(['=', ';']) && !value.contains("://") {
        dotnet::from_environment(environment)
    } else {
        Err(Error::invalid(
            text.name,
            format!("is written in no form that is known here; expected {expected}"),
        ))
    }
}

fn split_variables(environment: &Environment) -> Result<Settings, Error> {
    let is_set = |usual| environment.is_set(usual);
    let client_type = if is_set(FLAG)? || is_set(DBNAME)? {
        ClientType::Php
    } else if is_set(SSL_MODE)? {
        ClientType::Ruby
    } else if is_set(USERNAME)? {
        ClientType::Other
    } else if is_set(DATABASE)? || is_set(SSL)? {
        ClientType::Nodejs
    } else {
        ClientType::Python
    };
    let mut warnings = Vec::new();
    let user = the_spelling(
        environment,
        usual_user(client_type),
        &[USER, USERNAME],
        &mut warnings,
    )?;
    let names = [NAME, DATABASE, DBNAME];
    let database = the_spelling(
        environment,
        usual_database(client_type),
        &names,
        &mut warnings,
    )?;
    let spelling = Spelling {
        user,
        database,
        tls: &[SSL, SSL_MODE, FLAG],
    };
    let mut settings = split::settings(client_type, &spelling, environment)?;
    settings.warnings.append(&mut warnings);
    Ok(settings)
}

fn usual_user(client_type: ClientType) -> &'static str {
    match client_type {
        ClientType::Php | ClientType::Ruby | ClientType::Other => USERNAME,
        _ => USER,
    }
}

fn usual_database(client_type: ClientType) -> &'static str {
    match client_type {
        ClientType::Php => DBNAME,
        ClientType::Python => NAME,
        _ => DATABASE,
    }
}

/// The spelling that is set; the usual one if none is. Two that differ are a contradiction.
fn the_spelling(
    environment: &Environment,
    usual: &'static str,
    spellings: &[&'static str],
    warnings: &mut Vec<String>,
) -> Result<&'static str, Error> {
    let mut found = None;
    let mut first = None;
    for &spelling in spellings {
        let variable = environment.variable(spelling)?;
        if let (Some(first), Some(other)) = (&found, &variable) {
            the_only_one(Some(Clone::clone(first)), Some(other.clone()))?;
            warnings.push(format!("{} says the same as {}", other.name, first.name));
        } else if variable.is_some() {
            found = variable;
            first = Some(spelling);
        }
    }
    Ok(first.unwrap_or(usual))
}

/// A last look: a connection string that App Service renamed, or a connection with a prefix.
fn nothing_is_set(environment: &Environment) -> Result<Settings, Error> {
    let strings = environment.matching(|name| name.starts_with(APP_SERVICE_PREFIX));
    let mut strings = strings
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?
        .into_iter();
    match (strings.next(), strings.next()) {
        (Some(one), None) => {
            let name = one.name.whole().to_owned();
            return connection_string(&environment.clone().with_key(CONNECTION_STRING, name));
        }
        (Some(one), Some(other)) => {
            return Err(Error::contradiction(
                one.name,
                format!(
                    "and {} are both set; choose one with Environment::with_key",
                    other.name
                ),
            ));
        }
        (None, _) => {}
    }
    let ends = |name: &str| name.ends_with("_HOST") || name.ends_with("_CONNECTIONSTRING");
    let with_prefix = environment.matching(|name| name.starts_with(USUAL_PREFIX) && ends(name));
    let hint = match with_prefix.into_iter().next() {
        Some(Ok(other)) => format!(
            "; there is {}, whose prefix Environment::with_prefix takes",
            other.name
        ),
        _ => String::new(),
    };
    let expected = format!(
        "{}, or {} or {} in its place{hint}",
        checks::EXPECTED_HOST,
        environment.name_of(CONNECTION_STRING),
        springboot::URL
    );
    Err(Error::missing(environment.name_of(HOST), &expected))
}
