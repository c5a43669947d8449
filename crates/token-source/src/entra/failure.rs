//! From the SDK's errors to ours. The SDK's texts and their debug form hold whole response bodies,
//! so nothing of theirs is passed on but the causes of a failed connection.

use std::{error::Error as StdError, fmt};

use azure_core::error::ErrorKind as SdkKind;

use super::{code, exchange::Refusal};
use crate::{Error, ErrorKind};

/// The credential could not even be made. Nothing was sent, so the SDK's text holds no response.
pub(super) fn of_construction(credential: &str, error: &azure_core::Error) -> Error {
    let message = format!("{credential}: {}", first_line(error));
    match error.source() {
        Some(cause) => Error::with_source(ErrorKind::Configuration, message, Cause::of(cause)),
        None => Error::new(ErrorKind::Configuration, message),
    }
}

/// The same where it means that there is no such credential here.
pub(super) fn of_unavailable(credential: &str, error: &azure_core::Error) -> Error {
    Error::new(
        ErrorKind::CredentialUnavailable,
        format!("{credential}: {}", first_line(error)),
    )
}

pub(super) fn of_fetch(credential: &str, error: &azure_core::Error) -> Error {
    // The outermost error only says which credential failed.
    let root = azure_errors(error)
        .find(|error| !matches!(error.kind(), SdkKind::Credential))
        .unwrap_or(error);
    match root.kind() {
        SdkKind::Connection | SdkKind::Io => Error::with_source(
            ErrorKind::Transport,
            format!(
                "{credential}: the token endpoint could not be reached; \
                 check the network, and whether this credential exists here"
            ),
            Cause::of(root),
        ),
        SdkKind::HttpResponse {
            status, error_code, ..
        } => of_refusal(
            credential,
            Refusal {
                status: (*status).into(),
                entra_code: error_code.as_deref().and_then(first_code),
            },
        ),
        SdkKind::DataConversion => Error::new(
            ErrorKind::MalformedResponse,
            format!(
                "{credential}: the token endpoint's answer is not a token response; \
                 check the authority, and that no proxy answers in its place"
            ),
        ),
        kind => Error::new(
            ErrorKind::CredentialUnavailable,
            format!(
                "{credential}: no token; the credential cannot be used here, \
                 and all that may be told of the reason is {kind}; try the credential by itself"
            ),
        ),
    }
}

/// The endpoint answered, and gave no token.
pub(super) fn of_refusal(credential: &str, Refusal { status, entra_code }: Refusal) -> Error {
    if let Some(code) = entra_code {
        let kind = if code::is_transient(code) {
            ErrorKind::Transport
        } else {
            ErrorKind::Refused
        };
        let meaning = code::meaning(code)
            .unwrap_or("look the code up at https://login.microsoftonline.com/error");
        return Error::from_entra(
            kind,
            format!("{credential}: Microsoft Entra answered AADSTS{code}: {meaning}"),
            code,
        );
    }
    let (kind, advice) = match status {
        400 => (
            ErrorKind::Refused,
            "there is no such identity here; assign it to this resource, or correct its id",
        ),
        401 | 403 => (
            ErrorKind::Refused,
            "the endpoint does not let this program ask; restart it, its environment may be old",
        ),
        404 | 408 | 410 | 429 | 500..=599 => (ErrorKind::Transport, "try again later"),
        _ => (
            ErrorKind::Refused,
            "check the endpoint's address, and that no proxy answers in its place",
        ),
    };
    Error::new(
        kind,
        format!("{credential}: the token endpoint answered HTTP {status}; {advice}"),
    )
}

/// The SDK joins several codes with commas. Endpoints other than Entra's have words there.
fn first_code(codes: &str) -> Option<u32> {
    codes.split(',').next()?.parse().ok()
}

fn azure_errors(error: &azure_core::Error) -> impl Iterator<Item = &azure_core::Error> {
    causes(error).filter_map(|cause| cause.downcast_ref())
}

fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

fn first_line(error: &dyn StdError) -> String {
    error
        .to_string()
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// The texts of a chain of causes, without the values behind them.
#[derive(Debug)]
pub(super) struct Cause {
    message: String,
    source: Option<Box<Cause>>,
}

impl Cause {
    pub(super) fn of(error: &(dyn StdError + 'static)) -> Self {
        Self {
            message: first_line(error),
            source: error.source().map(|source| Box::new(Self::of(source))),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_classified_by_code_then_by_status() {
        use ErrorKind::{Refused, Transport};
        for (status, entra_code, kind) in [
            (401, Some(7_000_215), Refused),
            (400, Some(1), Refused),
            (429, Some(90055), Transport),
            (400, None, Refused),
            (401, None, Refused),
            (410, None, Transport),
            (429, None, Transport),
            (500, None, Transport),
            (302, None, Refused),
        ] {
            let error = of_refusal("test", Refusal { status, entra_code });
            assert_eq!(
                (error.kind(), error.entra_code()),
                (kind, entra_code),
                "{status}"
            );
            assert!(!error.to_string().contains('\n'));
        }
    }
}
