use std::{fmt, sync::Arc};

use async_trait::async_trait;
use azure_core::credentials::TokenCredential;

use super::{failure, request::into_token};
use crate::{Error, Token, TokenSource};

const NAME: &str = "credential";

/// Any credential of the Azure SDK, for what has no source here.
///
/// Such a credential decides itself when to ask its endpoint. Those of `azure_identity` keep their
/// token inside and give the same one again until five minutes before its end. So this source cannot
/// refresh ahead of time: a [`TokenCache`](crate::TokenCache) over it is given the same token a few
/// times, keeps it, asks again later, and gets the next one in the last five minutes. An outage of
/// the endpoint in just those minutes is noticed. Where there is a source of this module for the
/// same credential, it is the better one.
pub struct Credential {
    credential: Arc<dyn TokenCredential>,
    scope: String,
}

impl Credential {
    /// Tokens of `credential` for `scope`, for instance
    /// [`Cloud::database_scope`](crate::Cloud::database_scope).
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
            .map_err(|error| failure::of_fetch(NAME, &error))
    }
}
