use axum::{
    extract::{FromRequest, Request},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use tokio::time::timeout;

use super::server::PATIENCE;

/// Reads what a request holds, within the time that a client has for it; or gives the refusal.
pub(crate) async fn read<T: FromRequest<()>>(request: Request) -> Result<T, Response> {
    match timeout(PATIENCE, T::from_request(request, &())).await {
        Ok(Ok(content)) => Ok(content),
        Ok(Err(unreadable)) => Err(unreadable.into_response()),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT.into_response()),
    }
}
