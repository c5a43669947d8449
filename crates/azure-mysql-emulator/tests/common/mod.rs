//! What the tests share: an HTTP client that trusts only the emulator, and a reader of tokens.

#![allow(
    dead_code,
    reason = "each test file is a program of its own and uses what it needs"
)]

use std::net::SocketAddr;

use azure_mysql_emulator::{Emulator, Principal};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, jwk::JwkSet};
use serde_json::Value;

pub(crate) const RESOURCE: &str = "https://ossrdbms-aad.database.windows.net";
pub(crate) const RESOURCE_GUID: &str = "123cd850-d9df-40bd-94d5-c9f07b7fa203";

pub(crate) async fn emulator_with(principals: &[Principal]) -> Emulator {
    principals
        .iter()
        .cloned()
        .fold(Emulator::builder(), |builder, principal| {
            builder.principal(principal)
        })
        .start()
        .await
        .unwrap()
}

/// Trusts the emulator's certificate authority and no other, and goes through no proxy.
pub(crate) fn client(emulator: &Emulator) -> reqwest::Client {
    let pem = emulator.certificate_authority().certificate_pem();
    let root = reqwest::Certificate::from_pem(pem.as_bytes()).unwrap();
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([root])
        .build()
        .unwrap()
}

/// The claims of a token whose signature, times and audience are right for `jwks`.
pub(crate) fn verify(
    jwks: &str,
    token: &str,
    audience: &str,
) -> Result<(Header, Value), jsonwebtoken::errors::Error> {
    let header = jsonwebtoken::decode_header(token)?;
    let keys: JwkSet = serde_json::from_str(jwks).unwrap();
    let key = keys.find(header.kid.as_deref().unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[audience]);
    validation.validate_nbf = true;
    validation.leeway = 0;
    let decoded =
        jsonwebtoken::decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &validation)?;
    Ok((decoded.header, decoded.claims))
}

/// Where the emulator listens: App Service's endpoint, the metadata service, Entra.
pub(crate) fn addresses(emulator: &Emulator) -> [SocketAddr; 3] {
    let addresses = [
        emulator.identity_endpoint(),
        emulator.imds_endpoint(),
        emulator.authority_host(),
    ];
    addresses.map(|address| {
        let port = reqwest::Url::parse(&address).unwrap().port().unwrap();
        SocketAddr::from(([127, 0, 0, 1], port))
    })
}
