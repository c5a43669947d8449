use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};

use super::body::CutShort;
use crate::tenant::Directory;

/// What goes wrong with one request to a token endpoint.
///
/// The statuses have the body that each endpoint's own errors have. All endpoints share one
/// [script](crate::Emulator::token_faults); a request takes its fault before anything of it is
/// looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenFault {
    /// 429: too many requests.
    TooManyRequests {
        /// When to ask again, in whole seconds, rounded up: the header `Retry-After`.
        retry_after: Duration,
    },
    /// 410: the metadata service is being updated. That may take
    /// [70 seconds](https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#error-handling).
    Gone,
    /// 500.
    InternalServerError,
    /// 503.
    ServiceUnavailable,
    /// The answer comes this much later.
    Delay(Duration),
    /// No answer comes, until the client leaves or the emulator stops.
    NeverAnswer,
    /// The answer breaks off after half of what its `Content-Length` promises.
    TruncatedBody,
    /// 200, and a body that is no JSON and no text.
    GarbageBody,
    /// The connection ends without an answer.
    DroppedConnection,
    /// The token is issued by a clock that is this much ahead: it is not valid yet.
    ClockAhead(Duration),
    /// The token is issued by a clock that is this much behind: it ends sooner.
    ClockBehind(Duration),
    /// The token has expired when it is given.
    ExpiredToken,
    /// The token is the one that the identity was given before for the same resource, as the
    /// metadata service does for about a day. Without one before, a new token is given.
    SameToken,
}

/// Marks a response that must not be sent.
#[derive(Clone, Copy)]
pub(super) struct DropConnection;

/// Answers a request with what `answer` makes of it, a token or a refusal, which is counted; unless the
/// script has a fault for it. `answer` is given the faults that are in the token; `failure` makes the
/// endpoint's own error.
pub(crate) async fn play(
    directory: &Directory,
    failure: impl FnOnce(StatusCode) -> Response,
    answer: impl FnOnce(Option<&TokenFault>) -> Result<Response, Response>,
) -> Response {
    let answer = |fault: Option<&TokenFault>| {
        answer(fault).unwrap_or_else(|refusal| {
            directory.counters.refused.add();
            refusal
        })
    };
    let Some(fault) = directory.token_faults.next() else {
        return answer(None);
    };
    directory.counters.faults.add();
    match fault {
        TokenFault::TooManyRequests { retry_after } => {
            let mut response = failure(StatusCode::TOO_MANY_REQUESTS);
            let part = u64::from(retry_after.subsec_nanos() > 0);
            let seconds = retry_after.as_secs().saturating_add(part);
            let headers = response.headers_mut();
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
        TokenFault::Gone => failure(StatusCode::GONE),
        TokenFault::InternalServerError => failure(StatusCode::INTERNAL_SERVER_ERROR),
        TokenFault::ServiceUnavailable => failure(StatusCode::SERVICE_UNAVAILABLE),
        TokenFault::Delay(delay) => {
            tokio::time::sleep(delay).await;
            answer(None)
        }
        TokenFault::NeverAnswer => std::future::pending().await,
        TokenFault::TruncatedBody => truncated(answer(None)).await,
        TokenFault::GarbageBody => garbage(),
        TokenFault::DroppedConnection => {
            let mut response = Response::default();
            response.extensions_mut().insert(DropConnection);
            response
        }
        in_the_token @ (TokenFault::ClockAhead(_)
        | TokenFault::ClockBehind(_)
        | TokenFault::ExpiredToken
        | TokenFault::SameToken) => answer(Some(&in_the_token)),
    }
}

async fn truncated(response: Response) -> Response {
    let (parts, body) = response.into_parts();
    // The bodies of this crate are in memory already: none fails, and none is large.
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    Response::from_parts(parts, Body::new(CutShort::new(whole)))
}

fn garbage() -> Response {
    let body = b"\xff\xfe{\"access_token\": \x00\x9f<html>";
    ([(CONTENT_TYPE, "application/json")], &body[..]).into_response()
}
