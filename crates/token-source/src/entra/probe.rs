use std::time::Duration;

use azure_core::http::{Context, Method, Request, Transport, Url};

use super::managed_identity::transport_without_proxy;
use crate::{EndpointFailure, Error, ErrorKind, credential_kind::CredentialKind, error::Details};

/// Outside Azure nobody answers at the metadata service's address. In Azure the host answers, within
/// milliseconds.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(1);

/// <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#get-a-token-using-http>
const METADATA_SERVICE: &str =
    "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01";

/// Finds out quickly whether Azure's metadata service exists here.
#[derive(Debug)]
pub(super) struct Probe {
    address: String,
    time_limit: Duration,
    transport: Transport,
}

impl Probe {
    pub(super) fn metadata_service() -> Self {
        Self::at(METADATA_SERVICE, TIME_LIMIT)
    }

    pub(super) fn at(address: &str, time_limit: Duration) -> Self {
        Self {
            address: address.to_owned(),
            time_limit,
            transport: transport_without_proxy(),
        }
    }

    /// Asks without the header that the service demands. Azure's then answers 400, whoever asks;
    /// other clouds have a service at the same address, which answers otherwise.
    pub(super) async fn check(&self) -> Result<(), Error> {
        match tokio::time::timeout(self.time_limit, self.status()).await {
            // The rest of these are how it answers when it is busy or being updated.
            Ok(Some(400 | 410 | 429 | 500)) => Ok(()),
            _ => Err(Details {
                endpoint: Some(EndpointFailure::Absent),
                ..Details::of(
                    CredentialKind::ManagedIdentity,
                    ErrorKind::CredentialUnavailable,
                    "no Azure metadata service answers here, and IDENTITY_ENDPOINT and \
                     IDENTITY_HEADER are not set; in Azure, enable an identity, elsewhere use another \
                     credential",
                )
            }
            .into()),
        }
    }

    async fn status(&self) -> Option<u16> {
        let address = Url::parse(&self.address).ok()?;
        let mut request = Request::new(address, Method::Get);
        let response = self.transport.send(&Context::new(), &mut request).await;
        Some(response.ok()?.status().into())
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
        time::Instant,
    };

    use super::*;

    async fn listener_and_probe() -> (TcpListener, Probe) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        // Whatever the machine does meanwhile.
        let probe = Probe::at(&address, TIME_LIMIT * 60);
        (listener, probe)
    }

    #[tokio::test]
    async fn only_azure_answers_count() {
        for (status, is_azure) in [
            (400, true),
            (410, true),
            (429, true),
            (500, true),
            (200, false),
            (401, false),
            (403, false),
            (404, false),
            (502, false),
        ] {
            let (listener, probe) = listener_and_probe().await;
            let answer = async {
                let (mut connection, _) = listener.accept().await.unwrap();
                let mut request = [0; 1024];
                let length = connection.read(&mut request).await.unwrap();
                let request = String::from_utf8_lossy(&request[..length]).to_lowercase();
                assert!(!request.contains("\r\nmetadata:"), "{request}");
                let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
                connection.write_all(answer.as_bytes()).await.unwrap();
            };
            let (found, ()) = tokio::join!(probe.check(), answer);
            assert_eq!(found.is_ok(), is_azure, "{status}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn silent_address_takes_one_second() {
        let (listener, _) = listener_and_probe().await;
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let start = Instant::now();
        let error = Probe::at(&address, TIME_LIMIT).check().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
        assert_eq!(error.endpoint_failure(), Some(EndpointFailure::Absent));
        let took = start.elapsed();
        assert!(
            took >= TIME_LIMIT && took <= TIME_LIMIT + Duration::from_millis(1),
            "{took:?}"
        );
    }

    #[tokio::test]
    async fn closed_port_is_not_azure() {
        let (listener, probe) = listener_and_probe().await;
        drop(listener);
        let error = probe.check().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CredentialUnavailable);
    }
}
