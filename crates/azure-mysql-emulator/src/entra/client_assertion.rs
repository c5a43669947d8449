//! How applications prove themselves without a secret, by a signed assertion:
//! <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>,
//! <https://learn.microsoft.com/entra/workload-id/workload-identity-federation>.

use std::time::SystemTime;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, errors::ErrorKind};
use serde::Deserialize;

use super::{
    cluster::{AUDIENCE, Cluster},
    refusal::Refusal,
};
use crate::{ClientCertificate, tenant::unix_seconds};

pub(crate) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
    sub: Option<String>,
    #[serde(default)]
    aud: Audience,
    nbf: Option<u64>,
    exp: Option<u64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Default for Audience {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl Audience {
    fn is(&self, expected: &str) -> bool {
        match self {
            Self::One(one) => one.eq_ignore_ascii_case(expected),
            Self::Several(several) => several.iter().any(|one| one.eq_ignore_ascii_case(expected)),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::One(one) => one.clone(),
            Self::Several(several) => several.join(" "),
        }
    }
}

/// The thumbprint of the certificate that an assertion says it is signed with.
pub(crate) fn thumbprint(assertion: &str) -> Result<String, Refusal> {
    jsonwebtoken::decode_header(assertion)
        .map_err(|_| Refusal::UnreadableAssertion)?
        .x5t_s256
        .ok_or(Refusal::NoThumbprint)
}

/// Checks an assertion that the application itself signed with the key of its certificate.
pub(crate) fn check_certificate(
    assertion: &str,
    certificate: &ClientCertificate,
    client_id: &str,
    token_endpoint: &str,
    now: SystemTime,
) -> Result<(), Refusal> {
    let header =
        jsonwebtoken::decode_header(assertion).map_err(|_| Refusal::UnreadableAssertion)?;
    let thumbprint = header.x5t_s256.ok_or(Refusal::NoThumbprint)?;
    if thumbprint != certificate.thumbprint() {
        return Err(Refusal::UnknownKey(thumbprint));
    }
    let claims = verify(
        assertion,
        certificate.public_key(),
        &[Algorithm::PS256, Algorithm::RS256],
        now,
    )?;
    if !claims.aud.is(token_endpoint) {
        return Err(Refusal::AssertionAudience);
    }
    for claim in [claims.iss, claims.sub] {
        if !claim.is_some_and(|claim| claim.eq_ignore_ascii_case(client_id)) {
            return Err(Refusal::AssertionApplication);
        }
    }
    Ok(())
}

/// Checks a service account's token against the federated credential for `subject`.
///
/// Issuer, subject and audience are compared before the signature: they say which credential, and
/// thereby which keys, the token is checked with.
pub(crate) fn check_federated(
    assertion: &str,
    cluster: &Cluster,
    subject: &str,
    now: SystemTime,
) -> Result<(), Refusal> {
    let claims: Claims = jsonwebtoken::dangerous::insecure_decode_claims(assertion)
        .map_err(|_| Refusal::UnreadableAssertion)?;
    if claims.iss.as_deref() != Some(cluster.issuer()) {
        return Err(Refusal::UnknownIssuer(claims.iss.unwrap_or_default()));
    }
    if claims.sub.as_deref() != Some(subject) {
        return Err(Refusal::UnknownSubject(claims.sub.unwrap_or_default()));
    }
    if !claims.aud.is(AUDIENCE) {
        return Err(Refusal::UnknownAudience(claims.aud.text()));
    }
    verify(assertion, cluster.public_key(), &[Algorithm::RS256], now)?;
    Ok(())
}

/// Checks the signature, `exp`, which must be there, and `nbf`, without Entra's patience with clocks:
/// a program on this machine has the same one.
fn verify(
    assertion: &str,
    public_key: &[u8],
    algorithms: &[Algorithm],
    now: SystemTime,
) -> Result<Claims, Refusal> {
    let mut validation = Validation::new(Algorithm::PS256);
    validation.algorithms = algorithms.to_vec();
    // The times are compared below, with the emulator's clock instead of the machine's.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let key = DecodingKey::from_rsa_der(public_key);
    let claims = jsonwebtoken::decode::<Claims>(assertion, &key, &validation)
        .map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature => Refusal::AssertionSignature,
            _ => Refusal::UnreadableAssertion,
        })?
        .claims;
    let now = unix_seconds(now);
    let expires = claims.exp.ok_or(Refusal::UnreadableAssertion)?;
    if expires <= now || claims.nbf.is_some_and(|not_before| now < not_before) {
        return Err(Refusal::AssertionTime);
    }
    Ok(claims)
}
