use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use azure_core::{
    http::{
        AsyncRawResponse, ClientOptions, Context, ExponentialRetryOptions, Request, RetryOptions,
        Transport,
        policies::{Policy, PolicyResult},
    },
    time::Duration,
};
use serde::Deserialize;

/// One fetch's connection to the endpoint: the HTTP client that all fetches share, and the endpoint's
/// last rejection.
///
/// The SDK loses the latter: it fails to read an Entra error whose description holds an escape, and
/// then keeps neither status nor code.
#[derive(Debug)]
pub(super) struct Exchange {
    transport: Transport,
    rejection: Mutex<Option<Rejection>>,
}

/// What an endpoint answered instead of a token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rejection {
    pub(super) status: u16,
    /// The number of the `AADSTS` code.
    pub(super) entra_code: Option<u32>,
    /// Whether the managed identity endpoint asks which of several identities is meant.
    pub(super) names_several_identities: bool,
}

/// <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#error-response-1>
#[derive(Deserialize)]
struct EntraError {
    /// The most specific one comes first.
    error_codes: Vec<u32>,
}

impl Exchange {
    pub(super) fn over(transport: &Transport) -> Arc<Self> {
        Arc::new(Self {
            transport: transport.clone(),
            rejection: Mutex::new(None),
        })
    }

    /// Options for the credential of this one fetch.
    ///
    /// A dropped connection is retried at once, so that a first caller need not notice. Further retries
    /// are the cache's: the SDK's default goes on for more than a minute.
    pub(super) fn client_options(self: &Arc<Self>) -> ClientOptions {
        let retry = ExponentialRetryOptions {
            initial_delay: Duration::milliseconds(200),
            max_delay: Duration::SECOND,
            max_retries: 2,
            max_total_elapsed: Duration::seconds(5),
        };
        ClientOptions {
            retry: RetryOptions::exponential(retry),
            transport: Some(Transport::with_policy(Arc::clone(self) as Arc<dyn Policy>)),
            ..ClientOptions::default()
        }
    }

    /// The last response, if it held no token.
    pub(super) fn rejection(&self) -> Option<Rejection> {
        *self
            .rejection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, rejection: Option<Rejection>) {
        *self
            .rejection
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = rejection;
    }
}

#[async_trait]
impl Policy for Exchange {
    async fn send(
        &self,
        context: &Context,
        request: &mut Request,
        _next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        self.remember(None);
        let response = self.transport.send(context, request).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        let (status, headers, body) = response.try_into_raw_response().await?.deconstruct();
        self.remember(Some(Rejection {
            status: status.into(),
            entra_code: entra_code(body.as_ref()),
            names_several_identities: names_several_identities(body.as_ref()),
        }));
        Ok(AsyncRawResponse::from_bytes(status, headers, body))
    }
}

fn entra_code(body: &[u8]) -> Option<u32> {
    let error: EntraError = serde_json::from_slice(body).ok()?;
    error.error_codes.first().copied()
}

/// The metadata service says it in words only.
fn names_several_identities(body: &[u8]) -> bool {
    String::from_utf8_lossy(body).contains("Multiple user assigned identities")
}

#[cfg(test)]
mod tests {
    use super::entra_code;

    #[test]
    fn first_code_is_found_beside_any_description() {
        for (body, code) in [
            (
                r#"{"error_codes":[7000215],"error_description":"a\r\nb"}"#,
                Some(7_000_215),
            ),
            (r#"{"error_codes":[700016,90002]}"#, Some(700_016)),
            (r#"{"error_codes":[]}"#, None),
            (r#"{"error_codes":["x"]}"#, None),
            (r#"{"statusCode":400,"message":"no"}"#, None),
            ("<html>", None),
            ("", None),
        ] {
            assert_eq!(entra_code(body.as_bytes()), code, "{body}");
        }
    }
}
