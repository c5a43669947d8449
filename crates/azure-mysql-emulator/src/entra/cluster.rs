use std::{
    fmt,
    time::{Duration, SystemTime},
};

use serde_json::json;

use crate::{
    Error, Principal,
    clock::{earlier, later},
    tenant::{SigningKey, random_guid, unix_seconds},
};

/// The audience that Entra requires of federated tokens:
/// <https://learn.microsoft.com/entra/workload-id/workload-identity-federation>.
pub(crate) const AUDIENCE: &str = "api://AzureADTokenExchange";

/// How long a service account token lives on AKS unless the pod says otherwise:
/// <https://learn.microsoft.com/azure/aks/workload-identity-overview>.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The Kubernetes cluster whose service accounts the workload identities trust.
pub(crate) struct Cluster {
    /// Nothing answers at this address: the emulator knows the key.
    issuer: String,
    key: SigningKey,
}

impl Cluster {
    pub(crate) fn new() -> Result<Self, Error> {
        Ok(Self {
            issuer: format!("https://cluster.example/{}/", random_guid()),
            key: SigningKey::generate()?,
        })
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The key that verifies service account tokens: PKCS#1, DER.
    pub(crate) fn public_key(&self) -> &[u8] {
        self.key.public_key()
    }

    /// `None` unless `principal` is a workload identity.
    pub(crate) fn token<'a>(
        &'a self,
        principal: &Principal,
        now: SystemTime,
    ) -> Option<ServiceAccountTokenBuilder<'a>> {
        Some(ServiceAccountTokenBuilder {
            cluster: self,
            issuer: self.issuer.clone(),
            subject: principal.federated_subject()?.to_owned(),
            audience: AUDIENCE.to_owned(),
            expires_at: later(now, LIFETIME),
            signed_by_another_key: false,
        })
    }
}

/// Makes one service account token, valid or forged, from
/// [`Emulator::service_account_token`](crate::Emulator::service_account_token).
///
/// Unchanged, it makes a token that the federated credential trusts, for an hour. Each method
/// changes one thing.
#[must_use = "call `build` to get the token"]
pub struct ServiceAccountTokenBuilder<'a> {
    cluster: &'a Cluster,
    issuer: String,
    subject: String,
    audience: String,
    expires_at: SystemTime,
    signed_by_another_key: bool,
}

impl ServiceAccountTokenBuilder<'_> {
    /// Makes the token one of another cluster (`iss`).
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = issuer.into();
        self
    }

    /// Makes the token one of another service account (`sub`).
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }

    /// Makes the token for another audience (`aud`).
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = audience.into();
        self
    }

    /// Sets when the token expires (`exp`). It becomes valid an hour before.
    pub fn expires_at(mut self, expires_at: SystemTime) -> Self {
        self.expires_at = expires_at;
        self
    }

    /// Signs the token with an unpublished key, and names the cluster's key in its header.
    pub fn signed_by_another_key(mut self) -> Self {
        self.signed_by_another_key = true;
        self
    }

    /// The token, as in the file that `AZURE_FEDERATED_TOKEN_FILE` names.
    ///
    /// # Panics
    ///
    /// When the cryptographic library cannot create a key or sign.
    pub fn build(self) -> String {
        let issued_at = unix_seconds(earlier(self.expires_at, LIFETIME));
        let claims = json!({
            "aud": [self.audience],
            "exp": unix_seconds(self.expires_at),
            "iat": issued_at,
            "nbf": issued_at,
            "iss": self.issuer,
            "jti": random_guid(),
            "sub": self.subject,
        });
        self.cluster.key.sign(&claims, self.signed_by_another_key)
    }
}

impl fmt::Debug for ServiceAccountTokenBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccountTokenBuilder")
            .field("issuer", &self.issuer)
            .field("subject", &self.subject)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}
