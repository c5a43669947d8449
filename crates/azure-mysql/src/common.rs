//! What all client types have in common: who logs in, which roots are trusted, where identities log
//! in, and how a missing value is explained.

use crate::{
    ClientType, Environment, Error, ErrorKind, Settings,
    environment::{Origin, Variable},
    misconfiguration,
    name::{Name, plain},
    raw::RawSettings,
    variables::{
        APP_SERVICE_PREFIX, AUTHORITY, CERTIFICATE, CLIENT_ID, CLIENT_SECRET, CONNECTION_STRING,
        FEDERATED_TOKEN_FILE, NAMES, PASSWORD, SDK_CLIENT_ID, SDK_TENANT_ID, SSL_CA, TENANT_ID,
        USUAL_PREFIX,
    },
};

/// What reads a connection string.
pub(crate) type Grammar = fn(&Name, &str, &mut RawSettings) -> Result<(), Error>;

/// The variables that are not Service Connector's own.
pub(crate) fn raw(
    client_type: ClientType,
    environment: &Environment,
) -> Result<RawSettings, Error> {
    let mut raw = RawSettings::of(client_type);
    raw.origin = Origin::Given(environment.clone().into());
    raw.ca_file = environment.optional(SSL_CA)?;
    raw.authority = environment.optional(AUTHORITY)?;
    raw.credential.certificate_file = environment.optional(CERTIFICATE)?;
    raw.credential.token_file = environment.optional(FEDERATED_TOKEN_FILE)?;
    raw.credential.sdk_client_id = environment.optional(SDK_CLIENT_ID)?;
    raw.credential.sdk_tenant_id = environment.optional(SDK_TENANT_ID)?;
    Ok(raw)
}

/// The same, and those that Service Connector sets for all client types but Spring Boot.
pub(crate) fn raw_of_service_connector(
    client_type: ClientType,
    environment: &Environment,
) -> Result<RawSettings, Error> {
    let mut raw = raw(client_type, environment)?;
    raw.password = environment.variable(PASSWORD)?.map(|it| it.name);
    raw.credential.client_id = environment.optional(CLIENT_ID)?;
    raw.credential.client_secret = environment.optional(CLIENT_SECRET)?;
    raw.credential.tenant_id = environment.optional(TENANT_ID)?;
    Ok(raw)
}

/// The same, and what the connection string says.
pub(crate) fn raw_of_connection_string(
    client_type: ClientType,
    environment: &Environment,
    expected: &str,
    grammar: Grammar,
) -> Result<RawSettings, Error> {
    let mut raw = raw_of_service_connector(client_type, environment)?;
    let text = connection_string(environment, expected)?;
    grammar(&text.name, text.value, &mut raw)?;
    Ok(raw)
}

/// The connection string. White space around it is harmless: its grammar says what becomes of it.
pub(crate) fn connection_string<'a>(
    environment: &'a Environment,
    expected: &str,
) -> Result<Variable<'a>, Error> {
    let text = environment.variable(CONNECTION_STRING)?;
    let missing = || Error::missing(environment.name_of(CONNECTION_STRING), expected);
    let text = text.ok_or_else(missing)?;
    if text.value.trim().is_empty() {
        return Err(misconfiguration::empty(&text.name, expected));
    }
    misconfiguration::refuse_key_vault_reference(&text.name, text.value)?;
    misconfiguration::refuse_quotes(&text.name, text.value)?;
    Ok(text)
}

/// Reads a connection string from elsewhere than the environment.
pub(crate) fn parse(
    client_type: ClientType,
    name: &str,
    text: &str,
    grammar: Grammar,
) -> Result<Settings, Error> {
    let name = Name::from(name);
    misconfiguration::refuse_quotes(&name, text)?;
    let mut raw = RawSettings::of(client_type);
    grammar(&name, text, &mut raw)?;
    raw.build()
}

/// Makes settings of what was read of an environment. If something is missing, the error says
/// whether anything is set at all, and which names come near.
pub(crate) fn build(
    raw: Result<RawSettings, Error>,
    environment: &Environment,
) -> Result<Settings, Error> {
    let settings = raw.and_then(RawSettings::build);
    settings.map_err(|error| match error.kind() {
        ErrorKind::Missing if !describes_a_connection(environment) => error.not_configured(),
        ErrorKind::Missing => match near_name(environment) {
            Some(hint) => error.with_hint(&hint),
            None => error,
        },
        _ => error,
    })
}

/// Whether any variable belongs to the connection that was asked for.
fn describes_a_connection(environment: &Environment) -> bool {
    let prefix = plain(environment.prefix());
    let is_usual = environment.prefix() == USUAL_PREFIX;
    environment.names().any(|name| {
        let of_app_service = name.strip_prefix(APP_SERVICE_PREFIX);
        plain(of_app_service.unwrap_or(name)).starts_with(&prefix)
            || is_usual && (of_app_service.is_some() || plain(name).starts_with("springdatasource"))
            || environment.is_renamed(name)
    })
}

/// A name that is set and looks like one that is not: misspelt, or with another connection's prefix.
fn near_name(environment: &Environment) -> Option<String> {
    let misspelt = environment.names().find_map(|name| {
        let usual = NAMES.iter().map(|usual| environment.name_of(usual));
        let mut usual = usual.filter(|usual| plain(usual) == plain(name) && usual != name);
        let usual = usual.next()?;
        Some(format!("; {name} is set: rename it to {usual}"))
    });
    misspelt.or_else(|| {
        let is_other_connection = |name: &&str| {
            (name.ends_with("_HOST") || name.ends_with("_CONNECTIONSTRING"))
                && name.starts_with(USUAL_PREFIX)
                && !NAMES.contains(name)
                && !environment.is_renamed(name)
        };
        let other = environment.names().find(is_other_connection)?;
        Some(format!(
            "; {other} is set: if it belongs to this connection, pass its prefix to \
             Environment::with_prefix"
        ))
    })
}
