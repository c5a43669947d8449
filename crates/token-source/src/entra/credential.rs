use std::{fmt, sync::Arc};

use async_trait::async_trait;
use azure_core::credentials::TokenCredential;

use super::{failure, sdk::into_token};
use crate::{Error, Token, TokenSource};

/// Any credential of the Azure SDK, for what has no source here.
///
/// Such a credential decides for itself when to ask its endpoint. Those of `azure_identity` keep their
/// token and return the same one until five minutes before it expires. So this source cannot refresh
/// ahead of time: a [`TokenCache`](crate::TokenCache) over it gets the same token a few times, and the
/// next one only in the last five minutes. Callers notice an outage of the endpoint in those minutes.
/// Where this module has a source for the same credential, prefer that one.
pub struct Credential {
    credential: Arc<dyn TokenCredential>,
    scope: String,
}

impl Credential {
    /// Tokens of `credential` for `scope`.
    pub fn new(credential: Arc<dyn TokenCredential>, scope: impl Into<String>) -> Self {
        Self {
            credential,
            scope: scope.into(),
        }
    }
}

impl fmt::Debug for Credential {
    /// Without the credential itself: nobody can say what it would show.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl TokenSource for Credential {
    async fn fetch(&self) -> Result<Token, Error> {
        self.credential
            .get_token(&[&self.scope], None)
            .await
            .map(|token| into_token(&token))
            .map_err(|error| failure::of_fetch(None, &error))
    }
}
