use std::env;

use crate::{Error, ErrorKind};

/// Where variables are read from: the process's environment, or a test's.
#[derive(Clone, Copy)]
pub(super) struct Environment<'a>(pub(super) &'a dyn Fn(&str) -> Option<String>);

impl Environment<'_> {
    pub(super) fn of_the_process() -> Self {
        Self(&|name| env::var(name).ok())
    }

    /// An empty variable counts as one that is not set, as in other Azure SDKs.
    pub(super) fn variable(self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    /// Whether there is such a variable, even an empty one: so it counts to `azure_identity`.
    pub(super) fn is_set(self, name: &str) -> bool {
        (self.0)(name).is_some()
    }

    /// The tenant and the client that belong to a variable `given`.
    pub(super) fn tenant_and_client(
        self,
        credential: &str,
        given: &str,
    ) -> Result<(String, String), Error> {
        let required = |name: &str| {
            self.variable(name).ok_or_else(|| {
                Error::new(
                    ErrorKind::Configuration,
                    format!("{credential}: {given} is set and {name} is not; set both or neither"),
                )
            })
        };
        Ok((required("AZURE_TENANT_ID")?, required("AZURE_CLIENT_ID")?))
    }
}
