use std::{fmt, ops::Range, time::SystemTime};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rcgen::{KeyPair, PKCS_RSA_SHA256};

use super::{failed, parameters};
use crate::Error;

/// A self-signed certificate with which an application authenticates, and its private key: RSA with
/// 2048 bits, as [Microsoft Entra expects](https://learn.microsoft.com/entra/identity-platform/certificate-credentials).
#[derive(Clone)]
pub struct ClientCertificate {
    certificate_pem: String,
    private_key_pem: String,
    thumbprint: String,
    public_key: Vec<u8>,
}

impl ClientCertificate {
    /// Creates a key and a certificate that is valid for 90 days from yesterday.
    ///
    /// # Errors
    ///
    /// When the cryptographic library cannot create a key or sign.
    pub fn new(name: &str) -> Result<Self, Error> {
        Self::create(name, None)
    }

    /// Like [`new`](Self::new), with a validity period of your own, for instance one that is over.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn valid(name: &str, time: Range<SystemTime>) -> Result<Self, Error> {
        Self::create(name, Some(time))
    }

    fn create(name: &str, time: Option<Range<SystemTime>>) -> Result<Self, Error> {
        let failed = |cause| failed("client certificate", cause);
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256).map_err(failed)?;
        let mut parameters = parameters(Vec::new(), name).map_err(failed)?;
        if let Some(time) = time {
            parameters.not_before = time.start.into();
            parameters.not_after = time.end.into();
        }
        let certificate = parameters.self_signed(&key).map_err(failed)?;
        Ok(Self {
            certificate_pem: certificate.pem(),
            private_key_pem: key.serialize_pem(),
            thumbprint: URL_SAFE_NO_PAD.encode(digest(&SHA256, certificate.der())),
            public_key: key.public_key_raw().to_vec(),
        })
    }

    /// The certificate, in PEM.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The private key in PKCS#8 PEM.
    pub fn private_key_pem(&self) -> &str {
        &self.private_key_pem
    }

    /// The certificate followed by the key: what the file of `AZURE_CLIENT_CERTIFICATE_PATH` holds.
    pub fn pem(&self) -> String {
        format!("{}{}", self.certificate_pem, self.private_key_pem)
    }

    /// The value of `x5t#S256` in assertions.
    pub(crate) fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// The key that verifies assertions: PKCS#1, DER.
    pub(crate) fn public_key(&self) -> &[u8] {
        &self.public_key
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate")
            .field("certificate_pem", &self.certificate_pem)
            .field("private_key_pem", &"[redacted]")
            .finish_non_exhaustive()
    }
}
