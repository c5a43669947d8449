use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use aad_auth::Account;

use super::{GivenTokens, Group, IssuedToken, Principal, SigningKey, TokenBuilder, unix_seconds};
#[cfg(unix)]
use crate::azure_cli::Logins;
use crate::{
    ClientCertificate, Faults, TokenFault,
    clock::{Clock, earlier, later},
    counters::LiveCounters,
    entra::cluster::Cluster,
};

/// The resource of Azure Database for MySQL in the public cloud.
pub(crate) const PUBLIC_RESOURCE: &str = "https://ossrdbms-aad.database.windows.net";

/// What a token may be asked for: the resource in each cloud, and the application id of
/// "Azure OSSRDBMS Database", which stands for it.
const RESOURCES: [&str; 4] = [
    PUBLIC_RESOURCE,
    "https://ossrdbms-aad.database.chinacloudapi.cn",
    "https://ossrdbms-aad.database.usgovcloudapi.net",
    "123cd850-d9df-40bd-94d5-c9f07b7fa203",
];

/// The tenant: who is in it, and what signs their tokens. All endpoints read it.
pub(crate) struct Directory {
    pub(crate) tenant_id: String,
    pub(crate) principals: Vec<Principal>,
    pub(crate) groups: Vec<Group>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) token_lifetime: Duration,
    pub(crate) identity_header: String,
    /// Where this emulator's Entra endpoints are, with a slash at the end.
    pub(crate) authority_host: String,
    pub(crate) signing_key: Arc<SigningKey>,
    /// The certificates of the applications that have one, by client id.
    pub(crate) certificates: Vec<(String, ClientCertificate)>,
    /// There if somebody in the tenant trusts its service accounts.
    pub(crate) cluster: Option<Cluster>,
    #[cfg(unix)]
    pub(crate) azure_cli: Logins,
    pub(crate) token_faults: Faults<TokenFault>,
    pub(crate) counters: LiveCounters,
    pub(crate) given: GivenTokens,
}

/// What an application proves itself with at the token endpoint.
pub(crate) enum Proof<'a> {
    Secret(&'a str),
    Certificate(&'a ClientCertificate),
    Federated {
        cluster: &'a Cluster,
        subject: &'a str,
    },
}

impl Directory {
    pub(crate) fn knows_resource(resource: &str) -> bool {
        RESOURCES.contains(&resource)
    }

    pub(crate) fn knows_tenant(&self, tenant_id: &str) -> bool {
        self.tenant_id.eq_ignore_ascii_case(tenant_id)
    }

    /// Where tokens of this tenant are had, as assertions name it.
    pub(crate) fn token_endpoint(&self) -> String {
        format!(
            "{}{}/oauth2/v2.0/token",
            self.authority_host, self.tenant_id
        )
    }

    /// The MySQL user names, and whom each is for.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = (&str, Account)> {
        let principals = self.principals.iter();
        let groups = self.groups.iter();
        principals
            .map(|principal| (principal.mysql_user(), principal.account()))
            .chain(groups.map(|group| (group.mysql_user(), group.account())))
    }

    /// The application and its proof. Users and managed identities have none, so to the token
    /// endpoint they do not exist.
    pub(crate) fn find_application(&self, client_id: &str) -> Option<(&Principal, Proof<'_>)> {
        self.principals.iter().find_map(|principal| {
            if !principal.client_id().eq_ignore_ascii_case(client_id) {
                return None;
            }
            Some((principal, self.proof_of(principal)?))
        })
    }

    fn proof_of<'a>(&'a self, principal: &'a Principal) -> Option<Proof<'a>> {
        if let Some(secret) = principal.client_secret() {
            return Some(Proof::Secret(secret));
        }
        if let Some(certificate) = self.certificate_of(principal) {
            return Some(Proof::Certificate(certificate));
        }
        Some(Proof::Federated {
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
        let groups = self
            .groups
            .iter()
            .filter(|group| group.has(principal))
            .map(Group::object_id);
        TokenBuilder::new(self, principal).groups(groups)
    }

    /// The token that an endpoint gives to a principal who asked for it.
    pub(crate) fn give(
        &self,
        principal: &Principal,
        resource: &str,
        fault: Option<&TokenFault>,
    ) -> IssuedToken {
        let now = self.clock.now();
        let last = self.given.last(principal, resource);
        let token = if let (Some(TokenFault::SameToken), Some(last)) = (fault, last) {
            IssuedToken {
                expires_in: last.expires_on.saturating_sub(unix_seconds(now)),
                ..last
            }
        } else {
            let token = self.token(principal).audience(resource);
            with_fault(token, fault, now).issue()
        };
        self.given.note(principal, resource, &token);
        token
    }
}

fn with_fault<'a>(
    token: TokenBuilder<'a>,
    fault: Option<&TokenFault>,
    now: SystemTime,
) -> TokenBuilder<'a> {
    match fault {
        Some(TokenFault::ExpiredToken) => token.expires_at(earlier(now, Duration::from_secs(1))),
        Some(TokenFault::ClockAhead(by)) => token.issued_at(later(now, *by)),
        Some(TokenFault::ClockBehind(by)) => token.issued_at(earlier(now, *by)),
        _ => token,
    }
}
