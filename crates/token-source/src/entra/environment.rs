use std::env;

use crate::{Error, ErrorKind, credential_kind::CredentialKind};

/// Where variables are read from: the process's environment, or one that was given.
#[derive(Clone, Copy)]
pub(super) struct Environment<'a>(pub(super) &'a dyn Fn(&str) -> Option<String>);

impl Environment<'_> {
    pub(super) fn process() -> Self {
        Self(&|name| env::var(name).ok())
    }

    /// An empty variable counts as unset, as in other Azure SDKs.
    pub(super) fn variable(self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    /// Whether the variable is set, even to nothing: Azure SDKs recognise a platform this way.
    pub(super) fn is_set(self, name: &str) -> bool {
        (self.0)(name).is_some()
    }

    /// The tenant and the client that belong to the variable `beside`.
    pub(super) fn tenant_and_client(
        self,
        credential: CredentialKind,
        beside: &str,
    ) -> Result<(String, String), Error> {
        let required = |name: &str| {
            self.variable(name).ok_or_else(|| {
                Error::of(
                    credential,
                    ErrorKind::Configuration,
                    format!("{beside} is set and {name} is not; set both or neither"),
                )
            })
        };
        Ok((required("AZURE_TENANT_ID")?, required("AZURE_CLIENT_ID")?))
    }
}
