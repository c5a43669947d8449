//! The Entra token endpoint accepts assertions instead of a secret: those of an application's
//! certificate, and those of a cluster's service account. Each mistake gets Entra's code.

use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{SHA256, digest};
use azure_mysql_emulator::{ClientCertificate, Emulator, Principal};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, pem::PemObject};
use serde_json::{Value, json};

use super::{
    HOUR, RESOURCE, SOMEBODY_ELSE, answer, ask_entra, claims, emulator_with, now, token_endpoint,
    verify,
};

const TYPE: (&str, &str) = (
    "client_assertion_type",
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
);

/// The status and the code of an error; 200 and 0 for a token.
async fn ask(emulator: &Emulator, app: &Principal, form: &[(&str, &str)]) -> (u16, u64) {
    let (status, body) = answer(ask_entra(emulator, app, form)).await;
    (status, body["error_codes"][0].as_u64().unwrap_or(0))
}

async fn ask_with(emulator: &Emulator, app: &Principal, assertion: &str) -> (u16, u64) {
    ask(emulator, app, &[TYPE, ("client_assertion", assertion)]).await
}

/// An assertion as an application makes it.
struct Assertion {
    header: Header,
    claims: Value,
    key: EncodingKey,
}

impl Assertion {
    fn new(emulator: &Emulator, app: &Principal, certificate: &ClientCertificate) -> Self {
        let certificate_der =
            CertificateDer::from_pem_slice(certificate.certificate_pem().as_bytes()).unwrap();
        let mut header = Header::new(Algorithm::PS256);
        header.x5t_s256 = Some(URL_SAFE_NO_PAD.encode(digest(&SHA256, &certificate_der)));
        let pkcs8 =
            PrivatePkcs8KeyDer::from_pem_slice(certificate.private_key_pem().as_bytes()).unwrap();
        Self {
            header,
            claims: json!({
                "aud": token_endpoint(emulator, emulator.tenant_id()),
                "iss": app.client_id(),
                "sub": app.client_id(),
                "jti": "one",
                "nbf": now(),
                "exp": now() + 600,
            }),
            // What precedes the RSA key itself has the same length for every key of 2048 bits.
            key: EncodingKey::from_rsa_der(&pkcs8.secret_pkcs8_der()[26..]),
        }
    }

    fn with(mut self, claim: &str, value: impl Into<Value>) -> Self {
        self.claims[claim] = value.into();
        self
    }

    fn build(&self) -> String {
        jsonwebtoken::encode(&self.header, &self.claims, &self.key).unwrap()
    }
}

#[tokio::test]
async fn registered_certificate_gets_a_token() {
    let app = Principal::service_principal_with_certificate("aad_app");
    let emulator = emulator_with(std::slice::from_ref(&app)).await;
    let certificate = emulator.client_certificate(&app).unwrap();

    for algorithm in [Algorithm::PS256, Algorithm::RS256] {
        let mut assertion = Assertion::new(&emulator, &app, certificate);
        assertion.header.alg = algorithm;
        let form = [TYPE, ("client_assertion", &assertion.build())];
        let (status, body) = answer(ask_entra(&emulator, &app, &form)).await;

        assert_eq!(status, 200, "{body}");
        let token = body["access_token"].as_str().unwrap();
        let (_, claims) = verify(&emulator.jwks_json(), token, RESOURCE).unwrap();
        assert_eq!(claims["appid"], app.client_id());
        assert_eq!(claims["appidacr"], "2");
    }
    assert_eq!(emulator.counters().client_certificate, 2);
    assert_eq!(emulator.counters().client_secret, 0);
}

#[tokio::test]
async fn each_mistake_in_a_certificates_assertion_gets_its_code() {
    let app = Principal::service_principal_with_certificate("aad_app");
    let emulator = emulator_with(std::slice::from_ref(&app)).await;
    let certificate = emulator.client_certificate(&app).unwrap();
    let other = ClientCertificate::new("other").unwrap();
    let good = || Assertion::new(&emulator, &app, certificate);

    let mut without_thumbprint = good();
    without_thumbprint.header.x5t_s256 = None;
    let mut signed_by_another_key = good();
    signed_by_another_key.key = Assertion::new(&emulator, &app, &other).key;
    let mut in_another_algorithm = good();
    in_another_algorithm.header.alg = Algorithm::PS512;

    for (assertion, code) in [
        ("garbage".to_owned(), 50027),
        (without_thumbprint.build(), 50027),
        (in_another_algorithm.build(), 50027),
        (Assertion::new(&emulator, &app, &other).build(), 700_027),
        (signed_by_another_key.build(), 700_027),
        (good().with("exp", now() - 1).build(), 700_024),
        (good().with("nbf", now() + 300).build(), 700_024),
        (good().with("exp", Value::Null).build(), 50027),
        (good().with("aud", "https://else.example/").build(), 700_023),
        (good().with("iss", SOMEBODY_ELSE).build(), 700_021),
        (good().with("sub", SOMEBODY_ELSE).build(), 700_021),
    ] {
        let answer = ask_with(&emulator, &app, &assertion).await;
        assert_eq!(answer, (401, code), "{assertion}");
    }
    assert_eq!(emulator.counters().client_certificate, 0);
    assert_eq!(emulator.counters().refused, 11);
}

#[tokio::test]
async fn each_mistake_in_a_federated_token_gets_its_code() {
    let app = Principal::workload_identity("aad_pod");
    let emulator = emulator_with(std::slice::from_ref(&app)).await;
    let good = || emulator.service_account_token(&app).unwrap();
    let another_account = "system:serviceaccount:default:x";
    let another_audience = "https://kubernetes.default.svc";
    let expired = SystemTime::now() - Duration::from_secs(2);

    assert_eq!(ask_with(&emulator, &app, &good().build()).await, (200, 0));
    assert_eq!(emulator.counters().federated, 1);
    for (assertion, code) in [
        ("garbage".to_owned(), 50027),
        (good().issuer("https://cluster.example/").build(), 700_211),
        (good().subject(another_account).build(), 700_213),
        (good().audience(another_audience).build(), 700_212),
        (good().signed_by_another_key().build(), 700_027),
        (good().expires_at(expired).build(), 700_024),
    ] {
        let answer = ask_with(&emulator, &app, &assertion).await;
        assert_eq!(answer, (401, code), "{assertion}");
    }
    assert_eq!(emulator.counters().federated, 1);
}

#[tokio::test]
async fn another_kind_of_credential_is_refused() {
    let with_secret = Principal::service_principal("aad_secret", "right");
    let with_certificate = Principal::service_principal_with_certificate("aad_certificate");
    let federated = Principal::workload_identity("aad_pod");
    let all = [
        with_secret.clone(),
        with_certificate.clone(),
        federated.clone(),
    ];
    let emulator = emulator_with(&all).await;
    let certificate = emulator.client_certificate(&with_certificate).unwrap();
    let assertion = Assertion::new(&emulator, &with_secret, certificate).build();
    let pod = emulator.service_account_token(&federated).unwrap().build();
    let secret = [("client_secret", "right")];
    let x = ("client_assertion", "x");
    let unknown_type = ("client_assertion_type", "jwt");

    for (app, form, status, code) in [
        (&with_certificate, &secret[..], 401, 7_000_215),
        (&federated, &secret, 401, 7_000_215),
        (&with_certificate, &[], 401, 7_000_218),
        (&with_certificate, &[x], 400, 900_144),
        (&with_certificate, &[x, unknown_type], 400, 90023),
        (
            &with_secret,
            &[("client_assertion", &assertion), TYPE],
            401,
            700_027,
        ),
        (
            &with_certificate,
            &[("client_assertion", &pod), TYPE],
            401,
            50027,
        ),
    ] {
        let answer = ask(&emulator, app, form).await;
        assert_eq!(answer, (status, code), "{form:?}");
    }
}

#[tokio::test]
async fn advancing_the_clock_ages_assertions_and_renews_files() {
    let app = Principal::workload_identity("aad_pod");
    let emulator = emulator_with(std::slice::from_ref(&app)).await;
    let file = &emulator.identity_environment(&app)["AZURE_FEDERATED_TOKEN_FILE"];
    let read = || std::fs::read_to_string(file).unwrap();
    let old = read();
    assert_eq!(ask_with(&emulator, &app, &old).await, (200, 0));

    emulator.advance_clock(2 * HOUR);

    assert_eq!(ask_with(&emulator, &app, &old).await, (401, 700_024));
    assert_eq!(ask_with(&emulator, &app, &read()).await, (200, 0));
    let issued_at = claims(&emulator.token_for(&app))["iat"].as_u64().unwrap();
    assert!((now() + 7140..=now() + 7200).contains(&issued_at));

    // Each of several advances takes effect, at once and on the file.
    for hours in [4, 6, 8] {
        emulator.advance_clock(2 * HOUR);
        let expires = claims(&read())["exp"].as_u64().unwrap();
        let expected = now() + (hours + 1) * 3600;
        assert!((expected - 60..=expected).contains(&expires), "{hours}");
    }
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| emulator.advance_clock(2 * HOUR));
        }
    });
    let expires = claims(&read())["exp"].as_u64().unwrap();
    let expected = now() + 25 * 3600;
    assert!((expected - 60..=expected).contains(&expires), "{expires}");
    assert_eq!(ask_with(&emulator, &app, &read()).await, (200, 0));

    emulator.stop().await;
    assert!(!std::path::Path::new(file).exists());
}

#[test]
fn debug_shows_no_private_key() {
    let certificate = ClientCertificate::new("app").unwrap();
    let key = certificate.private_key_pem().lines().nth(1).unwrap();
    assert!(!format!("{certificate:?}").contains(key));
}
