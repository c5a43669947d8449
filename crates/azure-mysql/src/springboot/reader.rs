//! From Spring's properties to raw settings.

use super::properties::Properties;
use crate::{
    ClientType, Error, common, java,
    raw::{EXPECTED_CLIENT_ID, EXPECTED_SECRET, EXPECTED_TENANT_ID, EXPECTED_USER, RawSettings},
    sourced::{OptionalVar, Sourced},
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

pub(super) fn read(properties: &Properties<'_>) -> Result<RawSettings, Error> {
    let mut raw = common::raw(ClientType::Springboot, properties.environment)?;
    let password = properties.raw(PASSWORD)?;
    raw.password = password.filter(|it| !it.value.is_empty()).map(|it| it.name);
    if let Some(Sourced { name, value: false }) = boolean(properties, PASSWORDLESS)? {
        return Err(Error::contradiction(
            name,
            "is false, but login uses an access token; expected true",
        ));
    }
    raw.user = properties.optional(USERNAME, EXPECTED_USER)?;
    let expected = "a JDBC URL, such as jdbc:mysql://host:3306/database";
    let url = properties.optional(URL, expected)?;
    java::read_url(&url.name, url.require(expected)?, &mut raw)?;
    read_credential(properties, &mut raw)?;
    Ok(raw)
}

fn read_credential(properties: &Properties<'_>, raw: &mut RawSettings) -> Result<(), Error> {
    let credential = &mut raw.credential;
    credential.client_id = properties.optional(CLIENT_ID, EXPECTED_CLIENT_ID)?;
    credential.client_secret = properties.optional(CLIENT_SECRET, EXPECTED_SECRET)?;
    credential.tenant_id = properties.optional(TENANT_ID, EXPECTED_TENANT_ID)?;
    let has_secret = credential.client_secret.get().is_some();
    // The profile's tenant is the application's, whoever logs in.
    if has_secret && credential.tenant_id.get().is_none() {
        let of_profile = properties.optional(PROFILE_TENANT_ID, EXPECTED_TENANT_ID)?;
        if of_profile.get().is_some() {
            credential.tenant_id = of_profile;
        }
    }
    let is_application = credential.client_id.get().is_some() && !has_secret;
    for property in MANAGED_IDENTITY {
        match boolean(properties, property)? {
            Some(Sourced { name, value: false }) if is_application => {
                return Err(Error::contradiction(
                    CLIENT_SECRET,
                    format!("is missing although {name} is false; set one of them"),
                ));
            }
            Some(Sourced { name, value: true }) if has_secret => raw.warnings.push(format!(
                "{name} is true, but the client secret takes precedence over it"
            )),
            _ => {}
        }
    }
    Ok(())
}

fn boolean(properties: &Properties<'_>, property: &str) -> Result<Option<Sourced<bool>>, Error> {
    let OptionalVar { name, value } = properties.optional(property, "true or false")?;
    let Some(value) = value else {
        return Ok(None);
    };
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(Some(Sourced::new(name, true))),
        "false" => Ok(Some(Sourced::new(name, false))),
        _ => Err(Error::invalid(name, "is neither true nor false")),
    }
}
