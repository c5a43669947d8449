use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Directory, PUBLIC_RESOURCE, Principal, PrincipalKind, SigningKey};
use crate::clock::later;

/// A token that would name more groups names none, and says where to ask for them:
/// <https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference#groups-overage-claim>.
const MOST_GROUPS: usize = 200;

/// Makes one token, good or forged, from [`Emulator::token`](crate::Emulator::token).
///
/// Untouched, it makes the token that Azure would give out. Each method changes one thing, so
/// that a test can show that a server refuses the token for that reason alone.
#[must_use = "call `build` to get the token"]
pub struct TokenBuilder<'a> {
    directory: &'a Directory,
    principal: &'a Principal,
    audience: String,
    tenant_id: String,
    lifetime: Duration,
    issued_at: Option<SystemTime>,
    not_before: Option<SystemTime>,
    expires_at: Option<SystemTime>,
    groups: Vec<String>,
    signed_by_another_key: bool,
}

impl<'a> TokenBuilder<'a> {
    pub(crate) fn new(directory: &'a Directory, principal: &'a Principal) -> Self {
        Self {
            directory,
            principal,
            audience: PUBLIC_RESOURCE.to_owned(),
            tenant_id: directory.tenant_id.clone(),
            lifetime: directory.token_lifetime,
            issued_at: None,
            not_before: None,
            expires_at: None,
            groups: Vec::new(),
            signed_by_another_key: false,
        }
    }

    /// Makes the token for another audience (`aud`) than the MySQL resource of the public cloud.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = audience.into();
        self
    }

    /// Makes the token of another tenant: the claims `tid`, `iss` and `idp`.
    pub fn tenant(mut self, tenant_id: impl Into<String>) -> Self {
        self.tenant_id = tenant_id.into();
        self
    }

    /// Makes `exp` this long after `iat`, in whole seconds, instead of the emulator's own token
    /// lifetime.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Sets when the token ends (`exp`). Where that is sooner than its lifetime, the token is one
    /// that was issued earlier: `iat` and `nbf` move back, and the lifetime stays.
    pub fn expires_at(mut self, expires_at: SystemTime) -> Self {
        self.expires_at = Some(expires_at);
        self
    }

    /// Makes the token at another time than the emulator's now.
    pub(super) fn issued_at(mut self, now: SystemTime) -> Self {
        self.issued_at = Some(now);
        self
    }

    /// Sets when the token begins to be valid (`nbf`), and leaves `iat` and `exp` alone.
    pub fn not_before(mut self, not_before: SystemTime) -> Self {
        self.not_before = Some(not_before);
        self
    }

    /// Puts these object ids of groups into the token (`groups`), instead of those that the principal
    /// is a member of.
    pub fn groups<G: Into<String>>(mut self, groups: impl IntoIterator<Item = G>) -> Self {
        self.groups = groups.into_iter().map(Into::into).collect();
        self
    }

    /// Signs the token with a key that nobody published, and names the published key in its
    /// header, as a forger would: only the signature is wrong.
    pub fn signed_by_another_key(mut self) -> Self {
        self.signed_by_another_key = true;
        self
    }

    /// The token, in the compact form that a client sends.
    ///
    /// # Panics
    ///
    /// When the cryptographic library cannot make a key or sign.
    pub fn build(self) -> String {
        self.issue().access_token
    }

    pub(crate) fn issue(self) -> IssuedToken {
        let now = self.issued_at.unwrap_or_else(|| self.directory.clock.now());
        let end = self.expires_at.unwrap_or_else(|| later(now, self.lifetime));
        let (now, expires_on) = (unix_seconds(now), unix_seconds(end));
        let lifetime = self.lifetime.as_secs();
        let issued_at = now.min(expires_on.saturating_sub(lifetime));
        let not_before = self.not_before.map_or(issued_at, unix_seconds);
        let claims = self.claims(issued_at, not_before, expires_on);

        let published = &self.directory.signing_key;
        let key = if self.signed_by_another_key {
            SigningKey::unpublished()
        } else {
            &**published
        };
        IssuedToken {
            access_token: key.sign(published.key_id(), &claims),
            issued_at,
            expires_on,
            expires_in: expires_on.saturating_sub(now),
        }
    }

    /// The claims of a version 1.0 access token, which is what applications like the MySQL
    /// resource get from either endpoint:
    /// <https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference>.
    fn claims(&self, issued_at: u64, not_before: u64, expires_on: u64) -> Value {
        let issuer = format!("https://sts.windows.net/{}/", self.tenant_id);
        let mut claims = json!({
            "aud": self.audience,
            "iss": issuer,
            "iat": issued_at,
            "nbf": not_before,
            "exp": expires_on,
            // Opaque values that Entra keeps for itself; only their size matters here.
            "aio": opaque(3),
            "rh": format!("1.{}.", opaque(4)),
            "uti": opaque(1),
            "appid": self.principal.client_id(),
            "oid": self.principal.object_id(),
            "tid": self.tenant_id,
            "ver": "1.0",
        });
        let more = [self.claims_of_the_kind(&issuer), self.group_claims()];
        if let Value::Object(claims) = &mut claims {
            for more in more {
                claims.extend(more.as_object().cloned().unwrap_or_default());
            }
        }
        claims
    }

    fn claims_of_the_kind(&self, issuer: &str) -> Value {
        let principal = self.principal;
        match &principal.kind {
            PrincipalKind::SystemAssigned { resource_id }
            | PrincipalKind::UserAssigned { resource_id } => json!({
                "appidacr": "2",
                "idp": issuer,
                "idtyp": "app",
                "sub": principal.object_id(),
                "xms_mirid": resource_id,
            }),
            PrincipalKind::ServicePrincipal { .. } => json!({
                "appidacr": "1",
                "idp": issuer,
                "idtyp": "app",
                "sub": principal.object_id(),
            }),
            PrincipalKind::CertificateServicePrincipal | PrincipalKind::WorkloadIdentity { .. } => {
                json!({
                    "appidacr": "2",
                    "idp": issuer,
                    "idtyp": "app",
                    "sub": principal.object_id(),
                })
            }
            PrincipalKind::User => json!({
                "acr": "1",
                "amr": ["pwd"],
                "appidacr": "0",
                "idtyp": "user",
                "ipaddr": "127.0.0.1",
                "name": principal.name(),
                "scp": "user_impersonation",
                "sub": opaque(2),
                "unique_name": principal.name(),
                "upn": principal.name(),
            }),
            PrincipalKind::Guest { email } => json!({
                "acr": "1",
                "amr": ["pwd"],
                "appidacr": "0",
                "email": email,
                "idp": "live.com",
                "idtyp": "user",
                "ipaddr": "127.0.0.1",
                "name": email,
                "scp": "user_impersonation",
                "sub": opaque(2),
                "unique_name": format!("live.com#{email}"),
            }),
        }
    }

    fn group_claims(&self) -> Value {
        match self.groups.len() {
            0 => json!({}),
            1..=MOST_GROUPS => json!({"groups": self.groups}),
            _ => {
                let endpoint = format!(
                    "https://graph.windows.net/{}/users/{}/getMemberObjects",
                    self.tenant_id,
                    self.principal.object_id()
                );
                json!({
                    "_claim_names": {"groups": "src1"},
                    "_claim_sources": {"src1": {"endpoint": endpoint}},
                })
            }
        }
    }
}

impl fmt::Debug for TokenBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenBuilder")
            .field("principal", &self.principal)
            .field("audience", &self.audience)
            .field("tenant_id", &self.tenant_id)
            .finish_non_exhaustive()
    }
}

/// A token and what the endpoints say about it.
#[derive(Clone)]
pub(crate) struct IssuedToken {
    pub(crate) access_token: String,
    /// Seconds since 1970.
    pub(crate) issued_at: u64,
    /// Seconds since 1970.
    pub(crate) expires_on: u64,
    /// Seconds.
    pub(crate) expires_in: u64,
}

pub(crate) fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

/// Random text, as long as this many GUIDs in base64.
fn opaque(guids: usize) -> String {
    let bytes: Vec<u8> = (0..guids)
        .flat_map(|_| Uuid::new_v4().into_bytes())
        .collect();
    URL_SAFE_NO_PAD.encode(bytes)
}
