//! The grammar of Connector/J's `ConnectionUrlParser`, for one host.

use crate::{Error, endpoint, misconfiguration, name::Name, percent};

/// The parts of a JDBC URL, decoded. The host and the port are not checked yet.
#[derive(Default)]
pub(crate) struct Url {
    pub(super) user: Option<String>,
    pub(super) host: Option<String>,
    pub(super) port: Option<String>,
    pub(super) database: Option<String>,
    pub(super) properties: Vec<(String, String)>,
}

impl Url {
    /// A property, whatever the case of its name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut properties = self.properties.iter();
        let property = properties.find(|(known, _)| known.eq_ignore_ascii_case(name));
        property.map(|(_, value)| value.as_str())
    }

    /// Takes a property out.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let mut properties = self.properties.iter();
        let at = properties.position(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(self.properties.remove(at).1)
    }

    /// The last value of a property counts.
    fn set(&mut self, name: String, value: String) {
        self.take(&name);
        self.properties.push((name, value));
    }
}

pub(super) fn read(name: &Name, text: &str) -> Result<Url, Error> {
    let invalid = |problem| Error::invalid(name, problem);
    let (scheme, rest) = text
        .split_once("//")
        .ok_or_else(|| invalid("contains no //; expected jdbc:mysql://host:3306/database"))?;
    check_scheme(name, scheme.trim_end())?;
    let without_fragment = rest.split_once('#').map_or(rest, |(rest, _)| rest);
    let (location, query) = match without_fragment.split_once('?') {
        Some((_, query)) if query.trim_start().starts_with('?') => {
            return Err(invalid("contains ??; expected ? before the properties"));
        }
        Some((location, query)) => (location, query),
        None => (without_fragment, ""),
    };
    let (authority, path) = match location.split_once('/') {
        Some((_, path)) if path.trim_start().starts_with('/') => {
            return Err(invalid(
                "contains // after the host; expected / before the database",
            ));
        }
        Some((authority, path)) => (authority, path),
        None => (location, ""),
    };
    let mut url = Url::default();
    let database = decoded(&name.part("the database"), path)?;
    url.database = Some(database).filter(|database| !database.is_empty());
    read_properties(name, query, '&', &mut url)?;
    read_authority(name, authority, &mut url)?;
    Ok(url)
}

fn check_scheme(name: &Name, scheme: &str) -> Result<(), Error> {
    let scheme = percent::decode(scheme)
        .unwrap_or_default()
        .to_ascii_lowercase();
    match scheme.as_str() {
        "jdbc:mysql:" => Ok(()),
        "jdbc:mysql:loadbalance:"
        | "jdbc:mysql:replication:"
        | "jdbc:mysql+srv:"
        | "jdbc:mysql+srv:loadbalance:"
        | "jdbc:mysql+srv:replication:" => {
            Err(misconfiguration::several_hosts(name.part("the scheme")))
        }
        _ => Err(Error::invalid(
            name.part("the scheme"),
            "is not one of Connector/J; expected jdbc:mysql://",
        )),
    }
}

/// `[user[:password]@]host`, where the user ends at the first `@`: another is written `%40`.
fn read_authority(name: &Name, authority: &str, url: &mut Url) -> Result<(), Error> {
    let (credentials, host) = authority.split_once('@').unwrap_or(("", authority));
    let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
    if !password.trim().is_empty() {
        return Err(misconfiguration::password(
            name.part("the password before the host"),
        ));
    }
    let user = decoded(&name.part("user"), user)?;
    url.user = Some(user).filter(|user| !user.is_empty());
    read_host(name, host.trim(), url)
}

fn read_host(name: &Name, host: &str, url: &mut Url) -> Result<(), Error> {
    let host_name = name.part("the host");
    let address = host
        .get(..8)
        .filter(|start| start.eq_ignore_ascii_case("address="));
    if address.is_some() {
        return read_address(name, host[8..].trim(), url);
    }
    if let Some(pairs) = host.strip_prefix('(').and_then(|it| it.strip_suffix(')')) {
        if pairs.contains(')') {
            return Err(misconfiguration::several_hosts(host_name));
        }
        let mut properties = Url::default();
        read_properties(name, pairs, ',', &mut properties)?;
        return host_properties(name, properties, url);
    }
    if host.contains(',') {
        return Err(misconfiguration::several_hosts(host_name));
    }
    if let Some((address, port)) = endpoint::split_bracketed(&host_name, host)? {
        url.host = Some(address.to_owned());
        url.port = port.map(|port| port.trim().to_owned());
        url.port = url.port.take().filter(|port| !port.is_empty());
        return Ok(());
    }
    let (bare, port) = match host.rsplit_once(':') {
        Some((bare, port)) => (bare, decoded(&name.part("the port"), port)?),
        None => (host, String::new()),
    };
    let bare = decoded(&host_name, bare)?;
    url.host = Some(bare).filter(|host| !host.is_empty());
    url.port = Some(port).filter(|port| !port.is_empty());
    Ok(())
}

/// `(host=…)(port=…)`.
fn read_address(name: &Name, mut pairs: &str, url: &mut Url) -> Result<(), Error> {
    let mut properties = Url::default();
    while !pairs.is_empty() {
        let pair = pairs
            .strip_prefix('(')
            .and_then(|rest| rest.split_once(')'));
        let Some((pair, rest)) = pair else {
            return Err(if pairs.trim_start().starts_with(',') {
                misconfiguration::several_hosts(name.part("the host"))
            } else {
                Error::invalid(
                    name.part("the host"),
                    "is not a list of pairs; expected address=(host=...)(port=...)",
                )
            });
        };
        read_properties(name, pair, '&', &mut properties)?;
        pairs = rest.trim_start();
    }
    host_properties(name, properties, url)
}

/// Pairs of one host take precedence over those after the `?`.
fn host_properties(name: &Name, mut own: Url, url: &mut Url) -> Result<(), Error> {
    if own.get("password").is_some_and(|it| !it.is_empty()) {
        return Err(misconfiguration::password(name.part("password")));
    }
    if let Some(protocol) = own.take("protocol")
        && !protocol.eq_ignore_ascii_case("tcp")
    {
        return Err(misconfiguration::unix_socket(name.part("protocol")));
    }
    url.host = own.take("host").filter(|host| !host.is_empty());
    url.port = own.take("port").filter(|port| !port.is_empty());
    for (key, value) in own.properties {
        url.set(key, value);
    }
    Ok(())
}

/// Pairs `name=value`; a pair without a name or with a strange one is an error, as it is there.
fn read_properties(name: &Name, text: &str, separator: char, url: &mut Url) -> Result<(), Error> {
    let is_key = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '%') || c.is_ascii_whitespace()
    };
    for pair in text.split(separator) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let key_name = name.part("the name of a property");
        if !key.chars().all(is_key) {
            return Err(Error::invalid(
                key_name,
                "contains a character that no name may contain; write & in a value as %26",
            ));
        }
        let key = decoded(&key_name, key)?;
        let value = decoded(&name.part("the value of a property"), value)?;
        match (key.is_empty(), value.is_empty()) {
            (true, true) => {}
            (true, false) => return Err(Error::missing(key_name, "name=value")),
            (false, _) => url.set(key, value),
        }
    }
    Ok(())
}

/// Trimmed first, then decoded, as in Connector/J.
fn decoded(name: &Name, text: &str) -> Result<String, Error> {
    percent::decode_query(text.trim()).ok_or_else(|| {
        Error::invalid(
            name,
            "contains a % that starts no escape; write a percent sign as %25",
        )
    })
}
