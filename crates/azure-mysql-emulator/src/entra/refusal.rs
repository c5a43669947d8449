use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use time::OffsetDateTime;

use crate::tenant::{Directory, random_guid};

/// Why an Entra endpoint refuses a request. The numbers are explained at
/// <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>.
pub(crate) enum Refusal {
    UnknownTenant(String),
    /// The same, as the metadata endpoints answer it: the error has another name there.
    NoMetadataForTenant(String),
    MissingParameter(&'static str),
    UnsupportedGrantType(String),
    UnknownApplication {
        client_id: String,
        tenant_id: String,
    },
    NoSecret,
    WrongSecret(String),
    AssertionType,
    UnreadableAssertion,
    NoThumbprint,
    /// The thumbprint of a certificate that the application does not have.
    UnknownKey(String),
    AssertionSignature,
    AssertionTime,
    AssertionAudience,
    AssertionApplication,
    UnknownIssuer(String),
    UnknownSubject(String),
    UnknownAudience(String),
    ScopeWithoutDefault(String),
    SeveralScopes(String),
    UnknownResource {
        resource: String,
        tenant_id: String,
    },
    /// Entra itself fails, with this status.
    Failure(StatusCode),
}

impl Refusal {
    fn status_error_and_code(&self) -> (StatusCode, &'static str, u32) {
        const BAD_REQUEST: StatusCode = StatusCode::BAD_REQUEST;
        const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
        match self {
            Self::UnknownTenant(_) => (BAD_REQUEST, "invalid_request", 90002),
            Self::NoMetadataForTenant(_) => (BAD_REQUEST, "invalid_tenant", 90002),
            Self::MissingParameter(_) => (BAD_REQUEST, "invalid_request", 900_144),
            Self::UnsupportedGrantType(_) => (BAD_REQUEST, "unsupported_grant_type", 70003),
            Self::UnknownApplication { .. } => (BAD_REQUEST, "unauthorized_client", 700_016),
            Self::NoSecret => (UNAUTHORIZED, "invalid_client", 7_000_218),
            Self::WrongSecret(_) => (UNAUTHORIZED, "invalid_client", 7_000_215),
            Self::AssertionType => (BAD_REQUEST, "invalid_request", 90023),
            Self::UnreadableAssertion | Self::NoThumbprint => {
                (UNAUTHORIZED, "invalid_client", 50027)
            }
            Self::UnknownKey(_) | Self::AssertionSignature => {
                (UNAUTHORIZED, "invalid_client", 700_027)
            }
            Self::AssertionTime => (UNAUTHORIZED, "invalid_client", 700_024),
            Self::AssertionAudience => (UNAUTHORIZED, "invalid_client", 700_023),
            Self::AssertionApplication => (UNAUTHORIZED, "invalid_client", 700_021),
            Self::UnknownIssuer(_) => (UNAUTHORIZED, "invalid_client", 700_211),
            Self::UnknownSubject(_) => (UNAUTHORIZED, "invalid_client", 700_213),
            Self::UnknownAudience(_) => (UNAUTHORIZED, "invalid_client", 700_212),
            Self::ScopeWithoutDefault(_) => (BAD_REQUEST, "invalid_scope", 1_002_012),
            Self::SeveralScopes(_) => (BAD_REQUEST, "invalid_scope", 70011),
            Self::UnknownResource { .. } => (BAD_REQUEST, "invalid_resource", 500_011),
            Self::Failure(status @ StatusCode::TOO_MANY_REQUESTS) => {
                (*status, "temporarily_unavailable", 90055)
            }
            Self::Failure(status) => (*status, "temporarily_unavailable", 90033),
        }
    }

    fn description(&self) -> String {
        match self {
            Self::UnknownTenant(tenant) | Self::NoMetadataForTenant(tenant) => {
                tenant_not_found(tenant)
            }
            Self::MissingParameter(parameter) => {
                format!("The request body must contain the following parameter: '{parameter}'.")
            }
            Self::UnsupportedGrantType(grant_type) => {
                format!("The app requested an unsupported grant type '{grant_type}'.")
            }
            Self::UnknownApplication {
                client_id,
                tenant_id,
            } => format!(
                "Application with identifier '{client_id}' was not found in the directory \
                 '{tenant_id}'. This can happen if the application has not been installed by the \
                 administrator of the tenant or consented to by any user in the tenant. You may \
                 have sent your authentication request to the wrong tenant."
            ),
            Self::NoSecret => "The request body must contain the following parameter: \
                               'client_assertion' or 'client_secret'."
                .to_owned(),
            Self::WrongSecret(client_id) => format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is \
                 the client secret value, not the client secret ID, for a secret added to app \
                 '{client_id}'."
            ),
            Self::AssertionType => {
                "The provided client_assertion_type is not supported.".to_owned()
            }
            Self::UnreadableAssertion => "JWT token is invalid or malformed.".to_owned(),
            Self::NoThumbprint => {
                "Invalid JWT token. No certificate thumbprint specified in token header.".to_owned()
            }
            Self::UnknownKey(thumbprint) => format!(
                "Client assertion contains an invalid signature. [Reason - The key was not found., \
                 Thumbprint of key used by client: '{thumbprint}']"
            ),
            Self::AssertionSignature => {
                "Client assertion contains an invalid signature. [Reason - The provided signature \
                 value did not match the expected signature value.]"
                    .to_owned()
            }
            Self::AssertionTime => {
                "Client assertion is not within its valid time range.".to_owned()
            }
            Self::AssertionAudience => {
                "Client assertion audience claim does not match Realm issuer.".to_owned()
            }
            Self::AssertionApplication => {
                "Client assertion application identifier doesn't match 'client_id' parameter."
                    .to_owned()
            }
            Self::UnknownIssuer(claim) => no_federated_credential("issuer", claim),
            Self::UnknownSubject(claim) => no_federated_credential("subject", claim),
            Self::UnknownAudience(claim) => no_federated_credential("audience", claim),
            Self::ScopeWithoutDefault(scope) => format!(
                "The provided value for scope {scope} is not valid. Client credential flows must \
                 have a scope value with /.default suffixed to the resource identifier \
                 (application ID URI)."
            ),
            Self::SeveralScopes(scope) => format!(
                "The provided request must include a 'scope' input parameter. The provided value \
                 for the input parameter 'scope' is not valid. The scope {scope} is not valid."
            ),
            Self::UnknownResource {
                resource,
                tenant_id,
            } => resource_not_found(resource, tenant_id),
            Self::Failure(StatusCode::TOO_MANY_REQUESTS) => {
                "There are too many incoming requests.".to_owned()
            }
            Self::Failure(_) => "A transient error has occurred. Please try again.".to_owned(),
        }
    }

    pub(crate) fn response(&self, directory: &Directory) -> Response {
        #[derive(Serialize)]
        struct Body {
            error: &'static str,
            error_description: String,
            error_codes: [u32; 1],
            timestamp: String,
            trace_id: String,
            correlation_id: String,
            error_uri: String,
        }

        let (status, error, code) = self.status_error_and_code();
        let timestamp = timestamp(directory.clock.now().into());
        let trace_id = random_guid();
        let correlation_id = random_guid();
        let body = Body {
            error,
            error_description: format!(
                "AADSTS{code}: {}\r\nTrace ID: {trace_id}\r\nCorrelation ID: {correlation_id}\r\nTimestamp: {timestamp}",
                self.description()
            ),
            error_codes: [code],
            timestamp,
            trace_id,
            correlation_id,
            error_uri: format!("https://login.microsoftonline.com/error?code={code}"),
        };
        (status, Json(body)).into_response()
    }
}

pub(crate) fn tenant_not_found(tenant: &str) -> String {
    format!(
        "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are \
         signing into the correct cloud. Check with your subscription administrator, this may \
         happen if there are no active subscriptions for the tenant."
    )
}

pub(crate) fn resource_not_found(resource: &str, tenant_id: &str) -> String {
    format!(
        "The resource principal named {resource} was not found in the tenant named {tenant_id}. \
         This can happen if the application has not been installed by the administrator of the \
         tenant or consented to by any user in the tenant. You might have sent your authentication \
         request to the wrong tenant."
    )
}

/// In Entra's words, as reported in Azure/azure-workload-identity#1200.
fn no_federated_credential(what: &str, claim: &str) -> String {
    format!(
        "No matching federated identity record found for presented assertion {what} '{claim}'. \
         Check your federated identity credential Subject, Audience and Issuer against the \
         presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
    )
}

fn timestamp(now: OffsetDateTime) -> String {
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}Z",
        now.year(),
        u8::from(now.month()),
        now.day(),
        now.hour(),
        now.minute(),
        now.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_is_written_as_entra_writes_it() {
        assert_eq!(
            timestamp(OffsetDateTime::UNIX_EPOCH),
            "1970-01-01 00:00:00Z"
        );
    }
}
