//! Certificates to throw away: an authority, what it issues to servers, and those of applications.

mod client;

use std::{fmt, sync::Arc};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::{
    ServerConfig,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use time::{Duration, OffsetDateTime};

pub use client::ClientCertificate;

use crate::{Error, tenant::random_guid};

/// Certificates start a day early, so that a client whose clock is a little behind takes them.
const BACKDATED: Duration = Duration::DAY;

/// Long enough for any test. macOS refuses server certificates that are valid for more than
/// 825 days, see <https://support.apple.com/103769>.
const VALID_FOR: Duration = Duration::days(90);

/// A certificate authority to throw away: made anew each time, its key never leaves memory.
///
/// ECDSA on P-256, a curve that MySQL servers and every TLS library take.
pub struct CertificateAuthority {
    issuer: Issuer<'static, KeyPair>,
    certificate_pem: String,
}

impl CertificateAuthority {
    /// Makes a key and a self-signed certificate.
    ///
    /// # Errors
    ///
    /// When the cryptographic library fails to make a key or to sign.
    pub fn new() -> Result<Self, Error> {
        let failed = |cause| {
            Error::caused_by(
                "the certificate authority could not be made: the cryptographic library refused",
                cause,
            )
        };
        let key = KeyPair::generate().map_err(failed)?;
        // With one name for all, a client that trusts another of them would find a bad signature
        // instead of an unknown issuer.
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

    /// Issues a server certificate for `host_name`, a DNS name or an IP address, and for no other
    /// name. It is valid for 90 days.
    ///
    /// # Errors
    ///
    /// When `host_name` can stand in no certificate, or the cryptographic library fails.
    pub fn issue(&self, host_name: &str) -> Result<ServerCertificate, Error> {
        let failed = |cause| {
            Error::caused_by(
                format!(
                    "no certificate could be issued for {host_name:?}: give a DNS name or an IP address"
                ),
                cause,
            )
        };
        let key = KeyPair::generate().map_err(failed)?;
        let mut parameters = parameters(vec![host_name.to_owned()], host_name).map_err(failed)?;
        parameters.use_authority_key_identifier_extension = true;
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = parameters.signed_by(&key, &self.issuer).map_err(failed)?;
        Ok(ServerCertificate {
            certificate_pem: certificate.pem(),
            private_key_pem: key.serialize_pem(),
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

/// A certificate for one host name, and its private key.
#[derive(Clone)]
pub struct ServerCertificate {
    certificate_pem: String,
    private_key_pem: String,
}

impl ServerCertificate {
    /// The certificate, in PEM. Clients that trust the authority need no intermediate.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The private key in PKCS#8 PEM, as MySQL and MariaDB servers read it.
    pub fn private_key_pem(&self) -> &str {
        &self.private_key_pem
    }

    /// The TLS configuration of a server that shows this certificate, with these algorithms.
    pub(crate) fn tls_config(&self, provider: CryptoProvider) -> Result<ServerConfig, Error> {
        let failed = |cause: Box<dyn std::error::Error + Send + Sync>| {
            Error::caused_by("the TLS configuration could not be made", cause)
        };
        let certificate = CertificateDer::from_pem_slice(self.certificate_pem.as_bytes())
            .map_err(|cause| failed(cause.into()))?;
        let key = PrivateKeyDer::from_pem_slice(self.private_key_pem.as_bytes())
            .map_err(|cause| failed(cause.into()))?;
        ServerConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                builder
                    .with_no_client_auth()
                    .with_single_cert(vec![certificate], key)
            })
            .map_err(|cause| failed(cause.into()))
    }
}

impl fmt::Debug for ServerCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerCertificate")
            .field("certificate_pem", &self.certificate_pem)
            .field("private_key_pem", &"[redacted]")
            .finish()
    }
}

/// What a certificate of either kind says: its names, and from when to when it is valid.
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
