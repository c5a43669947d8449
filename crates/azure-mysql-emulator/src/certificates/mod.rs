//! Throwaway certificates: an authority, the server certificates that it issues, and the self-signed
//! certificates of applications.

mod client;

use std::{fmt, sync::Arc};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{
        CertificateDer, PrivateKeyDer, ServerName,
        pem::{self, PemObject},
    },
};
use time::{Duration, OffsetDateTime};

pub use client::ClientCertificate;

use crate::{Error, redacted::Redacted, tenant::random_guid};

/// Certificates start a day early, so that a client whose clock is a little behind accepts them.
const BACKDATED: Duration = Duration::DAY;

/// Long enough for any test. macOS rejects server certificates that are valid for more than
/// 825 days, see <https://support.apple.com/103769>.
const VALID_FOR: Duration = Duration::days(90);

/// A throwaway certificate authority: a new one each time, whose key never leaves memory.
///
/// ECDSA on P-256, a curve that MySQL servers and every TLS library support.
pub struct CertificateAuthority {
    issuer: Issuer<'static, KeyPair>,
    certificate_pem: String,
}

impl CertificateAuthority {
    /// Creates a key and a self-signed certificate.
    ///
    /// # Errors
    ///
    /// When the cryptographic library cannot create a key or sign.
    pub fn new() -> Result<Self, Error> {
        let failed = |cause| failed("certificate authority", cause);
        let key = KeyPair::generate().map_err(failed)?;
        // If all authorities had one name, a client that trusts another of them would find a bad
        // signature instead of an unknown issuer.
        let name = format!("azure-mysql-emulator CA {}", random_guid());
        let mut parameters = parameters(Vec::new(), &name).map_err(failed)?;
        parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate_pem = parameters.self_signed(&key).map_err(failed)?.pem();
        Ok(Self {
            issuer: Issuer::new(parameters, key),
            certificate_pem,
        })
    }

    /// The certificate that clients must trust, in PEM.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// Issues a server certificate for exactly these DNS names and IP addresses, valid for 90 days:
    /// `issue(&["localhost", "127.0.0.1"])`.
    ///
    /// # Errors
    ///
    /// When there is no name, when one of them is neither a DNS name nor an IP address, or when the
    /// cryptographic library fails.
    pub fn issue(&self, host_names: &[impl AsRef<str>]) -> Result<ServerCertificate, Error> {
        let host_names: Vec<&str> = host_names.iter().map(AsRef::as_ref).collect();
        for name in &host_names {
            ServerName::try_from(*name).map_err(|cause| {
                let message = format!(
                    "{name:?} cannot be the host name of a certificate: use a DNS name or an IP address"
                );
                Error::caused_by(message, cause)
            })?;
        }
        let common_name = host_names.first().ok_or_else(|| {
            Error::new("a certificate needs a host name: give at least one DNS name or IP address")
        })?;

        let failed = |cause| failed("server certificate", cause);
        let key = KeyPair::generate().map_err(failed)?;
        let mut parameters = parameters(owned(&host_names), common_name).map_err(failed)?;
        parameters.use_authority_key_identifier_extension = true;
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = parameters.signed_by(&key, &self.issuer).map_err(failed)?;
        Ok(ServerCertificate {
            certificate_pem: certificate.pem(),
            private_key_pem: Redacted(key.serialize_pem()),
        })
    }
}

impl fmt::Debug for CertificateAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateAuthority")
            .field("certificate_pem", &self.certificate_pem)
            .finish_non_exhaustive()
    }
}

/// A certificate for one or several host names, and its private key.
#[derive(Clone, Debug)]
pub struct ServerCertificate {
    certificate_pem: String,
    private_key_pem: Redacted,
}

impl ServerCertificate {
    /// The certificate, in PEM. Clients that trust the authority need no intermediate.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The private key in PKCS#8 PEM, as MySQL and MariaDB servers read it.
    pub fn private_key_pem(&self) -> &str {
        &self.private_key_pem.0
    }

    /// The TLS configuration of an HTTPS server that presents this certificate.
    pub(crate) fn https_tls_config(&self) -> Result<ServerConfig, Error> {
        let (certificate, key) = self.read().map_err(not_configured)?;
        ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .and_then(|config| {
                config
                    .with_no_client_auth()
                    .with_single_cert(vec![certificate], key)
            })
            .map_err(not_configured)
    }

    /// That of a MySQL server.
    pub(crate) fn mysql_tls_config(&self) -> Result<Arc<ServerConfig>, Error> {
        let (certificate, key) = self.read().map_err(not_configured)?;
        mysql_handshake::server_config(vec![certificate], key)
            .map(Arc::new)
            .map_err(not_configured)
    }

    fn read(&self) -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), pem::Error> {
        let certificate = CertificateDer::from_pem_slice(self.certificate_pem.as_bytes())?;
        let key = PrivateKeyDer::from_pem_slice(self.private_key_pem.0.as_bytes())?;
        Ok((certificate, key))
    }
}

fn not_configured(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::caused_by("could not configure TLS", cause)
}

/// What every certificate has: its names, and from when to when it is valid.
pub(crate) fn parameters(
    host_names: Vec<String>,
    common_name: &str,
) -> Result<CertificateParams, rcgen::Error> {
    let now = OffsetDateTime::now_utc();
    let mut parameters = CertificateParams::new(host_names)?;
    parameters
        .distinguished_name
        .push(DnType::CommonName, common_name);
    parameters.not_before = now - BACKDATED;
    parameters.not_after = now + VALID_FOR;
    Ok(parameters)
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

pub(crate) fn failed(
    what: &str,
    cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Error {
    Error::caused_by(
        format!("could not create the {what}: the cryptographic library failed"),
        cause,
    )
}
