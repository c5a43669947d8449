//! The trial of a library: does it keep a password to itself?

use std::{io, net::Ipv4Addr, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use diesel::ConnectionResult;
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivatePkcs8KeyDer};

use super::{
    roots,
    server::{Heard, Server},
    url::Target,
};
use crate::{Error, ErrorKind};

/// The only library whose TLS is as it is told to be. It tells servers its name:
/// <https://dev.mysql.com/doc/refman/8.4/en/performance-schema-connection-attribute-tables.html>.
const ORACLES: &str = "libmysql";

/// Without this variable it sends no password in clear, not even over TLS:
/// <https://dev.mysql.com/doc/refman/8.4/en/cleartext-pluggable-authentication.html>.
const CLEARTEXT_PLUGIN: &str = "LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN";

/// As many bytes as a long token, as text: the library has to send all of it.
const PASSWORD_BYTES: usize = 1500;

/// Lets the library, which is behind `establish`, log in to servers of all kinds.
pub(super) fn of_library(establish: &Establish<'_>) -> Result<(), Error> {
    let trial = Trial::new(establish).map_err(no_trial)?;

    let without_tls = trial.log_in(None)?;
    // It should have given up. Whether it sends a password then depends on its plugins.
    if without_tls.heard.went_on() {
        let reason = "it goes on without TLS, though it is told to verify the server";
        return Err(not_to_be_trusted(&without_tls, reason));
    }
    let verified = trial.log_in(Some(
        &trial.trusted.server_for("127.0.0.1").map_err(no_trial)?,
    ))?;
    if !verified.heard.contains(trial.password.as_bytes()) {
        return Err(not_sent(&verified));
    }
    for (authority, host, flaw) in [
        (&trial.unknown, "127.0.0.1", "from an unknown root"),
        (&trial.trusted, "db.example.com", "for another host"),
    ] {
        let config = authority.server_for(host).map_err(no_trial)?;
        let unverified = trial.log_in(Some(&config))?;
        if unverified.heard.went_on() || !unverified.heard.asked_for_tls {
            let reason = format!("it accepts a certificate {flaw}");
            return Err(not_to_be_trusted(&unverified, &reason));
        }
    }
    if verified.heard.attribute("_client_name").as_deref() != Some(ORACLES) {
        return Err(not_to_be_trusted(
            &verified,
            "it is not known whether it can be trusted",
        ));
    }
    Ok(())
}

pub(super) type Establish<'a> = dyn Fn(&str) -> ConnectionResult<()> + Sync + 'a;

struct Trial<'a> {
    establish: &'a Establish<'a>,
    trusted: Authority,
    unknown: Authority,
    /// Made up, so that nothing else can look like it.
    password: String,
}

/// What came of one login.
struct Login {
    heard: Heard,
    /// What the library said.
    said: String,
}

impl<'a> Trial<'a> {
    fn new(establish: &'a Establish<'a>) -> io::Result<Self> {
        let mut random = [0; PASSWORD_BYTES];
        aws_lc_rs::default_provider()
            .secure_random
            .fill(&mut random)
            .map_err(|_| io::Error::other("no randomness"))?;
        Ok(Self {
            establish,
            trusted: Authority::new("trusted").map_err(io::Error::other)?,
            unknown: Authority::new("unknown").map_err(io::Error::other)?,
            password: URL_SAFE_NO_PAD.encode(random),
        })
    }

    /// Lets the library log in to a server with this TLS, trusting the trusted authority alone.
    fn log_in(&self, tls: Option<&Arc<ServerConfig>>) -> Result<Login, Error> {
        let server = Server::new(tls.map(Arc::clone)).map_err(no_trial)?;
        let port = server.port().map_err(no_trial)?;
        let roots = roots::file(&self.trusted.pem).map_err(no_trial)?;
        let target = Target::to(&Ipv4Addr::LOCALHOST.to_string(), port, "trial");
        let url = target.url(&self.password, roots.path());
        let (heard, result) = server.serve(|| (self.establish)(&url));
        let said = result.map_or_else(|error| error.to_string(), |()| String::new());
        let login = Login {
            heard,
            said: said.replace(&self.password, "[password]"),
        };
        if login.heard.connected {
            Ok(login)
        } else {
            Err(not_sent(&login))
        }
    }
}

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new(name: &str) -> Result<Self, rcgen::Error> {
        let key = KeyPair::generate()?;
        let mut parameters = CertificateParams::default();
        let name = format!("token-source-diesel, {name}");
        parameters
            .distinguished_name
            .push(rcgen::DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let pem = parameters.self_signed(&key)?.pem();
        Ok(Self {
            issuer: Issuer::new(parameters, key),
            pem,
        })
    }

    /// TLS with a certificate for this host name.
    fn server_for(&self, host: &str) -> io::Result<Arc<ServerConfig>> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?;
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let mut parameters = CertificateParams::new([host.to_owned()]).map_err(io::Error::other)?;
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = parameters
            .signed_by(&key, &self.issuer)
            .map_err(io::Error::other)?;
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let config = builder
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.into())
            .map_err(io::Error::other)?;
        Ok(Arc::new(config))
    }
}

fn not_to_be_trusted(login: &Login, reason: &str) -> Error {
    let name = login.heard.attribute("_client_name");
    let version = login.heard.attribute("_client_version").unwrap_or_default();
    let library = match name.as_deref() {
        Some("libmariadb") => format!("MariaDB Connector/C {version}"),
        Some(ORACLES) => format!("Oracle's libmysqlclient {version}"),
        Some(other) => format!("the library {other:?} {version}"),
        None => "a library that does not tell its name".to_owned(),
    };
    Error::new(
        ErrorKind::ClientLibrary,
        format!(
            "the program is linked with {}, and {reason}; link Oracle's libmysqlclient, for instance \
             with the feature `bundled` of mysqlclient-sys, or use the feature `sync`",
            library.trim_end()
        ),
    )
}

/// The library did not even send a password where it should.
fn not_sent(login: &Login) -> Error {
    let said = &login.said;
    let message = if said.contains("mysql_clear_password") {
        format!(
            "the client library sends no tokens unless {CLEARTEXT_PLUGIN}=1 is in the environment \
             when the program starts: {said}"
        )
    } else {
        format!(
            "the client library does not log in to a server that it can verify; use the feature \
             `sync`: {said}"
        )
    };
    Error::new(ErrorKind::ClientLibrary, message)
}

fn no_trial(error: io::Error) -> Error {
    Error::new(
        ErrorKind::ClientLibrary,
        "the client library could not be tried; check that the loopback address and TMPDIR work"
            .to_owned(),
    )
    .caused_by(error)
}

#[cfg(test)]
mod tests;
