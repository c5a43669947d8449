use std::{sync::Arc, time::Duration};

use aad_auth::Account;

use super::{
    Group, IssuedTokens, PUBLIC_RESOURCE, Principal, SigningKey, TokenBuilder, principal::same_id,
    token::IssuedToken, unix_seconds,
};
#[cfg(unix)]
use crate::azure_cli::Logins;
use crate::{
    ClientCertificate, Faults, TokenFault,
    clock::{Clock, earlier, later},
    counters::LiveCounters,
    entra::cluster::Cluster,
};

/// The resources for which tokens are issued: that of MySQL in each cloud, and the application id
/// of "Azure OSSRDBMS Database", which stands for it.
const RESOURCES: [&str; 4] = [
    PUBLIC_RESOURCE,
    "https://ossrdbms-aad.database.chinacloudapi.cn",
    "https://ossrdbms-aad.database.usgovcloudapi.net",
    "123cd850-d9df-40bd-94d5-c9f07b7fa203",
];

/// The state that all endpoints share: who is in the tenant, and what signs their tokens.
pub(crate) struct Directory {
    pub(crate) tenant_id: String,
    pub(crate) principals: Vec<Principal>,
    pub(crate) groups: Vec<Group>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) token_lifetime: Duration,
    pub(crate) identity_header: String,
    /// The address of this emulator's Entra endpoints, with a slash at the end.
    pub(crate) authority_host: String,
    pub(crate) signing_key: Arc<SigningKey>,
    /// The certificates of the applications that have one, by client id.
    pub(crate) certificates: Vec<(String, ClientCertificate)>,
    /// `None` unless the tenant has a workload identity.
    pub(crate) cluster: Option<Cluster>,
    #[cfg(unix)]
    pub(crate) azure_cli: Logins,
    pub(crate) token_faults: Faults<TokenFault>,
    pub(crate) counters: LiveCounters,
    pub(crate) issued_tokens: IssuedTokens,
}

/// How an application authenticates at the token endpoint.
pub(crate) enum ClientCredential<'a> {
    Secret(&'a str),
    Certificate(&'a ClientCertificate),
    Federated {
        cluster: &'a Cluster,
        subject: &'a str,
    },
}

impl Directory {
    pub(crate) fn is_known_resource(resource: &str) -> bool {
        RESOURCES.contains(&resource)
    }

    pub(crate) fn is_own_tenant(&self, tenant_id: &str) -> bool {
        self.tenant_id.eq_ignore_ascii_case(tenant_id)
    }

    /// The tenant's token endpoint, which is the audience of assertions.
    pub(crate) fn token_endpoint(&self) -> String {
        format!(
            "{}{}/oauth2/v2.0/token",
            self.authority_host, self.tenant_id
        )
    }

    /// The MySQL user names, and the account behind each.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = (&str, Account)> {
        let principals = self.principals.iter();
        let groups = self.groups.iter();
        principals
            .map(|principal| (principal.mysql_user(), principal.account()))
            .chain(groups.map(|group| (group.mysql_user(), group.account())))
    }

    /// The application and its credential. Users and managed identities have none, so the token
    /// endpoint does not know them.
    pub(crate) fn find_application(
        &self,
        client_id: &str,
    ) -> Option<(&Principal, ClientCredential<'_>)> {
        self.principals
            .iter()
            .filter(|principal| same_id(principal.client_id(), client_id))
            .find_map(|principal| Some((principal, self.credential_of(principal)?)))
    }

    fn credential_of<'a>(&'a self, principal: &'a Principal) -> Option<ClientCredential<'a>> {
        if let Some(secret) = principal.client_secret() {
            return Some(ClientCredential::Secret(secret));
        }
        if let Some(certificate) = self.certificate_of(principal) {
            return Some(ClientCredential::Certificate(certificate));
        }
        Some(ClientCredential::Federated {
            cluster: self.cluster.as_ref()?,
            subject: principal.federated_subject()?,
        })
    }

    pub(crate) fn certificate_of(&self, principal: &Principal) -> Option<&ClientCertificate> {
        self.certificates
            .iter()
            .find(|(client_id, _)| client_id == principal.client_id())
            .map(|(_, certificate)| certificate)
    }

    pub(crate) fn token<'a>(&'a self, principal: &'a Principal) -> TokenBuilder<'a> {
        let groups = self.groups.iter().filter(|group| group.has(principal));
        TokenBuilder::new(
            principal,
            &self.tenant_id,
            &self.signing_key,
            self.clock.now(),
        )
        .lifetime(self.token_lifetime)
        .groups(groups.map(Group::object_id))
    }

    /// The token that an endpoint issues to a principal that has requested one.
    pub(crate) fn issue_token(
        &self,
        principal: &Principal,
        resource: &str,
        fault: Option<&TokenFault>,
    ) -> IssuedToken {
        let now = self.clock.now();
        let new = self.token(principal).audience(resource);
        let last = self.issued_tokens.last(principal, resource);
        let token = match (fault, last) {
            (Some(TokenFault::SameToken), Some(last)) => IssuedToken {
                expires_in: last.expires_on.saturating_sub(unix_seconds(now)),
                ..last
            },
            (Some(TokenFault::ExpiredToken), _) => {
                new.expires_at(earlier(now, Duration::from_secs(1))).issue()
            }
            (Some(TokenFault::ClockAhead(by)), _) => new.issued_at(later(now, *by)).issue(),
            (Some(TokenFault::ClockBehind(by)), _) => new.issued_at(earlier(now, *by)).issue(),
            _ => new.issue(),
        };
        self.issued_tokens.record(principal, resource, &token);
        token
    }
}
