//! What credentials need to ask for a token with `azure_identity`.

use std::sync::Arc;

use azure_core::{
    cloud::{CloudConfiguration, CustomConfiguration},
    credentials::{AccessToken, TokenCredential},
    http::{Transport, new_http_client},
};

use super::{exchange::Exchange, failure};
use crate::{Cloud, Error, Token};

/// Asks `credential`, which was made for this one call, over `exchange`.
pub(super) async fn fetch(
    name: &'static str,
    credential: &dyn TokenCredential,
    scope: &str,
    exchange: &Exchange,
) -> Result<Token, Error> {
    credential
        .get_token(&[scope], None)
        .await
        .map(|token| into_token(&token))
        .map_err(|error| match exchange.refusal() {
            Some(refusal) => failure::of_refusal(name, refusal),
            None => failure::of_fetch(name, &error),
        })
}

pub(super) fn into_token(token: &AccessToken) -> Token {
    Token::new(token.token.secret().to_owned(), token.expires_on.into())
}

pub(super) fn new_transport() -> Transport {
    Transport::new(new_http_client(None))
}

pub(super) fn authority(cloud: &Cloud) -> Arc<CloudConfiguration> {
    let mut authority = CustomConfiguration::default();
    cloud.authority().clone_into(&mut authority.authority_host);
    Arc::new(authority.into())
}
