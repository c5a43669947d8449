use axum::{
    body::{Body, to_bytes},
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};

use super::truncated_body::TruncatedBody;
use crate::{TokenFault, tenant::Directory};

/// Marks a response that must not be sent.
#[derive(Clone, Copy)]
pub(super) struct DropConnection;

/// Responds to a request as the next fault of the script says, or else with `answer`: a token or an
/// error, which is counted. `answer` gets the faults that concern the token itself; `failure` makes
/// the endpoint's own error for a status.
pub(crate) async fn with_faults(
    directory: &Directory,
    failure: impl FnOnce(StatusCode) -> Response,
    answer: impl FnOnce(Option<&TokenFault>) -> Result<Response, Response>,
) -> Response {
    let answer = |fault: Option<&TokenFault>| {
        answer(fault).unwrap_or_else(|error| {
            directory.counters.update(|counters| counters.refused += 1);
            error
        })
    };
    let Some(fault) = directory.token_faults.next() else {
        return answer(None);
    };
    directory.counters.update(|counters| counters.faults += 1);
    match fault {
        TokenFault::TooManyRequests { retry_after } => {
            let partial_second = u64::from(retry_after.subsec_nanos() > 0);
            let seconds = retry_after.as_secs().saturating_add(partial_second);
            let header = [(RETRY_AFTER, HeaderValue::from(seconds))];
            (header, failure(StatusCode::TOO_MANY_REQUESTS)).into_response()
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
        TokenFault::GarbageBody => {
            let body = b"\xff\xfe{\"access_token\": \x00\x9f<html>";
            ([(CONTENT_TYPE, "application/json")], &body[..]).into_response()
        }
        TokenFault::DroppedConnection => {
            let mut response = Response::default();
            response.extensions_mut().insert(DropConnection);
            response
        }
        fault @ (TokenFault::ClockAhead(_)
        | TokenFault::ClockBehind(_)
        | TokenFault::ExpiredToken
        | TokenFault::SameToken) => answer(Some(&fault)),
    }
}

async fn truncated(response: Response) -> Response {
    let (parts, body) = response.into_parts();
    // The bodies of this crate are already in memory: reading them cannot fail, and none is large.
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    Response::from_parts(parts, Body::new(TruncatedBody::new(whole)))
}
