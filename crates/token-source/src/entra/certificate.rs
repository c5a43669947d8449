use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{KeyPair, RSA_PSS_SHA256, RsaKeyPair},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use secrecy::zeroize::Zeroize;
use serde_json::Value;
use x509_parser::{certificate::X509Certificate, prelude::FromDer};

use crate::{Error, ErrorKind};

/// What errors call the credential.
pub(super) const NAME: &str = "client certificate";

/// A private key and the certificate that belongs to it.
pub(super) struct Certificate {
    key: RsaKeyPair,
    /// SHA-256 of the certificate, as assertions name it.
    thumbprint: String,
}

impl Certificate {
    /// Reads a private key and certificates in any order. Of several certificates, the one of the key
    /// is taken: files with a whole chain are common.
    pub(super) fn read(pem: &str, now: SystemTime) -> Result<Self, Error> {
        let key = private_key(pem)?;
        let certificates = CertificateDer::pem_slice_iter(pem.as_bytes())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|cause| caused(cause, "a certificate is not good PEM; export it again"))?;
        if certificates.is_empty() {
            return Err(refuse(
                "there is no certificate in PEM; convert a PFX file with `openssl pkcs12 -nodes`",
            ));
        }
        for der in &certificates {
            let (_, certificate) = X509Certificate::from_der(der)
                .map_err(|cause| caused(cause, "a certificate cannot be read; export it again"))?;
            let public_key = &certificate.public_key().subject_public_key.data;
            if **public_key == *key.public_key().as_ref() {
                check_time(&certificate, now)?;
                let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, der));
                return Ok(Self { key, thumbprint });
            }
        }
        Err(refuse(
            "the private key does not belong to the certificate; give the two that were made together",
        ))
    }

    /// A JSON Web Token that names the certificate and is signed with its key, in the algorithm that
    /// [Microsoft Entra](https://learn.microsoft.com/entra/identity-platform/certificate-credentials)
    /// asks for.
    pub(super) fn sign(&self, claims: &Value) -> Result<String, Error> {
        let header = serde_json::json!({
            "alg": "PS256",
            "typ": "JWT",
            "x5t#S256": self.thumbprint,
        });
        let mut token = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let mut signature = vec![0; self.key.public_modulus_len()];
        let (message, random) = (token.as_bytes(), SystemRandom::new());
        self.key
            .sign(&RSA_PSS_SHA256, &random, message, &mut signature)
            .map_err(|cause| caused(cause, "the private key cannot sign; make a new one"))?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

fn private_key(pem: &str) -> Result<RsaKeyPair, Error> {
    if pem.contains("ENCRYPTED") {
        return Err(refuse(
            "the private key has a passphrase; remove it with `openssl pkey -in FILE`",
        ));
    }
    // The causes of these errors could only be about the key itself.
    let mut der = PrivateKeyDer::from_pem_slice(pem.as_bytes())
        .map_err(|_| refuse("there is no private key in PEM; give the key with the certificate"))?;
    let key = match &der {
        PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()).ok(),
        PrivateKeyDer::Pkcs8(key) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).ok(),
        _ => None,
    };
    der.zeroize();
    key.ok_or_else(|| {
        refuse("the private key is not RSA of at least 2048 bits; Microsoft Entra takes no other")
    })
}

fn check_time(certificate: &X509Certificate<'_>, now: SystemTime) -> Result<(), Error> {
    let validity = certificate.validity();
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    if now > validity.not_after.timestamp() {
        return Err(refuse(&format!(
            "the certificate ended at {}; make a new one and register it",
            validity.not_after
        )));
    }
    if now < validity.not_before.timestamp() {
        return Err(refuse(&format!(
            "the certificate begins at {}; check this machine's clock",
            validity.not_before
        )));
    }
    Ok(())
}

fn refuse(message: &str) -> Error {
    Error::new(ErrorKind::Configuration, format!("{NAME}: {message}"))
}

fn caused(cause: impl std::error::Error + Send + Sync + 'static, message: &str) -> Error {
    Error::with_source(
        ErrorKind::Configuration,
        format!("{NAME}: {message}"),
        cause,
    )
}

#[cfg(test)]
mod tests;
