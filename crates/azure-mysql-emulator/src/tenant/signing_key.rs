use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use aws_lc_rs::{
    digest::{SHA1_FOR_LEGACY_USE_ONLY, digest},
    rand::SystemRandom,
    signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use rcgen::{KeyPair, PKCS_RSA_SHA256};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    Error,
    certificates::{failed, parameters},
};

/// An RSA key that signs tokens: the tenant's, which is published with a self-signed certificate like
/// Entra's own keys, or a cluster's.
pub(crate) struct SigningKey {
    key: RsaKeyPair,
    /// Entra uses the certificate's SHA-1 thumbprint both as `kid` and as `x5t`.
    key_id: String,
    certificate: Vec<u8>,
}

impl SigningKey {
    /// Creates an RSA key of 2048 bits, Entra's size. Takes tens to hundreds of milliseconds, because
    /// it searches for primes.
    pub(crate) fn generate() -> Result<Self, Error> {
        let pair = KeyPair::generate_for(&PKCS_RSA_SHA256).map_err(key_failed)?;
        let certificate = parameters(Vec::new(), "azure-mysql-emulator token signing")
            .and_then(|parameters| parameters.self_signed(&pair))
            .map_err(key_failed)?
            .der()
            .to_vec();
        let key = RsaKeyPair::from_pkcs8(&pair.serialize_der())
            .map_err(|cause| key_failed(cause.to_string()))?;
        let thumbprint = digest(&SHA1_FOR_LEGACY_USE_ONLY, &certificate);
        Ok(Self {
            key,
            key_id: URL_SAFE_NO_PAD.encode(thumbprint),
            certificate,
        })
    }

    /// The key that all emulators of this process publish, created by the first of them. Entra too has
    /// the same keys for all tenants, which is why a server must check the token's tenant as well:
    /// <https://learn.microsoft.com/entra/identity-platform/access-tokens>.
    pub(crate) fn published() -> Result<Arc<Self>, Error> {
        static KEY: Mutex<Option<Arc<SigningKey>>> = Mutex::new(None);
        let mut key = KEY.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = &*key {
            return Ok(Arc::clone(key));
        }
        let new = Arc::new(Self::generate()?);
        *key = Some(Arc::clone(&new));
        Ok(new)
    }

    /// A forger's key, which no emulator of this process publishes.
    fn unpublished() -> &'static Self {
        static KEY: LazyLock<SigningKey> =
            LazyLock::new(|| SigningKey::generate().expect("creating a key worked at start"));
        &KEY
    }

    /// The key that verifies what this one signs: PKCS#1, DER.
    pub(crate) fn public_key(&self) -> &[u8] {
        self.key.public_key().as_ref()
    }

    /// The JSON Web Key Set that verifies tokens of this key.
    pub(crate) fn key_set(&self) -> Value {
        let public = self.key.public_key();
        let modulus = public.modulus().big_endian_without_leading_zero();
        let exponent = public.exponent().big_endian_without_leading_zero();
        json!({"keys": [{
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.key_id,
            "x5t": self.key_id,
            "n": URL_SAFE_NO_PAD.encode(modulus),
            "e": URL_SAFE_NO_PAD.encode(exponent),
            "x5c": [STANDARD.encode(&self.certificate)],
        }]})
    }

    /// A JSON Web Token that names this key in its header. If `forged`, another key has signed it.
    ///
    /// # Panics
    ///
    /// When the cryptographic library cannot sign with a key that it created itself.
    pub(crate) fn sign(&self, claims: &impl Serialize, forged: bool) -> String {
        let header = json!({"typ": "JWT", "alg": "RS256", "kid": self.key_id, "x5t": self.key_id});
        let key = if forged {
            &Self::unpublished().key
        } else {
            &self.key
        };
        let claims = serde_json::to_vec(claims).expect("claims are plain JSON values");
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims)
        );
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            message.as_bytes(),
            &mut signature,
        )
        .expect("an RSA key of 2048 bits signs any message");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn key_failed(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    failed("signing key", cause)
}
