//! What all credentials of the SDK have in common.

use std::sync::Arc;

use azure_core::{
    cloud::{CloudConfiguration, CustomConfiguration},
    credentials::{AccessToken, TokenCredential},
    http::{ClientOptions, Transport, new_http_client},
};

use super::{exchange::Exchange, failure};
use crate::{Cloud, Error, Token, credential_kind::CredentialKind};

/// An application or managed identity that logs in at an authority.
#[derive(Debug)]
pub(super) struct Application {
    pub(super) tenant_id: String,
    pub(super) client_id: String,
    scope: String,
    authority: Arc<CloudConfiguration>,
    transport: Transport,
}

impl Application {
    pub(super) fn new(
        cloud: &Cloud,
        scope: impl Into<String>,
        tenant_id: impl Into<String>,
        client_id: impl Into<String>,
    ) -> Self {
        let mut authority = CustomConfiguration::default();
        cloud.authority().clone_into(&mut authority.authority_host);
        Self {
            tenant_id: tenant_id.into(),
            client_id: client_id.into(),
            scope: scope.into(),
            authority: Arc::new(authority.into()),
            transport: Transport::new(new_http_client(None)),
        }
    }

    /// Fetches a token with a credential that is made for this one call.
    pub(super) async fn fetch<C: TokenCredential>(
        &self,
        kind: CredentialKind,
        credential: impl FnOnce(ClientOptions) -> azure_core::Result<Arc<C>>,
    ) -> Result<Token, Error> {
        let exchange = Exchange::over(&self.transport);
        let client_options = ClientOptions {
            cloud: Some(Arc::clone(&self.authority)),
            ..exchange.client_options()
        };
        let credential =
            credential(client_options).map_err(|error| failure::of_construction(kind, &error))?;
        credential
            .get_token(&[&self.scope], None)
            .await
            .map(|token| into_token(&token))
            .map_err(|error| match exchange.rejection() {
                Some(rejection) => failure::of_rejection(Some(kind), rejection).into(),
                None => failure::of_fetch(Some(kind), &error),
            })
    }
}

pub(super) fn into_token(token: &AccessToken) -> Token {
    Token::new(token.token.secret().to_owned(), token.expires_on.into())
}
