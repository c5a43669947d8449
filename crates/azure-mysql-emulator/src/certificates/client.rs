use std::{fmt, ops::Range, time::SystemTime};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rcgen::{KeyPair, PKCS_RSA_SHA256};

use super::parameters;
use crate::Error;

/// A self-signed certificate that an application proves itself with, and its private key: RSA with
/// 2048 bits, as [Microsoft Entra takes it](https://learn.microsoft.com/entra/identity-platform/certificate-credentials).
#[derive(Clone)]
pub struct ClientCertificate {
    certificate_pem: String,
    private_key_pem: String,
    thumbprint: String,
    public_key: Vec<u8>,
}

impl ClientCertificate {
    /// Makes a key and a certificate that is valid since yesterday, for 90 days.
    ///
    /// # Errors
    ///
    /// When the cryptographic library fails to make a key or to sign.
    pub fn new(name: &str) -> Result<Self, Error> {
        Self::make(name, None)
    }

    /// The same for another time, for instance one that is over.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn valid(name: &str, time: Range<SystemTime>) -> Result<Self, Error> {
        Self::make(name, Some(time))
    }

    fn make(name: &str, time: Option<Range<SystemTime>>) -> Result<Self, Error> {
        let failed = |cause| {
            Error::caused_by(
                "the client certificate could not be made: the cryptographic library refused",
                cause,
            )
        };
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

    /// The certificate and the key in one text, as `AZURE_CLIENT_CERTIFICATE_PATH` names it.
    pub fn pem(&self) -> String {
        format!("{}{}", self.certificate_pem, self.private_key_pem)
    }

    /// What assertions carry as `x5t#S256`.
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
