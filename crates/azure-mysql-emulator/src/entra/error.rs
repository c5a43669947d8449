use std::time::SystemTime;

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;
use time::OffsetDateTime;

use crate::tenant::random_guid;

/// The error of an Entra endpoint. The numbers are explained at
/// <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>.
pub(crate) struct EntraError {
    status: StatusCode,
    /// OAuth's name for the error.
    error: &'static str,
    code: u32,
    description: String,
}

impl EntraError {
    /// An error in the request. Status and name follow from the code.
    pub(super) fn new(code: u32, description: impl Into<String>) -> Self {
        let error = match code {
            70003 => "unsupported_grant_type",
            70011 | 1_002_012 => "invalid_scope",
            90002 | 90023 | 900_144 => "invalid_request",
            500_011 => "invalid_resource",
            700_016 => "unauthorized_client",
            _ => "invalid_client",
        };
        let status = match error {
            "invalid_client" => StatusCode::UNAUTHORIZED,
            _ => StatusCode::BAD_REQUEST,
        };
        Self {
            status,
            error,
            code,
            description: description.into(),
        }
    }

    /// An error of Entra itself, with this status.
    pub(super) fn transient(status: StatusCode) -> Self {
        let (code, description) = match status {
            StatusCode::TOO_MANY_REQUESTS => (90055, "There are too many incoming requests."),
            _ => (90033, "A transient error has occurred. Please try again."),
        };
        Self {
            status,
            error: "temporarily_unavailable",
            code,
            description: description.to_owned(),
        }
    }

    /// The same error as the metadata endpoints return it: it has another name there.
    pub(super) fn of_metadata(self) -> Self {
        Self {
            error: "invalid_tenant",
            ..self
        }
    }

    /// `AADSTS`, the number and the description.
    pub(crate) fn summary(&self) -> String {
        format!("AADSTS{}: {}", self.code, self.description)
    }

    pub(super) fn response(&self, now: SystemTime) -> Response {
        let timestamp = timestamp(now.into());
        let trace_id = random_guid();
        let correlation_id = random_guid();
        let description = format!(
            "{}\r\nTrace ID: {trace_id}\r\nCorrelation ID: {correlation_id}\r\nTimestamp: {timestamp}",
            self.summary()
        );
        let body = json!({
            "error": self.error,
            "error_description": description,
            "error_codes": [self.code],
            "timestamp": timestamp,
            "trace_id": trace_id,
            "correlation_id": correlation_id,
            "error_uri": format!("https://login.microsoftonline.com/error?code={}", self.code),
        });
        (self.status, Json(body)).into_response()
    }
}

pub(crate) fn tenant_not_found(tenant: &str) -> EntraError {
    let description = format!(
        "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are \
         signing into the correct cloud. Check with your subscription administrator, this may \
         happen if there are no active subscriptions for the tenant."
    );
    EntraError::new(90002, description)
}

pub(crate) fn resource_not_found(resource: &str, tenant_id: &str) -> EntraError {
    let description = format!(
        "The resource principal named {resource} was not found in the tenant named {tenant_id}. \
         This can happen if the application has not been installed by the administrator of the \
         tenant or consented to by any user in the tenant. You might have sent your authentication \
         request to the wrong tenant."
    );
    EntraError::new(500_011, description)
}

fn timestamp(now: OffsetDateTime) -> String {
    let (hour, minute, second) = now.to_hms();
    format!("{} {hour:02}:{minute:02}:{second:02}Z", now.date())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamp_has_entras_format() {
        assert_eq!(
            timestamp(OffsetDateTime::UNIX_EPOCH),
            "1970-01-01 00:00:00Z"
        );
    }
}
