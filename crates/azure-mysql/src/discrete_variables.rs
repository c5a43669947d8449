//! Client types that have a variable for each value. They differ in the names of those variables.

use crate::{
    ClientType, Environment, Error, Settings, common,
    environment::Variable,
    misconfiguration,
    raw::RawSettings,
    sourced::{OptionalVar, Sourced},
    tls::{self, TlsMode},
    variables::{DATABASE, DBNAME, FLAG, HOST, NAME, PORT, SSL, SSL_MODE, USER, USERNAME},
};

/// What a client type's variables are called, where they differ.
struct Names {
    client_type: ClientType,
    user: &'static str,
    database: &'static str,
    tls: Option<&'static str>,
    /// Any of these tells the client type from those below it.
    marks: &'static [&'static str],
}

/// In the order in which they are told apart. Python's names are what remains; Django's are the same.
#[rustfmt::skip]
const TABLE: [Names; 6] = [
    names(ClientType::Php, USERNAME, DBNAME, Some(FLAG), &[FLAG, DBNAME]),
    names(ClientType::Ruby, USERNAME, DATABASE, Some(SSL_MODE), &[SSL_MODE]),
    names(ClientType::Other, USERNAME, DATABASE, Some(SSL), &[USERNAME]),
    names(ClientType::Nodejs, USER, DATABASE, Some(SSL), &[DATABASE, SSL]),
    PYTHON,
    names(ClientType::Django, USER, NAME, None, &[]),
];

const PYTHON: Names = names(ClientType::Python, USER, NAME, None, &[]);

const fn names(
    client_type: ClientType,
    user: &'static str,
    database: &'static str,
    tls: Option<&'static str>,
    marks: &'static [&'static str],
) -> Names {
    Names {
        client_type,
        user,
        database,
        tls,
        marks,
    }
}

/// All names of the user, of the database, and for TLS.
pub(crate) const USERS: [&str; 2] = [USER, USERNAME];
pub(crate) const DATABASES: [&str; 3] = [NAME, DATABASE, DBNAME];
const TLS: [&str; 3] = [SSL, SSL_MODE, FLAG];

/// Reads the variables of one client type, and no others.
pub(crate) fn settings(
    client_type: ClientType,
    environment: &Environment,
) -> Result<Settings, Error> {
    let own = TABLE.iter().find(|names| names.client_type == client_type);
    let own = own.unwrap_or(&PYTHON);
    let tls = own.tls.as_slice();
    let raw = read(own, &[own.user], &[own.database], tls, environment);
    common::build(raw, environment)
}

/// Reads the variables of whichever client type the environment looks like. Names of different client
/// types may be mixed, as in the page's own samples.
pub(crate) fn detect(environment: &Environment) -> Result<RawSettings, Error> {
    let is_set = |mark: &&str| environment.is_set(mark);
    let has_mark = |names: &&Names| names.marks.is_empty() || names.marks.iter().any(is_set);
    let names = TABLE.iter().find(has_mark).unwrap_or(&PYTHON);
    read(names, &USERS, &DATABASES, &TLS, environment)
}

fn read(
    names: &Names,
    users: &[&str],
    databases: &[&str],
    tls: &[&str],
    environment: &Environment,
) -> Result<RawSettings, Error> {
    let mut raw = common::raw_of_service_connector(names.client_type, environment)?;
    raw.host = environment.optional(HOST)?;
    raw.port = environment.optional(PORT)?;
    raw.user = one_of(users, names.user, &mut raw.warnings, environment)?;
    raw.database = one_of(databases, names.database, &mut raw.warnings, environment)?;
    for &usual in tls {
        if let Some(word) = environment.variable(usual)? {
            raw.tls.push(tls_mode(usual, word)?);
        }
    }
    Ok(raw)
}

fn tls_mode(usual: &str, word: Variable<'_>) -> Result<Sourced<TlsMode>, Error> {
    misconfiguration::check_text(&word.name, word.value, "a TLS mode, such as required")?;
    let mode = match usual {
        FLAG => tls::read_php_flags(word.value),
        _ => tls::ANY.read(word.value),
    };
    Ok(Sourced::new(word.name, mode))
}

/// The variable that is set; the client type's own if none is. Two that differ are a contradiction.
fn one_of(
    names: &[&str],
    own: &str,
    warnings: &mut Vec<String>,
    environment: &Environment,
) -> Result<OptionalVar, Error> {
    let mut found: Option<Variable<'_>> = None;
    for name in names {
        let variable = environment.variable(name)?;
        if let (Some(first), Some(other)) = (&found, &variable) {
            warnings.push(format!("{} says the same as {}", other.name, first.name));
        }
        found = Variable::only_one(found, variable)?;
    }
    Ok(match found {
        Some(variable) => OptionalVar::set(variable.name, variable.value),
        None => OptionalVar::unset(environment.name_of(own)),
    })
}
