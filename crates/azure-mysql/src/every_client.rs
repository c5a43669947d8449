//! What all client types have in common: who logs in, which roots are trusted, which cloud.

use std::path::Path;

use crate::{
    ClientType, Cloud, Environment, Error, Settings, SettingsBuilder, Trust, checks,
    environment::Variable,
    inference::Credential,
    mistakes,
    variables::{AUTHORITY, CONNECTION_STRING, PASSWORD, SSL_CA},
};

/// Makes settings of what `builder` says of the server and the user.
pub(crate) fn settings(
    client_type: ClientType,
    mut builder: SettingsBuilder,
    credential: &Credential<'_>,
    environment: &Environment,
) -> Result<Settings, Error> {
    let mut warnings = Vec::new();
    let identity = credential.identity(environment, &mut warnings)?;
    builder = builder.identity(identity);
    for warning in warnings {
        builder = builder.warning(warning);
    }
    if let Some(file) = environment.value(SSL_CA, "the path of a PEM file")? {
        let is_second = builder.has_private_ca();
        builder = builder.trust(Trust::private_ca_named(
            file.name.clone(),
            Path::new(file.value),
        )?);
        if is_second {
            let note = "goes before the CA file of the connection string";
            builder = builder.warning(format!("{} {note}", file.name));
        }
    }
    if let Some(authority) = environment.value(AUTHORITY, "an https address")? {
        let cloud = cloud_with_authority(authority.value, builder.given_host());
        builder = builder.cloud_named(authority.name, cloud);
    }
    builder
        .client_type(client_type)
        .without_server_suffix()
        .build()
}

/// The connection string. White space around it is no harm: its grammar says what becomes of it.
pub(crate) fn connection_string<'a>(
    environment: &'a Environment,
    expected: &str,
) -> Result<Variable<'a>, Error> {
    let Some(text) = environment.variable(CONNECTION_STRING)? else {
        return Err(Error::missing(
            environment.name_of(CONNECTION_STRING),
            expected,
        ));
    };
    if text.value.trim().is_empty() {
        return Err(Error::invalid(
            text.name,
            format!("is empty; expected {expected}"),
        ));
    }
    mistakes::refuse_key_vault_reference(&text.name, text.value)?;
    Ok(text)
}

/// A password, where the login is by token.
pub(crate) fn refuse_password(environment: &Environment) -> Result<(), Error> {
    match environment.variable(PASSWORD)? {
        Some(password) => Err(mistakes::password(password.name)),
        None => Ok(()),
    }
}

/// One of the known clouds if the authority is its own, else the cloud of the host behind that
/// authority.
fn cloud_with_authority(authority: &str, host: &str) -> Cloud {
    let of_host = checks::cloud_of_host(host).unwrap_or_default();
    let cloud = of_host.with_authority(authority);
    checks::cloud_of_authority(&cloud).unwrap_or(cloud)
}
