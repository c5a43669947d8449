use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use azure_core::http::{
    ClientOptions, Context, ExponentialRetryOptions, Method, Pipeline, PipelineOptions,
    PipelineSendOptions, Request, RetryOptions, StatusCode, Transport, Url,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;

use super::{environment::Environment, exchange::Exchange, failure};
use crate::{
    Error, ErrorKind, IdentityProblem, Token, TokenSource, claims::seconds_since_1970,
    credential_kind::CredentialKind, error::Details,
};

const KIND: CredentialKind = CredentialKind::ManagedIdentity;

const ENDPOINT: &str = "IDENTITY_ENDPOINT";
const HEADER: &str = "IDENTITY_HEADER";

/// <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>
const METADATA_SERVICE: &str = "http://169.254.169.254/metadata/identity/oauth2/token";

/// Both endpoints know this version.
const API_VERSION: &str = "2019-08-01";

/// An endpoint on this machine or its host accepts a connection at once, or not at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// As in the SDK's own client.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// The identity that Azure gives to a virtual machine, an App Service, a Function or a Container App.
/// There is no secret to keep.
///
/// `IDENTITY_ENDPOINT` and `IDENTITY_HEADER` name the endpoint of App Service, Functions and Container
/// Apps; without them the instance metadata service of virtual machines is asked. Both variables are
/// read when the source is made. Neither endpoint is asked through a proxy, whatever `HTTP_PROXY` says:
/// [the address is not routable, and the answer is a token in plain text](https://learn.microsoft.com/azure/virtual-machines/instance-metadata-service#proxies).
/// See <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/overview>.
///
/// Azure's endpoints keep a managed identity's token for about a day and may return the same one,
/// however often they are asked.
pub struct ManagedIdentity {
    endpoint: Result<Endpoint, Error>,
    id: Option<IdentityId>,
    scope: String,
    transport: Transport,
}

#[derive(Debug)]
enum IdentityId {
    Client(String),
    Object(String),
    Resource(String),
}

/// Who is asked.
struct Endpoint {
    address: Url,
    /// What App Service's endpoint demands. The metadata service of virtual machines has none.
    /// <https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference>
    header: Option<SecretString>,
}

/// The fields that are needed here.
#[derive(Deserialize)]
struct TokenResponse {
    access_token: String,
    /// Seconds since 1970, as text.
    expires_on: Value,
}

impl ManagedIdentity {
    /// Tokens for `scope` as the identity that belongs to this resource.
    ///
    /// A virtual machine that has none and one user-assigned identity returns that one's token.
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up.
    pub fn system_assigned(scope: impl Into<String>) -> Self {
        Self::new(None, scope)
    }

    /// Tokens for `scope` as an identity that several resources may share, by its client id (a GUID).
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up.
    pub fn user_assigned(scope: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self::new(Some(IdentityId::Client(client_id.into())), scope)
    }

    /// The same by its object id, which Azure also calls principal id (a GUID).
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up.
    pub fn user_assigned_by_object_id(
        scope: impl Into<String>,
        object_id: impl Into<String>,
    ) -> Self {
        Self::new(Some(IdentityId::Object(object_id.into())), scope)
    }

    /// The same by its resource id
    /// (`/subscriptions/…/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME`).
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up.
    pub fn user_assigned_by_resource_id(
        scope: impl Into<String>,
        resource_id: impl Into<String>,
    ) -> Self {
        Self::new(Some(IdentityId::Resource(resource_id.into())), scope)
    }

    /// The same identity at the endpoint that `variable` names, in place of this process's environment.
    ///
    /// ```
    /// use token_source::entra::ManagedIdentity;
    ///
    /// let source = ManagedIdentity::system_assigned("https://vault.azure.net/.default")
    ///     .with_variables(|name| match name {
    ///         "IDENTITY_ENDPOINT" => Some("http://localhost:42356/msi/token".to_owned()),
    ///         "IDENTITY_HEADER" => Some("853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a".to_owned()),
    ///         _ => None,
    ///     });
    /// ```
    #[must_use]
    pub fn with_variables(mut self, variable: impl Fn(&str) -> Option<String>) -> Self {
        self.endpoint = Endpoint::read(Environment(&variable));
        self
    }

    /// The identity that a chain means: `AZURE_CLIENT_ID`, or else the system-assigned one.
    pub(super) fn read(scope: String, environment: Environment<'_>) -> Self {
        let id = environment.variable("AZURE_CLIENT_ID");
        Self {
            endpoint: Endpoint::read(environment),
            id: id.map(IdentityId::Client),
            scope,
            transport: transport_without_proxy(),
        }
    }

    fn new(id: Option<IdentityId>, scope: impl Into<String>) -> Self {
        Self {
            endpoint: Endpoint::read(Environment::process()),
            id,
            scope: scope.into(),
            transport: transport_without_proxy(),
        }
    }

    /// The endpoint answered, and gave no token.
    fn rejected(&self, exchange: &Exchange) -> Option<Error> {
        let rejection = exchange.rejection()?;
        let details = failure::of_rejection(Some(KIND), rejection);
        if rejection.status != 400 {
            return Some(details.into());
        }
        // Nobody named an identity, and there is none to fall back to.
        let details = match (&self.id, rejection.names_several_identities) {
            (Some(_), _) => Details {
                identity: Some(IdentityProblem::NotAssigned),
                ..details
            },
            (None, true) => Details {
                kind: ErrorKind::CredentialUnavailable,
                identity: Some(IdentityProblem::Ambiguous),
                message:
                    "there is no system-assigned identity here, but several user-assigned ones; \
                          name one by its client id"
                        .to_owned(),
                ..details
            },
            (None, false) => Details {
                kind: ErrorKind::CredentialUnavailable,
                identity: Some(IdentityProblem::NotAssigned),
                message: "there is no system-assigned identity here; enable it, or name a \
                          user-assigned one"
                    .to_owned(),
                ..details
            },
        };
        Some(details.into())
    }
}

impl Endpoint {
    fn read(environment: Environment<'_>) -> Result<Self, Error> {
        if let Some(platform) = unsupported_platform(environment) {
            return Err(Error::of(
                KIND,
                ErrorKind::CredentialUnavailable,
                format!(
                    "managed identities of {platform} are not supported; use another credential"
                ),
            ));
        }
        let value = |name| environment.variable(name).unwrap_or_default();
        let (address, header) = if is_app_service(environment) {
            (value(ENDPOINT), Some(value(HEADER).into()))
        } else {
            (METADATA_SERVICE.to_owned(), None)
        };
        let address = Url::parse(&address).map_err(|cause| Details {
            source: Some(cause.into()),
            ..Details::of(
                KIND,
                ErrorKind::Configuration,
                format!("{ENDPOINT} is not a URL; the platform sets it, do not change it"),
            )
        })?;
        Ok(Self { address, header })
    }

    fn request(&self, scope: &str, id: Option<&IdentityId>) -> Request {
        let mut address = self.address.clone();
        let resource = scope.strip_suffix("/.default").unwrap_or(scope);
        address
            .query_pairs_mut()
            .append_pair("api-version", API_VERSION)
            .append_pair("resource", resource)
            .extend_pairs(id.map(|id| match (&self.header, id) {
                (_, IdentityId::Client(id)) => ("client_id", id),
                (_, IdentityId::Object(id)) => ("object_id", id),
                (Some(_), IdentityId::Resource(id)) => ("mi_res_id", id),
                (None, IdentityId::Resource(id)) => ("msi_res_id", id),
            }));
        let mut request = Request::new(address, Method::Get);
        match &self.header {
            Some(header) => {
                request.insert_header("x-identity-header", header.expose_secret().to_owned());
            }
            None => request.insert_header("metadata", "true"),
        }
        request
    }

    /// Retries the metadata service for longer, but within a fetch's time limit.
    fn pipeline(&self, client_options: ClientOptions) -> Pipeline {
        let (client_options, pipeline_options) = match self.header {
            Some(_) => (client_options, None),
            None => (
                ClientOptions {
                    retry: RetryOptions::exponential(ExponentialRetryOptions {
                        initial_delay: azure_core::time::Duration::milliseconds(800),
                        max_retries: 4,
                        max_total_elapsed: azure_core::time::Duration::seconds(10),
                        ..ExponentialRetryOptions::default()
                    }),
                    ..client_options
                },
                Some(PipelineOptions {
                    retry_status_codes: RETRIED_STATUSES.to_vec(),
                    ..PipelineOptions::default()
                }),
            ),
        };
        Pipeline::new(
            option_env!("CARGO_PKG_NAME"),
            option_env!("CARGO_PKG_VERSION"),
            client_options,
            Vec::new(),
            Vec::new(),
            pipeline_options,
        )
    }
}

/// The metadata service is busy, or being updated:
/// <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#error-handling>.
const RETRIED_STATUSES: [StatusCode; 7] = [
    StatusCode::NotFound,
    StatusCode::Gone,
    StatusCode::TooManyRequests,
    StatusCode::InternalServerError,
    StatusCode::BadGateway,
    StatusCode::ServiceUnavailable,
    StatusCode::GatewayTimeout,
];

#[async_trait]
impl TokenSource for ManagedIdentity {
    async fn fetch(&self) -> Result<Token, Error> {
        let endpoint = self.endpoint.as_ref().map_err(Error::clone)?;
        let mut request = endpoint.request(&self.scope, self.id.as_ref());
        let exchange = Exchange::over(&self.transport);
        let checked_here = PipelineSendOptions {
            skip_checks: true,
            ..PipelineSendOptions::default()
        };
        let response = endpoint
            .pipeline(exchange.client_options())
            .send(&Context::new(), &mut request, Some(checked_here))
            .await
            .map_err(|error| failure::of_fetch(Some(KIND), &error))?;
        if let Some(error) = self.rejected(&exchange) {
            return Err(error);
        }
        let token = serde_json::from_slice(response.body()).ok().and_then(
            |TokenResponse {
                 access_token,
                 expires_on,
             }| { Some(Token::new(access_token, seconds_since_1970(&expires_on)?)) },
        );
        token.ok_or_else(|| {
            Details {
                credential: Some(KIND),
                ..failure::malformed()
            }
            .into()
        })
    }
}

impl fmt::Debug for ManagedIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManagedIdentity")
            .field("id", &self.id)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// As other Azure SDKs decide it.
pub(super) fn is_app_service(environment: Environment<'_>) -> bool {
    environment.is_set(ENDPOINT) && environment.is_set(HEADER)
}

/// Platforms with endpoints of another kind, recognised as other Azure SDKs do.
fn unsupported_platform(environment: Environment<'_>) -> Option<&'static str> {
    let is_set = |name| environment.is_set(name);
    if is_set(ENDPOINT) {
        return match (is_set(HEADER), is_set("IDENTITY_SERVER_THUMBPRINT")) {
            (true, true) => Some("Service Fabric"),
            (false, _) if is_set("IMDS_ENDPOINT") => Some("Azure Arc"),
            _ => None,
        };
    }
    match (is_set("MSI_ENDPOINT"), is_set("MSI_SECRET")) {
        (true, true) => Some("Azure ML"),
        (true, false) => Some("CloudShell"),
        (false, _) => None,
    }
}

/// An HTTP client like the SDK's own, but without proxies.
///
/// # Panics
///
/// Like the SDK's own: if no TLS can be set up.
pub(super) fn transport_without_proxy() -> Transport {
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .build()
        .expect("TLS can be set up");
    Transport::new(Arc::new(client))
}
