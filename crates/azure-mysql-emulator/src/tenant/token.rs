use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Principal, PrincipalKind, SigningKey};
use crate::clock::later;

/// The resource of Azure Database for MySQL in the public cloud.
pub(crate) const PUBLIC_RESOURCE: &str = "https://ossrdbms-aad.database.windows.net";

/// Tokens of members of more groups contain none, but the address where they can be queried:
/// <https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference#groups-overage-claim>.
const MAX_GROUPS: usize = 200;

/// Makes one token, valid or forged, from [`Emulator::token`](crate::Emulator::token).
///
/// Unchanged, it makes the token that Azure would issue. Each method changes one thing, so that a
/// test can show that a server rejects the token for exactly that reason.
#[must_use = "call `build` to get the token"]
pub struct TokenBuilder<'a> {
    principal: &'a Principal,
    signing_key: &'a SigningKey,
    now: SystemTime,
    audience: String,
    tenant_id: String,
    lifetime: Duration,
    not_before: Option<SystemTime>,
    expires_at: Option<SystemTime>,
    groups: Vec<String>,
    signed_by_another_key: bool,
}

impl<'a> TokenBuilder<'a> {
    pub(super) fn new(
        principal: &'a Principal,
        tenant_id: &str,
        signing_key: &'a SigningKey,
        now: SystemTime,
    ) -> Self {
        Self {
            principal,
            signing_key,
            now,
            audience: PUBLIC_RESOURCE.to_owned(),
            tenant_id: tenant_id.to_owned(),
            lifetime: Duration::ZERO,
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

    /// Makes the token one of another tenant: the claims `tid`, `iss` and `idp`.
    pub fn tenant(mut self, tenant_id: impl Into<String>) -> Self {
        self.tenant_id = tenant_id.into();
        self
    }

    /// Sets `exp` to this long after `iat`, in whole seconds, instead of the emulator's own token
    /// lifetime.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Sets when the token expires (`exp`). If that is sooner than its lifetime, the token was
    /// issued earlier: `iat` and `nbf` move back, and the lifetime stays.
    pub fn expires_at(mut self, expires_at: SystemTime) -> Self {
        self.expires_at = Some(expires_at);
        self
    }

    /// Issues the token at another time than the emulator's now.
    pub(super) fn issued_at(mut self, now: SystemTime) -> Self {
        self.now = now;
        self
    }

    /// Sets when the token becomes valid (`nbf`), without changing `iat` and `exp`.
    pub fn not_before(mut self, not_before: SystemTime) -> Self {
        self.not_before = Some(not_before);
        self
    }

    /// Puts these object ids of groups into the token (`groups`), instead of those of which the
    /// principal is a member.
    pub fn groups<G: Into<String>>(mut self, groups: impl IntoIterator<Item = G>) -> Self {
        self.groups = groups.into_iter().map(Into::into).collect();
        self
    }

    /// Signs the token with an unpublished key, and names the published key in its header, as a
    /// forger would: only the signature is wrong.
    pub fn signed_by_another_key(mut self) -> Self {
        self.signed_by_another_key = true;
        self
    }

    /// The token, in the compact form that a client sends.
    ///
    /// # Panics
    ///
    /// When the cryptographic library cannot create a key or sign.
    pub fn build(self) -> String {
        self.issue().access_token
    }

    pub(super) fn issue(self) -> IssuedToken {
        let end = self
            .expires_at
            .unwrap_or_else(|| later(self.now, self.lifetime));
        let (now, expires_on) = (unix_seconds(self.now), unix_seconds(end));
        let issued_at = now.min(expires_on.saturating_sub(self.lifetime.as_secs()));
        let not_before = self.not_before.map_or(issued_at, unix_seconds);
        let claims = self.claims(issued_at, not_before, expires_on);
        IssuedToken {
            access_token: self.signing_key.sign(&claims, self.signed_by_another_key),
            issued_at,
            expires_on,
            expires_in: expires_on.saturating_sub(now),
        }
    }

    /// The claims of a version 1.0 access token, which applications like the MySQL resource get from
    /// either endpoint:
    /// <https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference>.
    fn claims(&self, issued_at: u64, not_before: u64, expires_on: u64) -> Value {
        let issuer = format!("https://sts.windows.net/{}/", self.tenant_id);
        let mut claims = json!({
            "aud": self.audience,
            "iss": issuer,
            "iat": issued_at,
            "nbf": not_before,
            "exp": expires_on,
            // Opaque values that only Entra reads; only their size matters here.
            "aio": opaque(3),
            "rh": format!("1.{}.", opaque(4)),
            "uti": opaque(1),
            "appid": self.principal.client_id(),
            "oid": self.principal.object_id(),
            "tid": self.tenant_id,
            "ver": "1.0",
        });
        if self.principal.is_person() {
            merge(&mut claims, self.person_claims());
        } else {
            merge(&mut claims, self.application_claims(&issuer));
        }
        merge(&mut claims, self.group_claims());
        claims
    }

    fn application_claims(&self, issuer: &str) -> Value {
        // How the application authenticated: 1 is a secret, 2 a certificate or an assertion.
        let authentication = match self.principal.kind {
            PrincipalKind::ServicePrincipal { .. } => "1",
            _ => "2",
        };
        let mut claims = json!({
            "appidacr": authentication,
            "idp": issuer,
            "idtyp": "app",
            "sub": self.principal.object_id(),
        });
        if let Some(resource_id) = self.principal.resource_id() {
            claims["xms_mirid"] = resource_id.into();
        }
        claims
    }

    fn person_claims(&self) -> Value {
        let (name, more) = if let PrincipalKind::Guest { email } = &self.principal.kind {
            let unique_name = format!("live.com#{email}");
            let more = json!({"email": email, "idp": "live.com", "unique_name": unique_name});
            (email.as_str(), more)
        } else {
            let name = self.principal.name();
            (name, json!({"unique_name": name, "upn": name}))
        };
        let mut claims = json!({
            "acr": "1",
            "amr": ["pwd"],
            "appidacr": "0",
            "idtyp": "user",
            "ipaddr": "127.0.0.1",
            "name": name,
            "scp": "user_impersonation",
            "sub": opaque(2),
        });
        merge(&mut claims, more);
        claims
    }

    fn group_claims(&self) -> Value {
        match self.groups.len() {
            0 => json!({}),
            1..=MAX_GROUPS => json!({"groups": self.groups}),
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

fn merge(claims: &mut Value, more: Value) {
    if let (Value::Object(claims), Value::Object(more)) = (claims, more) {
        claims.extend(more);
    }
}

/// Random text, as long as this many GUIDs in base64.
fn opaque(guids: usize) -> String {
    let bytes: Vec<u8> = (0..guids)
        .flat_map(|_| Uuid::new_v4().into_bytes())
        .collect();
    URL_SAFE_NO_PAD.encode(bytes)
}
