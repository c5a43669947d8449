//! Signed assertions, with which applications authenticate instead of a secret:
//! <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>,
//! <https://learn.microsoft.com/entra/workload-id/workload-identity-federation>.

use std::time::SystemTime;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, errors::ErrorKind};
use serde::Deserialize;

use super::{
    EntraError,
    cluster::{AUDIENCE, Cluster},
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
    fn contains(&self, expected: &str) -> bool {
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

/// The thumbprint of the certificate with which an assertion claims to be signed.
pub(super) fn thumbprint(assertion: &str) -> Result<String, EntraError> {
    let header = jsonwebtoken::decode_header(assertion).map_err(|_| malformed())?;
    header.x5t_s256.ok_or_else(|| {
        let description = "Invalid JWT token. No certificate thumbprint specified in token header.";
        EntraError::new(50027, description)
    })
}

/// Checks an assertion that the application itself signed with the key of its certificate.
pub(super) fn check_certificate(
    assertion: &str,
    certificate: &ClientCertificate,
    client_id: &str,
    token_endpoint: &str,
    now: SystemTime,
) -> Result<(), EntraError> {
    let thumbprint = thumbprint(assertion)?;
    if thumbprint != certificate.thumbprint() {
        return Err(unknown_key(&thumbprint));
    }
    let algorithms = &[Algorithm::PS256, Algorithm::RS256];
    let claims = verify(assertion, certificate.public_key(), algorithms, now)?;
    if !claims.aud.contains(token_endpoint) {
        let description = "Client assertion audience claim does not match Realm issuer.";
        return Err(EntraError::new(700_023, description));
    }
    for claim in [claims.iss, claims.sub] {
        if !claim.is_some_and(|claim| claim.eq_ignore_ascii_case(client_id)) {
            let description =
                "Client assertion application identifier doesn't match 'client_id' parameter.";
            return Err(EntraError::new(700_021, description));
        }
    }
    Ok(())
}

/// Checks a service account's token against the federated credential for `subject`.
///
/// Issuer, subject and audience are compared before the signature: they determine the credential,
/// and thereby the keys with which the token is checked.
pub(super) fn check_federated(
    assertion: &str,
    cluster: &Cluster,
    subject: &str,
    now: SystemTime,
) -> Result<(), EntraError> {
    let claims: Claims =
        jsonwebtoken::dangerous::insecure_decode_claims(assertion).map_err(|_| malformed())?;
    let audience = claims.aud.text();
    let issuer = claims.iss.unwrap_or_default();
    let claimed_subject = claims.sub.unwrap_or_default();
    for (matches, code, name, claim) in [
        (issuer == cluster.issuer(), 700_211, "issuer", &issuer),
        (
            claimed_subject == subject,
            700_213,
            "subject",
            &claimed_subject,
        ),
        (
            claims.aud.contains(AUDIENCE),
            700_212,
            "audience",
            &audience,
        ),
    ] {
        if !matches {
            // Entra's text, as reported in Azure/azure-workload-identity#1200.
            let description = format!(
                "No matching federated identity record found for presented assertion {name} \
                 '{claim}'. Check your federated identity credential Subject, Audience and Issuer \
                 against the presented assertion. \
                 https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
            );
            return Err(EntraError::new(code, description));
        }
    }
    verify(assertion, cluster.public_key(), &[Algorithm::RS256], now)?;
    Ok(())
}

/// Checks the signature, `exp`, which is required, and `nbf`, without Entra's tolerance for clock
/// skew: a program on this machine has the same clock.
fn verify(
    assertion: &str,
    public_key: &[u8],
    algorithms: &[Algorithm],
    now: SystemTime,
) -> Result<Claims, EntraError> {
    let mut validation = Validation::new(Algorithm::PS256);
    validation.algorithms = algorithms.to_vec();
    // The times are compared below, with the emulator's clock instead of the machine's.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let key = DecodingKey::from_rsa_der(public_key);
    let claims = jsonwebtoken::decode::<Claims>(assertion, &key, &validation)
        .map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature => EntraError::new(
                700_027,
                "Client assertion contains an invalid signature. [Reason - The provided signature \
                 value did not match the expected signature value.]",
            ),
            _ => malformed(),
        })?
        .claims;
    let now = unix_seconds(now);
    let expires = claims.exp.ok_or_else(malformed)?;
    if expires <= now || claims.nbf.is_some_and(|not_before| now < not_before) {
        let description = "Client assertion is not within its valid time range.";
        return Err(EntraError::new(700_024, description));
    }
    Ok(claims)
}

fn malformed() -> EntraError {
    EntraError::new(50027, "JWT token is invalid or malformed.")
}

/// The application does not have the certificate with this thumbprint.
pub(super) fn unknown_key(thumbprint: &str) -> EntraError {
    let description = format!(
        "Client assertion contains an invalid signature. [Reason - The key was not found., \
         Thumbprint of key used by client: '{thumbprint}']"
    );
    EntraError::new(700_027, description)
}
