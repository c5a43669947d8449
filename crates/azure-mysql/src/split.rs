//! Client types that have a variable for each value. They differ in how they spell the names.

use crate::{
    ClientType, Environment, Error, Settings,
    checks::{self, EXPECTED_DATABASE, EXPECTED_HOST, EXPECTED_PORT, EXPECTED_USER},
    every_client,
    inference::Credential,
    tls,
    variables::{FLAG, HOST, PORT},
};

/// How a client type spells the names that differ.
pub(crate) struct Spelling<'a> {
    pub(crate) user: &'a str,
    pub(crate) database: &'a str,
    /// The variables that say something about TLS.
    pub(crate) tls: &'a [&'a str],
}

pub(crate) fn settings(
    client_type: ClientType,
    spelling: &Spelling<'_>,
    environment: &Environment,
) -> Result<Settings, Error> {
    every_client::refuse_password(environment)?;
    let host = environment.require(HOST, EXPECTED_HOST)?;
    let user = environment.require(spelling.user, EXPECTED_USER)?;
    let mut builder = Settings::builder()
        .host_named(host.name, host.value)
        .user_named(user.name, user.value);
    if let Some(database) = environment.value(spelling.database, EXPECTED_DATABASE)? {
        builder = builder.database_named(database.name, database.value);
    }
    if let Some(port) = environment.value(PORT, EXPECTED_PORT)? {
        let number = checks::parse_port(&port.name, port.value)?;
        builder = builder.port_named(port.name, number);
    }
    for &variable in spelling.tls {
        if let Some(word) = environment.value(variable, "a word for TLS, such as required")? {
            if variable == FLAG {
                tls::check_php_flag(&word.name, word.value)?;
            } else {
                tls::check(&word.name, word.value, tls::STRONG, tls::WEAK)?;
            }
        }
    }
    let credential = Credential::of_service_connector(environment)?;
    every_client::settings(client_type, builder, &credential, environment)
}
