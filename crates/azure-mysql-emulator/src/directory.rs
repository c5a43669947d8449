use std::time::Duration;

use crate::{
    ClientCertificate, Error, Principal, cluster::Cluster, counters::LiveCounters,
    principal::PrincipalKind, signing_key::SigningKey, token::TokenBuilder,
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
    pub(crate) token_lifetime: Duration,
    pub(crate) identity_header: String,
    /// Where this emulator's Entra endpoints are, with a slash at the end.
    pub(crate) authority_host: String,
    pub(crate) signing_key: SigningKey,
    /// The certificates of the applications that have one, by client id.
    pub(crate) certificates: Vec<(String, ClientCertificate)>,
    /// There if somebody in the tenant trusts its service accounts.
    pub(crate) cluster: Option<Cluster>,
    pub(crate) counters: LiveCounters,
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
        TokenBuilder::new(self, principal)
    }
}

/// Refuses a set of principals that no Azure box could have.
pub(crate) fn check_principals(principals: &[Principal]) -> Result<(), Error> {
    let system_assigned = principals
        .iter()
        .filter(|principal| matches!(principal.kind, PrincipalKind::SystemAssigned { .. }))
        .count();
    if system_assigned > 1 {
        return Err(Error::new(
            "two principals are system-assigned identities: a box has one at most, make the others user-assigned",
        ));
    }
    for (index, principal) in principals.iter().enumerate() {
        if principal.client_secret() == Some("") {
            return Err(Error::new(format!(
                "the client secret of {:?} is empty: give it one",
                principal.name()
            )));
        }
        for other in &principals[..index] {
            if share_an_id(principal, other) {
                return Err(Error::new(format!(
                    "{:?} and {:?} have the same client id or object id: give each its own",
                    other.name(),
                    principal.name()
                )));
            }
        }
    }
    Ok(())
}

/// A user's client id is the one of the program they signed in with, so users may share it.
fn share_an_id(one: &Principal, other: &Principal) -> bool {
    let is_user = |principal: &Principal| matches!(principal.kind, PrincipalKind::User);
    let same_object = one.object_id().eq_ignore_ascii_case(other.object_id());
    let same_client = one.client_id().eq_ignore_ascii_case(other.client_id());
    same_object || (same_client && !is_user(one) && !is_user(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_system_assigned_identities_are_refused() {
        let principals = [
            Principal::system_assigned("a"),
            Principal::system_assigned("b"),
        ];
        let error = check_principals(&principals).unwrap_err();
        assert!(error.to_string().contains("system-assigned"), "{error}");
    }

    #[test]
    fn a_shared_client_id_is_refused_with_both_names() {
        let principals = [
            Principal::user_assigned("first")
                .with_client_id("1f0b6c1c-0000-4000-8000-00000000000a"),
            Principal::service_principal("second", "s")
                .with_client_id("1F0B6C1C-0000-4000-8000-00000000000A"),
        ];
        let error = check_principals(&principals).unwrap_err().to_string();
        assert!(
            error.contains("first") && error.contains("second"),
            "{error}"
        );
    }

    #[test]
    fn an_empty_client_secret_is_refused() {
        let principals = [Principal::service_principal("app", "")];
        let error = check_principals(&principals).unwrap_err().to_string();
        assert!(error.contains("app") && error.contains("empty"), "{error}");
    }

    #[test]
    fn two_users_may_share_the_program_they_signed_in_with() {
        let principals = [
            Principal::user("a@example.com"),
            Principal::user("b@example.com"),
        ];
        assert!(check_principals(&principals).is_ok());
    }
}
