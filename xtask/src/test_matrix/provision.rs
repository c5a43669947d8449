//! Bringing to the machine what cases need, once, before they start.

use std::collections::HashMap;

use test_servers::{ClientLibrary, CommandLineClient, Error, Installation, Interpreter};

use super::case::{Case, Need};
use crate::{clients, outcome::Outcome};

/// What is not there, with what comes of the cases that need it: they are skipped where the machine
/// cannot have it, and fail where it can and something went wrong.
#[derive(Default)]
pub(super) struct Missing(HashMap<Need, Outcome>);

impl Missing {
    /// Brings what these cases need.
    pub(super) async fn after_provisioning(cases: &[Case]) -> Self {
        let mut tried = Vec::new();
        let mut missing = Self::default();
        for need in cases.iter().flat_map(|case| &case.needs) {
            if !tried.contains(need) {
                tried.push(*need);
                if let Some(outcome) = need.provision().await {
                    missing.0.insert(*need, outcome);
                }
            }
        }
        missing
    }

    /// What comes of a case without being run, if it cannot be.
    pub(super) fn outcome(&self, case: &Case) -> Option<Outcome> {
        case.needs.iter().find_map(|need| self.0.get(need)).cloned()
    }

    pub(super) fn has(&self, need: Need) -> bool {
        self.0.contains_key(&need)
    }
}

impl Need {
    async fn provision(self) -> Option<Outcome> {
        match self {
            Self::Python => of_client(clients::provision_python().await),
            Self::Node => of_client(clients::provision_node().await),
            Self::Server(product) => {
                of_debian(move || Installation::provision(product).map(drop)).await
            }
            Self::ClientLibrary(product) => {
                of_debian(move || ClientLibrary::provision(product).map(drop)).await
            }
            Self::CommandLineClient(product) => {
                of_debian(move || CommandLineClient::provision(product).map(drop)).await
            }
            Self::Interpreter(language) => {
                of_debian(move || Interpreter::provision(language).map(drop)).await
            }
        }
    }

    /// Whether it is a part of the servers' side, which `--require` is about. A runtime of another
    /// language is not.
    pub(super) fn is_of_a_server(self) -> bool {
        !matches!(self, Self::Python | Self::Node | Self::Interpreter(_))
    }
}

fn of_client(missing: anyhow::Result<Option<String>>) -> Option<Outcome> {
    match missing {
        Ok(missing) => missing.map(Outcome::Skipped),
        Err(error) => Some(Outcome::Failed(format!("{error:#}"))),
    }
}

async fn of_debian(
    provision: impl FnOnce() -> Result<(), Error> + Send + 'static,
) -> Option<Outcome> {
    let error = match tokio::task::spawn_blocking(provision).await {
        Ok(Ok(())) => return None,
        Ok(Err(error)) => error,
        Err(panicked) => return Some(Outcome::Failed(panicked.to_string())),
    };
    let is_unsupported = error.is_unsupported();
    let text = format!("{:#}", anyhow::Error::from(error));
    Some(if is_unsupported {
        Outcome::Skipped(text)
    } else {
        Outcome::Failed(text)
    })
}
