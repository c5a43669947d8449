//! What Spring's properties say, wherever they come from.

use super::properties::{Properties, Property};
use crate::{
    ClientType, Error, Settings, checks, every_client,
    inference::{Credential, EXPECTED_CLIENT_ID, EXPECTED_SECRET, EXPECTED_TENANT_ID, Part},
    java, mistakes,
};

pub(crate) const URL: &str = "spring.datasource.url";
const USERNAME: &str = "spring.datasource.username";
const PASSWORD: &str = "spring.datasource.password";
const PASSWORDLESS: &str = "spring.datasource.azure.passwordless-enabled";
const CLIENT_ID: &str = "spring.cloud.azure.credential.client-id";
const CLIENT_SECRET: &str = "spring.cloud.azure.credential.client-secret";
const TENANT_ID: &str = "spring.cloud.azure.credential.tenant-id";
const PROFILE_TENANT_ID: &str = "spring.cloud.azure.profile.tenant-id";
const MANAGED_IDENTITY: [&str; 2] = [
    "spring.cloud.azure.credential.managed-identity-enabled",
    "spring.cloud.azure.credential.client-managed-identity-enabled",
];

pub(super) fn read(properties: &Properties<'_>) -> Result<Settings, Error> {
    if let Some(password) = properties.raw(PASSWORD)?.filter(|it| !it.value.is_empty()) {
        return Err(mistakes::password(password.name));
    }
    if let Some((passwordless, false)) = boolean(properties, PASSWORDLESS)? {
        return Err(Error::contradiction(
            passwordless.name,
            "is false, but the login is by token; expected true",
        ));
    }
    let url = properties.require(URL, "a JDBC URL, such as jdbc:mysql://host:3306/database")?;
    let username = properties.get(USERNAME, checks::EXPECTED_USER)?;
    let mut builder = java::builder(
        &url.name,
        java::read(&url.name, &url.value)?,
        username.as_ref().map(Property::variable),
    )?;
    let client_id = properties.get(CLIENT_ID, EXPECTED_CLIENT_ID)?;
    let client_secret = properties.get(CLIENT_SECRET, EXPECTED_SECRET)?;
    let tenant_id = match properties.get(TENANT_ID, EXPECTED_TENANT_ID)? {
        Some(tenant_id) => Some(tenant_id),
        // The profile's tenant is the application's, whoever logs in.
        None if client_secret.is_some() => properties.get(PROFILE_TENANT_ID, EXPECTED_TENANT_ID)?,
        None => None,
    };
    for property in MANAGED_IDENTITY {
        match boolean(properties, property)? {
            Some((off, false)) if client_id.is_some() && client_secret.is_none() => {
                return Err(Error::contradiction(
                    CLIENT_SECRET,
                    format!("is missing although {} is false; set one of them", off.name),
                ));
            }
            Some((on, true)) if client_secret.is_some() => {
                builder = builder.warning(format!(
                    "{} is true, but the client secret goes before it",
                    on.name
                ));
            }
            _ => {}
        }
    }
    let credential = Credential {
        client_id: part(client_id.as_ref(), CLIENT_ID),
        client_secret: part(client_secret.as_ref(), CLIENT_SECRET),
        tenant_id: part(tenant_id.as_ref(), TENANT_ID),
    };
    every_client::settings(
        ClientType::Springboot,
        builder,
        &credential,
        properties.environment,
    )
}

fn part<'a>(property: Option<&'a Property>, usual: &str) -> Part<'a> {
    Part::of(property.map(Property::variable), usual)
}

fn boolean(properties: &Properties<'_>, property: &str) -> Result<Option<(Property, bool)>, Error> {
    let Some(property) = properties.get(property, "true or false")? else {
        return Ok(None);
    };
    let value = match property.value.to_ascii_lowercase().as_str() {
        "true" => true,
        "false" => false,
        _ => return Err(Error::invalid(property.name, "is neither true nor false")),
    };
    Ok(Some((property, value)))
}
