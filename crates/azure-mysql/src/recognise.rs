//! Which client type an environment was made for.

use crate::{
    ClientType, Environment, Error, Settings,
    builder::without_server,
    checks, dotnet,
    environment::the_only_one,
    every_client, go, java, mistakes,
    name::Name,
    split::{self, Spelling},
    springboot,
    variables::{
        APP_SERVICE_PREFIX, CLIENT_ID, CONNECTION_STRING, DATABASE, DBNAME, FLAG, HOST, NAME, PORT,
        SSL, SSL_MODE, USER, USERNAME, USUAL_PREFIX,
    },
};

pub(crate) fn settings(environment: &Environment) -> Result<Settings, Error> {
    let string = environment.variable(CONNECTION_STRING)?;
    let url = springboot::name_of_url(environment)?;
    match (string, url) {
        (None, None) if environment.is_set(HOST)? => split_variables(environment),
        (None, None) => nothing_is_set(environment),
        (Some(string), None) => {
            beside_others(connection_string(environment)?, &string.name, environment)
        }
        (None, Some(url)) => beside_others(
            springboot::from_environment(environment)?,
            &url,
            environment,
        ),
        (Some(string), Some(url)) => {
            let mut settings = connection_string(environment)?;
            if !same_connection(&settings, &springboot::from_environment(environment)?) {
                return Err(differ(&string.name, &url));
            }
            settings.warnings.push(same(&url, &string.name));
            beside_others(settings, &string.name, environment)
        }
    }
}

/// Variables of a single value beside a connection string or a URL have to say the same.
fn beside_others(
    mut settings: Settings,
    source: &Name,
    environment: &Environment,
) -> Result<Settings, Error> {
    let port = settings.port.to_string();
    for usual in [
        HOST, PORT, USER, USERNAME, NAME, DATABASE, DBNAME, CLIENT_ID,
    ] {
        let Some(variable) = environment.variable(usual)? else {
            continue;
        };
        let is_same = match usual {
            HOST => variable.value.eq_ignore_ascii_case(&settings.host),
            PORT => variable.value == port,
            USER | USERNAME => without_server(variable.value, &settings.host) == settings.user,
            CLIENT_ID => Some(variable.value) == settings.identity.client_id(),
            _ => Some(variable.value) == settings.database(),
        };
        if !is_same {
            return Err(differ(&variable.name, source));
        }
        // The client id belongs beside a connection string.
        if usual != CLIENT_ID {
            settings.warnings.push(same(&variable.name, source));
        }
    }
    Ok(settings)
}

fn same_connection(one: &Settings, other: &Settings) -> bool {
    one.host.eq_ignore_ascii_case(&other.host)
        && one.port == other.port
        && one.database == other.database
        && one.user == other.user
}

fn differ(one: &Name, other: &Name) -> Error {
    Error::contradiction(
        one,
        format!("and {other} say different things of the connection; remove one of them"),
    )
}

fn same(one: &Name, other: &Name) -> String {
    format!("{one} says the same as {other}")
}

/// The three grammars look nothing like each other.
fn connection_string(environment: &Environment) -> Result<Settings, Error> {
    let expected = "an ADO.NET connection string, a JDBC URL or a DSN of go-sql-driver";
    let text = every_client::connection_string(environment, expected)?;
    mistakes::refuse_quotes_around(&text.name, text.value)?;
    let value = text.value.trim_start();
    let unknown_form = Error::invalid(
        &text.name,
        format!("is written in no form that is known here; expected {expected}"),
    );
    let is_jdbc = value
        .get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case("jdbc:"));
    if is_jdbc {
        java::from_environment(environment)
    } else if dotnet::looks_like_one(value) {
        dotnet::from_environment(environment)
    } else if value.contains("://") {
        Err(unknown_form)
    } else if value.contains('/') && (value.contains('(') || !value.contains(';')) {
        go::from_environment(environment)
    } else if value.contains(['=', ';']) {
        dotnet::from_environment(environment)
    } else {
        Err(unknown_form)
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
            warnings.push(same(&other.name, &first.name));
        } else if variable.is_some() {
            found = variable;
            first = Some(spelling);
        }
    }
    Ok(first.unwrap_or(usual))
}

/// A last look: a connection string that App Service renamed, or a connection with a prefix.
fn nothing_is_set(environment: &Environment) -> Result<Settings, Error> {
    // Who gave a name or a prefix means that one.
    let is_usual = environment.name_of(CONNECTION_STRING) == CONNECTION_STRING;
    let strings = environment.matching(|name| is_usual && name.starts_with(APP_SERVICE_PREFIX));
    let mut strings = strings
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?
        .into_iter();
    match (strings.next(), strings.next()) {
        (Some(one), None) => {
            let name = one.name.whole().to_owned();
            return settings(&environment.clone().with_key(CONNECTION_STRING, name));
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
