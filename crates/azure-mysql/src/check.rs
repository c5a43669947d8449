//! From raw settings to settings: checks every value, whoever gave it.

use std::{
    net::{IpAddr, Ipv6Addr},
    path::Path,
};

use crate::{
    Error, Identity, Settings, Trust, misconfiguration,
    name::Name,
    raw::{EXPECTED_HOST, EXPECTED_PORT, EXPECTED_USER, RawSettings},
    server_cloud,
    settings::VariableNames,
    tls,
    user::{self, without_server},
};

pub(crate) const DEFAULT_PORT: u16 = 3306;

impl RawSettings {
    /// Checks the values and makes the settings.
    pub(crate) fn build(mut self) -> Result<Settings, Error> {
        if let Some(password) = self.password {
            return Err(misconfiguration::password(password));
        }
        let host = self.host.require(EXPECTED_HOST)?.to_owned();
        for (text, expected) in self.texts() {
            misconfiguration::check(text, expected)?;
        }
        self.user.require(EXPECTED_USER)?;
        self.tls.iter().try_for_each(tls::check)?;
        let identity = match self.identity.take() {
            Some(identity) => checked(identity)?,
            None => self.credential.identity(&mut self.warnings)?,
        };
        let trust = match (self.trust.take(), self.ca_file.get()) {
            (Some(trust), _) => trust,
            (None, Some(file)) => {
                Trust::private_ca_named(self.ca_file.name.clone(), Path::new(file))?
            }
            (None, None) => Trust::azure_roots(),
        };
        let port = match self.port.get() {
            Some(port) => parse_port(&self.port.name, port)?,
            None => DEFAULT_PORT,
        };
        check_host(&self.host.name, &host, &trust)?;
        let user = self.checked_user(&host)?;
        let cloud = match (self.cloud.take(), self.authority.get()) {
            (Some(cloud), _) => server_cloud::checked(&"cloud".into(), cloud, &host)?,
            (None, Some(authority)) => {
                let cloud = server_cloud::with_authority(&host, authority);
                server_cloud::checked(&self.authority.name, cloud, &host)?
            }
            (None, None) => server_cloud::of_host(&host),
        };
        self.warnings.extend(self.properties.warning());
        Ok(Settings {
            host,
            port,
            database: self.database.value,
            user,
            identity,
            trust,
            cloud,
            client_type: self.client_type,
            properties: self.properties,
            warnings: self.warnings,
            origin: self.origin,
            variables: VariableNames {
                ca_file: self.ca_file.name.to_string(),
                client_id: self.credential.client_id.name.to_string(),
                authority: self.authority.name.to_string(),
            },
        })
    }

    /// The user, without the server's name where a client type's variables add it.
    fn checked_user(&mut self, host: &str) -> Result<String, Error> {
        let name = &self.user.name;
        let mut user = self.user.require(EXPECTED_USER)?;
        let bare = without_server(user, host);
        if self.client_type.is_some() && bare != user {
            self.warnings.push(format!(
                "{name} ends in @ and the server's name, which the retired single server wanted; \
                 that part was dropped"
            ));
            user = bare;
        }
        user::check_length(name, user)?;
        Ok(user.to_owned())
    }
}

/// An identity given by hand.
fn checked(identity: Identity) -> Result<Identity, Error> {
    let name = Name::from("identity");
    if let Some(client_id) = identity.client_id() {
        Identity::checked_client_id(&name.part("client_id"), client_id)?;
    }
    if let Some(tenant_id) = identity.tenant_id() {
        Identity::checked_tenant_id(&name.part("tenant_id"), tenant_id)?;
    }
    Ok(identity)
}

fn check_host(name: &Name, host: &str, trust: &Trust) -> Result<(), Error> {
    // The value is not shown: a whole URL may have been pasted, with a password in it.
    let contains = |what: &str| {
        Err(Error::invalid(
            name,
            format!("contains {what}; expected {EXPECTED_HOST}"),
        ))
    };
    if host.contains("://") {
        return contains("a URL scheme");
    }
    if host.starts_with(['/', '\\']) {
        return Err(misconfiguration::unix_socket(name));
    }
    if host.contains('/') {
        return contains("a path after the host");
    }
    if host.contains(',') {
        return Err(misconfiguration::several_hosts(name));
    }
    misconfiguration::refuse_quotes(name, host)?;
    // What a DNS name or an IPv4 address is made of.
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if host.parse::<Ipv6Addr>().is_err()
        && let Some(other) = host.chars().find(|&c| !is_allowed(c))
    {
        return contains(&format!("{other:?}, which no host name may contain"));
    }
    if host.parse::<IpAddr>().is_ok() && trust.includes_web_roots() {
        return Err(Error::invalid(
            name,
            "is an IP address, but Azure's certificates are only valid for host names; expected the \
             server's host name, such as shop.mysql.database.azure.com, or a private CA",
        ));
    }
    Ok(())
}

pub(crate) fn parse_port(name: &Name, value: &str) -> Result<u16, Error> {
    let invalid = |problem| Error::invalid(name, format!("{problem}; expected {EXPECTED_PORT}"));
    match value.parse() {
        Ok(0) => Err(invalid("is 0")),
        Ok(port) => Ok(port),
        Err(error) => Err(invalid("is not a port number").with_source(error)),
    }
}
