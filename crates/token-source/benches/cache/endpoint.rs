//! Token endpoints without a network, for the cache and for `azure_identity`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use azure_core::{
    credentials::Secret,
    http::{
        AsyncRawResponse, ClientOptions, HttpClient, Request, StatusCode, Transport,
        headers::Headers,
    },
};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use token_source::{Error, Token, TokenSource};

/// As long as the token of a managed identity.
const TOKEN_LENGTH: usize = 1_700;
const DAY: Duration = Duration::from_secs(86_400);

/// Gives out tokens for a day, each after the same time.
#[derive(Clone, Default)]
pub(crate) struct Endpoint {
    latency: Duration,
    fetches: Arc<AtomicUsize>,
}

impl Endpoint {
    pub(crate) fn slow(latency: Duration) -> Self {
        Self {
            latency,
            ..Self::default()
        }
    }

    pub(crate) fn fetches(&self) -> usize {
        self.fetches.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl TokenSource for Endpoint {
    async fn fetch(&self) -> Result<Token, Error> {
        self.fetches.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(self.latency).await;
        Ok(Token::new(
            "x".repeat(TOKEN_LENGTH),
            SystemTime::now() + DAY,
        ))
    }
}

/// An HTTP client that gets a token response to whatever it asks.
#[derive(Debug)]
struct AlwaysATokenResponse;

#[async_trait]
impl HttpClient for AlwaysATokenResponse {
    async fn execute_request(&self, _request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let body = serde_json::json!({
            "token_type": "Bearer",
            "expires_in": DAY.as_secs(),
            "ext_expires_in": DAY.as_secs(),
            "access_token": "x".repeat(TOKEN_LENGTH),
        });
        let body = body.to_string().into_bytes();
        Ok(AsyncRawResponse::from_bytes(
            StatusCode::Ok,
            Headers::new(),
            body,
        ))
    }
}

/// A credential that keeps its token in `azure_identity`'s cache.
pub(crate) fn a_credential() -> Arc<ClientSecretCredential> {
    let client_options = ClientOptions {
        transport: Some(Transport::new(Arc::new(AlwaysATokenResponse))),
        ..ClientOptions::default()
    };
    ClientSecretCredential::new(
        "22222222-2222-4222-8222-222222222222",
        "33333333-3333-4333-8333-333333333333".to_owned(),
        Secret::new("secret"),
        Some(ClientSecretCredentialOptions { client_options }),
    )
    .expect("the tenant and the client are well-formed")
}
