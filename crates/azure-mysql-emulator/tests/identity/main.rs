//! The identity side of the emulator: Entra, managed identity, the Azure CLI, certificates, and the
//! environment of programs under test. One module a subject.

#[cfg(unix)]
mod azure_cli;
mod certificates;
mod client_assertions;
mod entra;
mod environment;
mod faults;
mod forged_tokens;
mod hostile_clients;
mod managed_identity;
#[cfg(target_os = "linux")]
mod namespace;
mod only_on_loopback;
mod principals;
mod stops_cleanly;
mod unmodified_programs;

use std::{net::SocketAddr, time::Duration};

use azure_mysql_emulator::{Emulator, EmulatorBuilder, Principal};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, jwk::JwkSet};
use reqwest::RequestBuilder;
use serde_json::Value;

const HOUR: Duration = Duration::from_secs(3600);
const RESOURCE: &str = "https://ossrdbms-aad.database.windows.net";
const RESOURCE_GUID: &str = "123cd850-d9df-40bd-94d5-c9f07b7fa203";
const SCOPE: &str = "https://ossrdbms-aad.database.windows.net/.default";
const SOMEBODY_ELSE: &str = "8b6d2d47-2b3f-4ba2-8c5a-0a1d43fb7b0e";

/// A good request to either endpoint for managed identities.
const APP_SERVICE: [(&str, &str); 2] = [("resource", RESOURCE), ("api-version", "2019-08-01")];
const IMDS: [(&str, &str); 2] = [("resource", RESOURCE), ("api-version", "2018-02-01")];

fn builder_with(principals: &[Principal]) -> EmulatorBuilder {
    let principals = principals.iter().cloned();
    principals.fold(Emulator::builder(), EmulatorBuilder::principal)
}

async fn emulator_with(principals: &[Principal]) -> Emulator {
    builder_with(principals).start().await.unwrap()
}

/// Trusts only the emulator's certificate authority, and uses no proxy.
fn client(emulator: &Emulator) -> reqwest::Client {
    let pem = emulator.certificate_authority().certificate_pem();
    let root = reqwest::Certificate::from_pem(pem.as_bytes()).unwrap();
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([root])
        .build()
        .unwrap()
}

fn ask_app_service(emulator: &Emulator, parameters: &[(&str, &str)]) -> RequestBuilder {
    client(emulator)
        .get(emulator.identity_endpoint())
        .header("X-IDENTITY-HEADER", emulator.identity_header())
        .query(parameters)
}

fn ask_imds(emulator: &Emulator, parameters: &[(&str, &str)]) -> RequestBuilder {
    client(emulator)
        .get(emulator.imds_endpoint())
        .header("Metadata", "true")
        .query(parameters)
}

/// Asks the token endpoint of the emulator's tenant for `app`, with these fields in addition.
fn ask_entra(emulator: &Emulator, app: &Principal, more: &[(&str, &str)]) -> RequestBuilder {
    let common = [
        ("grant_type", "client_credentials"),
        ("client_id", app.client_id()),
        ("scope", SCOPE),
    ];
    let address = token_endpoint(emulator, emulator.tenant_id());
    client(emulator)
        .post(address)
        .form(&[&common, more].concat())
}

fn token_endpoint(emulator: &Emulator, tenant: &str) -> String {
    format!("{}{tenant}/oauth2/v2.0/token", emulator.authority_host())
}

/// The status and the body.
async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap())
}

async fn token_of(request: RequestBuilder) -> String {
    let (_, body) = answer(request).await;
    body["access_token"].as_str().unwrap().to_owned()
}

/// The header and the claims of a token whose signature, times and audience are right for `jwks`.
fn verify(
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

/// The claims of a token of which neither the signature nor the times are checked.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

fn now() -> u64 {
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

/// Where the emulator listens: App Service's endpoint, the metadata service, Entra.
fn addresses(emulator: &Emulator) -> [SocketAddr; 3] {
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

fn alive_tasks() -> usize {
    let runtime = tokio::runtime::Handle::current();
    runtime.metrics().num_alive_tasks()
}
