use std::{
    fmt, fs,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;
use azure_core::{
    Uuid,
    cloud::CloudConfiguration,
    http::{ClientMethodOptions, Transport},
};
use azure_identity::{
    ClientAssertion, ClientAssertionCredential, ClientAssertionCredentialOptions,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{
    certificate::{Certificate, NAME},
    exchange::Exchange,
    failure,
    request::{authority, fetch, new_transport},
};
use crate::{Cloud, Error, ErrorKind, Token, TokenSource};

/// How long an assertion is valid. Entra advises 5 to 10 minutes; the longer leaves room for clocks
/// that go wrong.
const ASSERTION_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// A service principal with a certificate: it signs an assertion with the private key, which never
/// leaves the program.
///
/// The certificate has to be registered with the application. The key is RSA, in PKCS#8 or PKCS#1,
/// without a passphrase. Key and certificate are checked against each other and the clock before
/// anything is sent. Trust by subject name and issuer, without registering each certificate, is not
/// supported. See <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>.
pub struct ClientCertificate {
    tenant_id: String,
    client_id: String,
    origin: Origin,
    token_endpoint: String,
    scope: String,
    authority: Arc<CloudConfiguration>,
    transport: Transport,
}

enum Origin {
    Pem(SecretString),
    Files(Vec<PathBuf>),
}

impl ClientCertificate {
    /// The service principal `client_id` of the tenant `tenant_id` (GUIDs), with certificate and
    /// private key in one PEM text, in any order. Two texts can be put one after the other.
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up.
    pub fn from_pem(
        cloud: &Cloud,
        tenant_id: impl Into<String>,
        client_id: impl Into<String>,
        pem: impl Into<SecretString>,
    ) -> Self {
        let origin = Origin::Pem(pem.into());
        Self::new(cloud, tenant_id.into(), client_id.into(), origin)
    }

    /// The same with PEM files: one that holds both, or one for each.
    ///
    /// They are read again at each fetch, so a certificate can be replaced while the program runs.
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up.
    pub fn from_files<P: Into<PathBuf>>(
        cloud: &Cloud,
        tenant_id: impl Into<String>,
        client_id: impl Into<String>,
        paths: impl IntoIterator<Item = P>,
    ) -> Self {
        let origin = Origin::Files(paths.into_iter().map(Into::into).collect());
        Self::new(cloud, tenant_id.into(), client_id.into(), origin)
    }

    fn new(cloud: &Cloud, tenant_id: String, client_id: String, origin: Origin) -> Self {
        Self {
            token_endpoint: format!("{}/{tenant_id}/oauth2/v2.0/token", cloud.authority()),
            tenant_id,
            client_id,
            origin,
            scope: cloud.database_scope(),
            authority: authority(cloud),
            transport: new_transport(),
        }
    }

    /// Reads and signs on the thread that it is called on: that is a millisecond or two a fetch, and
    /// fetches are half of a token's life apart.
    fn assertion(&self, now: SystemTime) -> Result<Assertion, Error> {
        let certificate = match &self.origin {
            Origin::Pem(pem) => Certificate::read(pem.expose_secret(), now),
            Origin::Files(paths) => Certificate::read(read_all(paths)?.expose_secret(), now),
        }?;
        certificate
            .sign(&self.claims(now))
            .map(|assertion| Assertion(assertion.into()))
    }

    fn claims(&self, now: SystemTime) -> Value {
        let issued_at = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        json!({
            "aud": self.token_endpoint,
            "iss": self.client_id,
            "sub": self.client_id,
            "jti": Uuid::new_v4().to_string(),
            "iat": issued_at,
            "nbf": issued_at,
            "exp": issued_at + ASSERTION_LIFETIME.as_secs(),
        })
    }
}

fn read_all(paths: &[PathBuf]) -> Result<SecretString, Error> {
    let texts = paths.iter().map(|path| {
        fs::read_to_string(path)
            .map(SecretString::from)
            .map_err(|cause| {
                Error::with_source(
                    ErrorKind::Configuration,
                    format!(
                        "{NAME}: {} cannot be read as PEM; check the path, and that this user may \
                         read it",
                        path.display()
                    ),
                    cause,
                )
            })
    });
    let texts = texts.collect::<Result<Vec<_>, _>>()?;
    // With all room made beforehand, no copy of the key is left behind by growing.
    let length = texts
        .iter()
        .map(|text| text.expose_secret().len() + 1)
        .sum();
    let mut all = String::with_capacity(length);
    for text in &texts {
        all.push_str(text.expose_secret());
        all.push('\n');
    }
    Ok(all.into())
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate")
            .field("tenant_id", &self.tenant_id)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// What one fetch proves itself with.
struct Assertion(SecretString);

#[async_trait]
impl ClientAssertion for Assertion {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        Ok(self.0.expose_secret().to_owned())
    }
}

impl fmt::Debug for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Assertion").finish_non_exhaustive()
    }
}

#[async_trait]
impl TokenSource for ClientCertificate {
    async fn fetch(&self) -> Result<Token, Error> {
        let exchange = Exchange::over(&self.transport);
        let options = ClientAssertionCredentialOptions {
            client_options: exchange.client_options_at(&self.authority),
        };
        let credential = ClientAssertionCredential::new(
            self.tenant_id.clone(),
            self.client_id.clone(),
            self.assertion(SystemTime::now())?,
            Some(options),
        )
        .map_err(|error| failure::of_construction(NAME, &error))?;
        fetch(NAME, &*credential, &self.scope, &exchange).await
    }
}
