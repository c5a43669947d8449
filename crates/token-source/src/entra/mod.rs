//! Credentials of Microsoft Entra, each a [`TokenSource`](crate::TokenSource).
//!
//! The requests are made by [`azure_identity`]. Its credentials keep their token inside and give
//! the same one again until five minutes before its end, so a refresh ahead of time would refresh
//! nothing. Here a credential is made anew for each fetch, over one HTTP client that keeps its
//! connections.

mod client_secret;
mod code;
mod exchange;
mod failure;
mod managed_identity;

use azure_core::{
    credentials::TokenCredential,
    http::{Transport, new_http_client},
};
use exchange::Exchange;

pub use client_secret::ClientSecret;
pub use managed_identity::ManagedIdentity;

use crate::{Error, Token};

/// Asks `credential`, which was made for this one call, over `exchange`.
async fn fetch(
    name: &'static str,
    credential: &dyn TokenCredential,
    scope: &str,
    exchange: &Exchange,
) -> Result<Token, Error> {
    let token = credential
        .get_token(&[scope], None)
        .await
        .map_err(|error| match exchange.refusal() {
            Some(refusal) => failure::of_refusal(name, refusal),
            None => failure::of_fetch(name, &error),
        })?;
    Ok(Token::new(
        token.token.secret().to_owned(),
        token.expires_on.into(),
    ))
}

fn new_transport() -> Transport {
    Transport::new(new_http_client(None))
}
