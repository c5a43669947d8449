//! A token issuer with keys of its own, which signs whatever it is asked to sign.

use std::{
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aad_auth::{Account, AccountKind, Config, Refusal, Verifier};
use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
pub(crate) const CLIENT: &str = "6a1c0b7e-58f2-4bd0-9d1f-0c4f6f3d2a11";
pub(crate) const OBJECT: &str = "0e5d3c1a-7b92-4f60-8a3e-5d2c1b0a9f88";
pub(crate) const GROUP: &str = "b9d7c5a3-1f0e-4d2c-9b8a-7f6e5d4c3b2a";
/// The second at which every test takes place.
pub(crate) const NOW: u64 = 1_800_000_000;

pub(crate) struct Issuer {
    key: KeyPair,
    folder: TempDir,
}

impl Issuer {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let issuer = Self { key, folder };
        issuer.write("keys.json", &issuer.jwks("key-1"));
        issuer
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, content: &Value) {
        std::fs::write(self.folder().join(name), content.to_string()).unwrap();
    }

    pub(crate) fn jwks(&self, kid: &str) -> Value {
        let public = self.key.public_key();
        json!({"keys": [{
            "kty": "RSA", "use": "sig", "kid": kid, "x5t": kid,
            "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
            "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
        }]})
    }

    pub(crate) fn public_key_der(&self) -> Vec<u8> {
        self.key.public_key().as_ref().to_vec()
    }

    pub(crate) fn config(&self) -> Config {
        Config::new(self.folder().join("keys.json"), TENANT)
    }

    pub(crate) fn verifier(&self) -> Verifier {
        Verifier::new(&self.config()).unwrap()
    }

    /// Signs the claims with RS256, whatever the header says.
    pub(crate) fn sign_with_header(&self, header: &Value, claims: &Value) -> String {
        let message = unsigned(header, claims);
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message.as_bytes(),
                &mut signature,
            )
            .unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_with_header(
            &json!({"typ": "JWT", "alg": "RS256", "kid": "key-1"}),
            claims,
        )
    }
}

/// Header and claims as a token carries them, without a signature.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    )
}

/// A v1 token of a managed identity, as the claims reference shows it.
pub(crate) fn application_claims() -> Value {
    json!({
        "aud": "https://ossrdbms-aad.database.windows.net",
        "iss": format!("https://sts.windows.net/{TENANT}/"),
        "iat": NOW - 60, "nbf": NOW - 60, "exp": NOW + 3600,
        "appid": CLIENT, "appidacr": "2", "oid": OBJECT, "sub": OBJECT,
        "tid": TENANT, "ver": "1.0",
    })
}

/// A v2 token of a person in one group.
pub(crate) fn user_claims() -> Value {
    json!({
        "aud": "123cd850-d9df-40bd-94d5-c9f07b7fa203",
        "iss": format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
        "iat": NOW - 60, "nbf": NOW - 60, "exp": NOW + 3600,
        "azp": CLIENT, "azpacr": "0", "oid": OBJECT, "scp": "user_impersonation",
        "groups": ["11111111-1111-1111-1111-111111111111", GROUP],
        "tid": TENANT, "ver": "2.0",
    })
}

/// The claims with one of them changed; `null` takes it away.
pub(crate) fn with(mut claims: Value, name: &str, value: Value) -> Value {
    let map = claims.as_object_mut().unwrap();
    if value.is_null() {
        map.remove(name).unwrap();
    } else {
        map.insert(name.to_owned(), value);
    }
    claims
}

pub(crate) fn application() -> Account {
    Account::new(AccountKind::ServicePrincipal, CLIENT, "app")
}

pub(crate) fn person() -> Account {
    Account::new(AccountKind::User, OBJECT, "person@example.com")
}

pub(crate) fn group() -> Account {
    Account::new(AccountKind::Group, GROUP, "team")
}

pub(crate) fn at(second: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(second)
}

/// Checks a token, and that the answer does not give it away.
pub(crate) fn check(verifier: &Verifier, token: &str, account: &Account) -> Result<(), Refusal> {
    let answer = verifier.check(token, account, at(NOW));
    if let Err(refusal) = &answer {
        assert_holds_no_token(refusal, token);
    }
    answer
}

fn assert_holds_no_token(refusal: &Refusal, token: &str) {
    for shown in [refusal.to_string(), format!("{refusal:?}")] {
        assert!(
            !shown.contains(char::is_control),
            "{shown:?} is more than one line"
        );
        for part in token.split('.').filter(|part| part.len() >= 16) {
            // Of a huge part the beginning will do: a refusal is one short line.
            for from in 0..=(part.len() - 16).min(1_000) {
                if let Some(piece) = part.get(from..from + 16) {
                    assert!(
                        !shown.contains(piece),
                        "{shown:?} holds a piece of the token"
                    );
                }
            }
        }
    }
}
