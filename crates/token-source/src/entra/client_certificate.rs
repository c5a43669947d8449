use std::{
    fs,
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;
use azure_core::{Uuid, http::ClientMethodOptions};
use azure_identity::{
    ClientAssertion, ClientAssertionCredential, ClientAssertionCredentialOptions,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{certificate::Certificate, sdk::Application};
use crate::{
    Cloud, Error, ErrorKind, Token, TokenSource, credential_kind::CredentialKind, error::Details,
};

const KIND: CredentialKind = CredentialKind::ClientCertificate;

/// How long an assertion is valid. Entra advises 5 to 10 minutes; the longer time tolerates clocks that
/// differ.
const ASSERTION_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// A service principal with a certificate: it signs an assertion with the private key, which never
/// leaves the program.
///
/// The certificate has to be registered with the application. The key is RSA, in PKCS#8 or PKCS#1,
/// without a passphrase. Key and certificate are checked against each other and the clock before
/// anything is sent. Trust by subject name and issuer, without registering each certificate, is not
/// supported. See <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>.
#[derive(Debug)]
pub struct ClientCertificate {
    application: Application,
    pem: PemSource,
    token_endpoint: String,
}

#[derive(Debug)]
enum PemSource {
    Pem(SecretString),
    Files(Vec<PathBuf>),
}

impl ClientCertificate {
    /// Tokens for `scope` as the service principal `client_id` of the tenant `tenant_id` (GUIDs), with
    /// certificate and private key in one PEM text, in any order. Two texts can be concatenated.
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up.
    pub fn from_pem(
        cloud: &Cloud,
        scope: impl Into<String>,
        tenant_id: impl Into<String>,
        client_id: impl Into<String>,
        pem: impl Into<SecretString>,
    ) -> Self {
        let pem = PemSource::Pem(pem.into());
        let application = Application::new(cloud, scope, tenant_id, client_id);
        Self::new(cloud, application, pem)
    }

    /// The same with PEM files: one that holds both, or one for each.
    ///
    /// They are read at each fetch, so a certificate can be replaced while the program runs.
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up.
    pub fn from_files<P: Into<PathBuf>>(
        cloud: &Cloud,
        scope: impl Into<String>,
        tenant_id: impl Into<String>,
        client_id: impl Into<String>,
        paths: impl IntoIterator<Item = P>,
    ) -> Self {
        let pem = PemSource::Files(paths.into_iter().map(Into::into).collect());
        let application = Application::new(cloud, scope, tenant_id, client_id);
        Self::new(cloud, application, pem)
    }

    fn new(cloud: &Cloud, application: Application, pem: PemSource) -> Self {
        let (authority, tenant_id) = (cloud.authority(), &application.tenant_id);
        Self {
            token_endpoint: format!("{authority}/{tenant_id}/oauth2/v2.0/token"),
            application,
            pem,
        }
    }

    /// Reads and signs on the calling thread: it takes a millisecond or two, once in half a token's life.
    fn assertion(&self, now: SystemTime) -> Result<Assertion, Error> {
        let certificate = match &self.pem {
            PemSource::Pem(pem) => Certificate::read(pem.expose_secret(), now),
            PemSource::Files(paths) => Certificate::read(read_all(paths)?.expose_secret(), now),
        }?;
        certificate
            .sign(&self.claims(now))
            .map(|assertion| Assertion(assertion.into()))
    }

    fn claims(&self, now: SystemTime) -> Value {
        let issued_at = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        json!({
            "aud": self.token_endpoint,
            "iss": self.application.client_id,
            "sub": self.application.client_id,
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
                let message = format!(
                    "{} cannot be read as PEM; check the path, and that this user may read it",
                    path.display()
                );
                Error::from(Details {
                    source: Some(cause.into()),
                    ..Details::of(KIND, ErrorKind::Configuration, message)
                })
            })
    });
    let texts = texts.collect::<Result<Vec<_>, _>>()?;
    // Allocated at once, because growing would leave copies of the key behind.
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

/// What one fetch proves itself with.
#[derive(Debug)]
struct Assertion(SecretString);

#[async_trait]
impl ClientAssertion for Assertion {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        Ok(self.0.expose_secret().to_owned())
    }
}

#[async_trait]
impl TokenSource for ClientCertificate {
    async fn fetch(&self) -> Result<Token, Error> {
        let assertion = self.assertion(SystemTime::now())?;
        let credential = |client_options| {
            ClientAssertionCredential::new(
                self.application.tenant_id.clone(),
                self.application.client_id.clone(),
                assertion,
                Some(ClientAssertionCredentialOptions { client_options }),
            )
        };
        self.application.fetch(KIND, credential).await
    }
}
