//! From the SDK's errors to ours. The SDK's texts and their debug form hold whole response bodies, so
//! nothing of theirs is passed on but the causes of a failed connection.

use std::{error::Error as StdError, fmt};

use azure_core::error::ErrorKind as SdkKind;

use super::{aadsts, exchange::Rejection};
use crate::{
    EndpointFailure, Error, ErrorKind,
    credential_kind::CredentialKind,
    error::{Details, Source},
};

/// A longer text of the SDK's is cut here, in characters.
const LONGEST_CAUSE: usize = 500;

/// The credential could not even be made. Nothing was sent, so the SDK's text holds no response.
pub(super) fn of_construction(credential: CredentialKind, error: &azure_core::Error) -> Error {
    let message = first_line(error);
    let source = Cause::below(&message, error.source());
    Details {
        source,
        ..Details::of(credential, ErrorKind::Configuration, message)
    }
    .into()
}

pub(super) fn of_fetch(credential: Option<CredentialKind>, error: &azure_core::Error) -> Error {
    // The outermost error says only which credential failed.
    let root = azure_errors(error)
        .find(|error| !matches!(error.kind(), SdkKind::Credential))
        .unwrap_or(error);
    let details = match root.kind() {
        SdkKind::Connection | SdkKind::Io => Details {
            endpoint: Some(EndpointFailure::Unreachable),
            source: Cause::below("", Some(root)),
            ..Details::new(
                ErrorKind::Transport,
                "the token endpoint could not be reached; check the network, and whether this \
                 credential exists here",
            )
        },
        SdkKind::HttpResponse {
            status, error_code, ..
        } => of_rejection(
            credential,
            Rejection {
                status: (*status).into(),
                entra_code: error_code.as_deref().and_then(first_code),
                names_several_identities: false,
            },
        ),
        SdkKind::DataConversion => malformed(),
        kind => Details::new(
            ErrorKind::CredentialUnavailable,
            format!(
                "no token ({kind}); the credential cannot be used here, try it on its own to see why"
            ),
        ),
    };
    Details {
        credential,
        ..details
    }
    .into()
}

pub(super) fn malformed() -> Details {
    Details::new(
        ErrorKind::MalformedResponse,
        "the token endpoint's answer is not a token response; check the authority, and that no proxy \
         answers in its place",
    )
}

/// The endpoint answered, and gave no token.
pub(super) fn of_rejection(credential: Option<CredentialKind>, rejection: Rejection) -> Details {
    let Rejection {
        status, entra_code, ..
    } = rejection;
    let (kind, message) = entra_code.map_or_else(|| by_status(status), by_code);
    Details {
        credential,
        entra_code,
        endpoint: Some(EndpointFailure::Status(status)),
        ..Details::new(kind, message)
    }
}

fn by_code(code: u32) -> (ErrorKind, String) {
    let kind = if aadsts::is_transient(code) {
        ErrorKind::Transport
    } else {
        ErrorKind::Refused
    };
    let meaning = aadsts::meaning(code)
        .unwrap_or("look the code up at https://login.microsoftonline.com/error");
    let message = format!("Microsoft Entra answered AADSTS{code}: {meaning}");
    (kind, message)
}

fn by_status(status: u16) -> (ErrorKind, String) {
    let (kind, advice) = match status {
        400 => (
            ErrorKind::Refused,
            "there is no such identity here; assign it to this resource, or correct its id",
        ),
        401 | 403 => (
            ErrorKind::Refused,
            "the endpoint denies this program access; restart it, its environment may be out of date",
        ),
        404 | 408 | 410 | 429 | 500..=599 => (ErrorKind::Transport, "try again later"),
        _ => (
            ErrorKind::Refused,
            "check the endpoint's address, and that no proxy answers in its place",
        ),
    };
    let message = format!("the token endpoint answered HTTP {status}; {advice}");
    (kind, message)
}

/// The SDK joins several codes with commas. Endpoints other than Entra's have words there.
fn first_code(codes: &str) -> Option<u32> {
    codes.split(',').next()?.parse().ok()
}

fn azure_errors(error: &azure_core::Error) -> impl Iterator<Item = &azure_core::Error> {
    std::iter::successors(Some(error as &(dyn StdError + 'static)), |&it| it.source())
        .filter_map(|cause| cause.downcast_ref())
}

fn first_line(error: &dyn StdError) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.chars().take(LONGEST_CAUSE).collect()
}

/// The texts of a chain of causes, without the values behind them.
#[derive(Debug)]
pub(super) struct Cause {
    message: String,
    source: Option<Source>,
}

impl Cause {
    /// `error` and its causes. What the text `above` says already is left out.
    pub(super) fn below(above: &str, error: Option<&(dyn StdError + 'static)>) -> Option<Source> {
        let error = error?;
        let message = first_line(error);
        if above.contains(&message) {
            return Self::below(above, error.source());
        }
        let source = Self::below(&message, error.source());
        Some(Box::new(Self { message, source }))
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
    fn rejections_are_classified_by_code_then_by_status() {
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
            let rejection = Rejection {
                status,
                entra_code,
                names_several_identities: false,
            };
            let error: Error = of_rejection(None, rejection).into();
            assert_eq!(
                (error.kind(), error.entra_code(), error.http_status()),
                (kind, entra_code, Some(status)),
            );
            assert!(!error.to_string().contains('\n'));
        }
    }

    #[test]
    fn cause_does_not_repeat_the_message() {
        let inner = std::io::Error::other("connection refused");
        let outer = azure_core::Error::new(SdkKind::Io, inner);
        let error = of_fetch(None, &outer);
        assert_eq!(
            format!("{error:?}").matches("connection refused").count(),
            1,
            "{error:?}"
        );
    }
}
