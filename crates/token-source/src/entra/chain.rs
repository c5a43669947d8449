use std::{error::Error as StdError, fmt, sync::OnceLock};

use async_trait::async_trait;

use super::{
    environment::Environment, failure::Cause, from_environment, managed_identity::is_app_service,
    probe::Probe,
};
use crate::{
    Cloud, Error, ErrorKind, Token, TokenSource,
    credential_kind::CredentialKind,
    error::{Details, Source},
};

/// Whichever credential exists here: one program for Azure, for a cluster and for a developer's machine.
///
/// It tries credentials in order and keeps the first that returns a token, for as long as it lives. It
/// replaces `DefaultAzureCredential` of other Azure SDKs, with their
/// [order](https://learn.microsoft.com/dotnet/azure/sdk/authentication/credential-chains#defaultazurecredential-overview)
/// except for the code editors:
///
/// 1. [environment](CredentialKind::Environment): a secret or a certificate,
/// 2. [workload identity](CredentialKind::WorkloadIdentity),
/// 3. [managed identity](CredentialKind::ManagedIdentity),
/// 4. [Azure CLI](CredentialKind::AzureCli),
/// 5. [Azure Developer CLI](CredentialKind::AzureDeveloperCli).
///
/// A credential that does not exist here is skipped. **One that exists and fails ends the attempt**: a
/// rejected secret, an endpoint that did not answer, an incomplete set of variables. Otherwise the chain
/// would silently log in as somebody else. The next fetch starts at the front again.
///
/// No variable tells a virtual machine from other machines. So until a credential is chosen, managed
/// identity is tried only if Azure's metadata service answers a first request within a second; with
/// `IDENTITY_ENDPOINT` and `IDENTITY_HEADER` set, as on App Service, there is no such request.
///
/// `AZURE_CLIENT_ID` without a secret, certificate or token file names a user-assigned managed identity,
/// as in other Azure SDKs. Where the machine has only a system-assigned one, unset the variable: the
/// endpoint rejects it, and the chain stops there.
///
/// Variables are read when the chain is made. In production, prefer the one source that you mean: it
/// cannot pick another.
///
/// ```no_run
/// use token_source::{Cloud, TokenCache, entra::{Chain, CredentialKind}};
///
/// let (cloud, scope) = (Cloud::PUBLIC, "https://vault.azure.net/.default");
/// let tokens = TokenCache::new(Chain::new(&cloud, scope));
/// let in_azure = TokenCache::new(Chain::of(
///     &cloud,
///     scope,
///     [CredentialKind::WorkloadIdentity, CredentialKind::ManagedIdentity],
/// ));
/// ```
pub struct Chain {
    links: Vec<Link>,
    pinned: OnceLock<usize>,
}

struct Link {
    kind: CredentialKind,
    source: Result<Box<dyn TokenSource>, Error>,
    probe: Option<Probe>,
}

impl Chain {
    /// The credentials above, in that order.
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up.
    pub fn new(cloud: &Cloud, scope: impl Into<String>) -> Self {
        Self::of(cloud, scope, CredentialKind::DEFAULT_ORDER)
    }

    /// These credentials, in this order.
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up.
    pub fn of(
        cloud: &Cloud,
        scope: impl Into<String>,
        kinds: impl IntoIterator<Item = CredentialKind>,
    ) -> Self {
        Self::read(cloud, &scope.into(), kinds, Environment::process())
    }

    /// The same with the variables that `variable` returns by name, in place of this process's. The
    /// command lines still get this process's environment.
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up.
    pub fn from_variables(
        cloud: &Cloud,
        scope: impl Into<String>,
        kinds: impl IntoIterator<Item = CredentialKind>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Self {
        Self::read(cloud, &scope.into(), kinds, Environment(&variable))
    }

    fn read(
        cloud: &Cloud,
        scope: &str,
        kinds: impl IntoIterator<Item = CredentialKind>,
        environment: Environment<'_>,
    ) -> Self {
        let link = |kind| Link {
            kind,
            source: from_environment::credential(kind, cloud, scope, environment),
            probe: (kind == CredentialKind::ManagedIdentity && !is_app_service(environment))
                .then(Probe::metadata_service),
        };
        Self {
            links: kinds.into_iter().map(link).collect(),
            pinned: OnceLock::new(),
        }
    }

    async fn choose(&self) -> Result<Token, Error> {
        let mut unavailable = Vec::new();
        for (index, link) in self.links.iter().enumerate() {
            match link.try_fetch().await {
                Ok(token) => {
                    if self.pinned.set(index).is_ok() {
                        tracing::info!(credential = %link.kind, "credential chosen");
                    }
                    return Ok(token);
                }
                Err(error) if error.kind() == ErrorKind::CredentialUnavailable => {
                    unavailable.push(error);
                }
                Err(error) => {
                    let causes = Reasons::of(unavailable, Cause::below("", error.source()));
                    return Err(error.extended("; no credential after it was tried", causes));
                }
            }
        }
        Err(self.nothing_found(unavailable))
    }

    fn nothing_found(&self, mut unavailable: Vec<Error>) -> Error {
        let Some(last) = unavailable.pop() else {
            return Error::new(
                ErrorKind::Configuration,
                "the credential chain is empty; add a credential",
            );
        };
        let tried: Vec<String> = self.links.iter().map(|it| it.kind.to_string()).collect();
        Details {
            source: Reasons::of(unavailable, Some(Box::new(last))),
            ..Details::new(
                ErrorKind::CredentialUnavailable,
                format!(
                    "no credential is available here; tried {}; the causes say what each one lacks",
                    tried.join(", ")
                ),
            )
        }
        .into()
    }
}

impl Link {
    async fn try_fetch(&self) -> Result<Token, Error> {
        let source = self.source.as_ref().map_err(Error::clone)?;
        if let Some(probe) = &self.probe {
            probe.check().await?;
        }
        source.fetch().await
    }
}

#[async_trait]
impl TokenSource for Chain {
    async fn fetch(&self) -> Result<Token, Error> {
        let pinned = self.pinned.get().and_then(|&index| self.links.get(index));
        match pinned {
            Some(Link {
                source: Ok(source), ..
            }) => source.fetch().await,
            _ => self.choose().await,
        }
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<CredentialKind> = self.links.iter().map(|link| link.kind).collect();
        f.debug_struct("Chain")
            .field("kinds", &kinds)
            .field("pinned", &self.pinned.get().map(|&index| kinds[index]))
            .finish()
    }
}

/// The reasons of several credentials, each the cause of the one before it, so that whoever prints the
/// causes of an error gets a line for each.
#[derive(Debug)]
struct Reasons {
    first: Error,
    rest: Option<Source>,
}

impl Reasons {
    /// `last` keeps its own causes.
    fn of(errors: Vec<Error>, last: Option<Source>) -> Option<Source> {
        errors
            .into_iter()
            .rev()
            .fold(last, |rest, first| Some(Box::new(Self { first, rest })))
    }
}

impl fmt::Display for Reasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)
    }
}

impl StdError for Reasons {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.rest.as_deref().map(|rest| rest as _)
    }
}

#[cfg(test)]
mod tests;
