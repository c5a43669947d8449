//! The Entra token endpoint takes assertions in place of a secret: of an application's certificate,
//! and of a cluster's service account. Each mistake gets Entra's code.

mod common;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use azure_mysql_emulator::{ClientCertificate, Emulator, Principal};
use common::{RESOURCE, client, emulator_with, verify};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, pem::PemObject};
use serde_json::{Value, json};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const SOMEBODY_ELSE: &str = "8b6d2d47-2b3f-4ba2-8c5a-0a1d43fb7b0e";

/// The status and the code of a refusal; 200 and 0 for a token.
async fn ask(emulator: &Emulator, app: &Principal, form: &[(&str, &str)]) -> (u16, u64, Value) {
    let tenant = emulator.tenant_id();
    let address = format!("{}{tenant}/oauth2/v2.0/token", emulator.authority_host());
    let mut form = form.to_vec();
    form.extend([
        ("grant_type", "client_credentials"),
        ("client_id", app.client_id()),
        (
            "scope",
            "https://ossrdbms-aad.database.windows.net/.default",
        ),
    ]);
    let response = client(emulator)
        .post(address)
        .form(&form)
        .send()
        .await
        .unwrap();
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    (status, body["error_codes"][0].as_u64().unwrap_or(0), body)
}

async fn ask_with_assertion(emulator: &Emulator, app: &Principal, assertion: &str) -> (u16, u64) {
    let form = [
        ("client_assertion_type", TYPE),
        ("client_assertion", assertion),
    ];
    let (status, code, _) = ask(emulator, app, &form).await;
    (status, code)
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// An assertion as an application makes it.
struct Assertion {
    header: Header,
    claims: Value,
    key: EncodingKey,
}

impl Assertion {
    fn new(emulator: &Emulator, app: &Principal, certificate: &ClientCertificate) -> Self {
        let now = SystemTime::now();
        let tenant = emulator.tenant_id();
        let certificate_der =
            CertificateDer::from_pem_slice(certificate.certificate_pem().as_bytes()).unwrap();
        let mut header = Header::new(Algorithm::PS256);
        header.x5t_s256 = Some(base64_of_sha256(&certificate_der));
        let pkcs8 =
            PrivatePkcs8KeyDer::from_pem_slice(certificate.private_key_pem().as_bytes()).unwrap();
        Self {
            header,
            claims: json!({
                "aud": format!("{}{tenant}/oauth2/v2.0/token", emulator.authority_host()),
                "iss": app.client_id(),
                "sub": app.client_id(),
                "jti": "one",
                "nbf": seconds(now),
                "exp": seconds(now + Duration::from_secs(600)),
            }),
            // What is before the RSA key itself is as long for every key of 2048 bits.
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

fn base64_of_sha256(bytes: &[u8]) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes))
}

#[tokio::test]
async fn a_registered_certificate_gets_a_token() {
    let app = Principal::service_principal_with_certificate("aad_app");
    let emulator = emulator_with(std::slice::from_ref(&app)).await;
    let certificate = emulator.client_certificate(&app).unwrap();

    for algorithm in [Algorithm::PS256, Algorithm::RS256] {
        let mut assertion = Assertion::new(&emulator, &app, certificate);
        assertion.header.alg = algorithm;
        let form = [
            ("client_assertion_type", TYPE),
            ("client_assertion", &assertion.build()),
        ];
        let (status, _, body) = ask(&emulator, &app, &form).await;

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
    let now = seconds(SystemTime::now());

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
        (good().with("exp", now - 1).build(), 700_024),
        (good().with("nbf", now + 300).build(), 700_024),
        (good().with("exp", Value::Null).build(), 50027),
        (
            good().with("aud", "https://elsewhere.example/").build(),
            700_023,
        ),
        (good().with("iss", SOMEBODY_ELSE).build(), 700_021),
        (good().with("sub", SOMEBODY_ELSE).build(), 700_021),
    ] {
        let answer = ask_with_assertion(&emulator, &app, &assertion).await;
        assert_eq!(answer, (401, code), "{assertion}");
    }
    assert_eq!(emulator.counters().client_certificate, 0);
    assert_eq!(emulator.counters().refused, 11);
}

#[tokio::test]
async fn the_trusted_service_account_gets_a_token() {
    let app = Principal::workload_identity("aad_pod");
    let emulator = emulator_with(std::slice::from_ref(&app)).await;
    let path = &emulator.identity_environment(&app)["AZURE_FEDERATED_TOKEN_FILE"];
    let in_the_file = std::fs::read_to_string(path).unwrap();
    let another = emulator.service_account_token(&app).unwrap().build();

    for assertion in [in_the_file, another] {
        let answer = ask_with_assertion(&emulator, &app, &assertion).await;
        assert_eq!(answer, (200, 0));
    }
    assert_eq!(emulator.counters().federated, 2);
}

#[tokio::test]
async fn each_mistake_in_a_federated_token_gets_its_code() {
    let app = Principal::workload_identity("aad_pod");
    let emulator = emulator_with(std::slice::from_ref(&app)).await;
    let good = || emulator.service_account_token(&app).unwrap();
    let now = SystemTime::now();

    for (assertion, code) in [
        ("garbage".to_owned(), 50027),
        (good().issuer("https://cluster.example/").build(), 700_211),
        (
            good().subject("system:serviceaccount:default:x").build(),
            700_213,
        ),
        (
            good().audience("https://kubernetes.default.svc").build(),
            700_212,
        ),
        (good().signed_by_another_key().build(), 700_027),
        (
            good().expires_at(now - Duration::from_secs(2)).build(),
            700_024,
        ),
    ] {
        let answer = ask_with_assertion(&emulator, &app, &assertion).await;
        assert_eq!(answer, (401, code), "{assertion}");
    }
    assert_eq!(emulator.counters().federated, 0);
}

#[tokio::test]
async fn a_proof_of_another_kind_is_refused() {
    let with_secret = Principal::service_principal("aad_secret", "right");
    let with_certificate = Principal::service_principal_with_certificate("aad_certificate");
    let federated = Principal::workload_identity("aad_pod");
    let emulator = emulator_with(&[
        with_secret.clone(),
        with_certificate.clone(),
        federated.clone(),
    ])
    .await;
    let certificate = emulator.client_certificate(&with_certificate).unwrap();
    let assertion = Assertion::new(&emulator, &with_secret, certificate).build();
    let pod = emulator.service_account_token(&federated).unwrap().build();

    for (app, form, status, code) in [
        (
            &with_certificate,
            vec![("client_secret", "right")],
            401,
            7_000_215,
        ),
        (&federated, vec![("client_secret", "right")], 401, 7_000_215),
        (&with_certificate, vec![], 401, 7_000_218),
        (
            &with_certificate,
            vec![("client_assertion", "x")],
            400,
            900_144,
        ),
        (
            &with_certificate,
            vec![("client_assertion", "x"), ("client_assertion_type", "jwt")],
            400,
            90023,
        ),
        (
            &with_secret,
            vec![
                ("client_assertion", &*assertion),
                ("client_assertion_type", TYPE),
            ],
            401,
            700_027,
        ),
        (
            &with_certificate,
            vec![("client_assertion", &*pod), ("client_assertion_type", TYPE)],
            401,
            50027,
        ),
    ] {
        let (answered, answered_code, body) = ask(&emulator, app, &form).await;
        assert_eq!((answered, answered_code), (status, code), "{body}");
    }
}

#[test]
fn debug_shows_no_private_key() {
    let certificate = ClientCertificate::new("app").unwrap();
    let key = certificate.private_key_pem().lines().nth(1).unwrap();
    assert!(!format!("{certificate:?}").contains(key));
}
