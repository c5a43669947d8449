use std::{error::Error as StdError, fmt, sync::OnceLock};

use async_trait::async_trait;

use super::{Member, environment::Environment, managed_identity::is_app_service, probe::Probe};
use crate::{Cloud, Error, ErrorKind, Token, TokenSource};

/// The credential that is there: one program for Azure, for a cluster and for a developer's machine.
///
/// It tries its [`Member`]s in order and keeps to the first that gives a token, for as long as it
/// lives. It takes the place of `DefaultAzureCredential` of other Azure SDKs, with their
/// [order](https://learn.microsoft.com/dotnet/azure/sdk/authentication/credential-chains#defaultazurecredential-overview)
/// but for the code editors:
///
/// 1. [environment](Member::Environment): a secret or a certificate,
/// 2. [workload identity](Member::WorkloadIdentity),
/// 3. [managed identity](Member::ManagedIdentity),
/// 4. [Azure CLI](Member::AzureCli),
/// 5. [Azure Developer CLI](Member::AzureDeveloperCli).
///
/// A member that is not there is passed over. **A member that is there and fails ends the attempt**:
/// a secret that was refused, an endpoint that did not answer, half of the variables. Going on would
/// log in as somebody else without saying so. The next fetch begins at the front again.
///
/// Virtual machines have no variable that tells them from others. So until a member is chosen,
/// managed identity is asked only if Azure's metadata service answers a first question within a
/// second; with `IDENTITY_ENDPOINT` and `IDENTITY_HEADER` set, as on App Service, there is no such
/// question.
///
/// `AZURE_CLIENT_ID` alone names a user-assigned managed identity, as in other Azure SDKs. Where the
/// machine has only a system-assigned one, unset the variable: the endpoint refuses, and the chain
/// stops there.
///
/// Variables are read when the chain is made. In production, prefer the one source that is meant: it
/// cannot pick another.
///
/// ```no_run
/// use token_source::{Cloud, TokenCache, entra::{Chain, Member}};
///
/// let cloud = Cloud::PUBLIC;
/// let tokens = TokenCache::new(Chain::new(&cloud));
/// let on_azure = TokenCache::new(Chain::of(
///     &cloud,
///     [Member::WorkloadIdentity, Member::ManagedIdentity],
/// ));
/// ```
pub struct Chain {
    links: Vec<Link>,
    pinned: OnceLock<usize>,
}

struct Link {
    member: Member,
    source: Result<Box<dyn TokenSource>, Error>,
    probe: Option<Probe>,
}

impl Chain {
    /// All members, in the order above.
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up.
    pub fn new(cloud: &Cloud) -> Self {
        Self::of(cloud, Member::ALL)
    }

    /// These members, in this order.
    ///
    /// # Panics
    ///
    /// If TLS cannot be set up.
    pub fn of(cloud: &Cloud, members: impl IntoIterator<Item = Member>) -> Self {
        Self::read(cloud, members, Environment::of_the_process())
    }

    fn read(
        cloud: &Cloud,
        members: impl IntoIterator<Item = Member>,
        environment: Environment<'_>,
    ) -> Self {
        let link = |member: Member| Link {
            member,
            source: member.source(cloud, environment),
            probe: (member == Member::ManagedIdentity && !is_app_service(environment))
                .then(Probe::of_the_metadata_service),
        };
        Self {
            links: members.into_iter().map(link).collect(),
            pinned: OnceLock::new(),
        }
    }

    async fn choose(&self) -> Result<Token, Error> {
        let mut unavailable = Vec::new();
        for (index, link) in self.links.iter().enumerate() {
            match link.try_fetch().await {
                Ok(token) => {
                    if self.pinned.set(index).is_ok() {
                        tracing::info!(credential = %link.member, "credential chosen");
                    }
                    return Ok(token);
                }
                Err(error) if error.kind() == ErrorKind::CredentialUnavailable => {
                    unavailable.push(error);
                }
                Err(error) => {
                    let message = format!("{error}; no credential after it was tried");
                    return Err(error.retold(message, Reasons::of(unavailable, error.clone())));
                }
            }
        }
        Err(self.nothing_found(unavailable))
    }

    fn nothing_found(&self, mut unavailable: Vec<Error>) -> Error {
        let Some(last) = unavailable.pop() else {
            return Error::new(
                ErrorKind::Configuration,
                "the credential chain is empty; give it a member",
            );
        };
        let tried: Vec<String> = self
            .links
            .iter()
            .map(|link| link.member.to_string())
            .collect();
        let message = format!(
            "no credential is available here; tried {}; the causes say what each one lacks",
            tried.join(", ")
        );
        last.retold(message, Reasons::of(unavailable, last.clone()))
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
        let members: Vec<Member> = self.links.iter().map(|link| link.member).collect();
        f.debug_struct("Chain")
            .field("members", &members)
            .field("pinned", &self.pinned.get().map(|&index| members[index]))
            .finish()
    }
}

/// The members' reasons, each the cause of the one before it, so that whoever prints the causes of an
/// error gets a line for each. The last one keeps its own causes.
#[derive(Debug)]
struct Reasons {
    first: Error,
    rest: Box<dyn StdError + Send + Sync>,
}

impl Reasons {
    fn of(before: Vec<Error>, last: Error) -> Box<dyn StdError + Send + Sync> {
        before
            .into_iter()
            .rev()
            .fold(Box::new(last), |rest, first| Box::new(Self { first, rest }))
    }
}

impl fmt::Display for Reasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)
    }
}

impl StdError for Reasons {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.rest)
    }
}

#[cfg(test)]
mod tests;
