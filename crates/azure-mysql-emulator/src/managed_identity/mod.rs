//! Where programs in Azure get the token of a managed identity: one endpoint for App Service and its
//! like, one for virtual machines.

pub(crate) mod address;
pub(crate) mod app_service;
pub(crate) mod imds;

use crate::{Principal, tenant::PrincipalKind};

/// The ids by which a request names an identity. It may name several of one.
struct Asked<'a> {
    client: Option<&'a str>,
    object: Option<&'a str>,
    resource: Option<&'a str>,
}

impl Asked<'_> {
    fn is_nobody(&self) -> bool {
        self.client.is_none() && self.object.is_none() && self.resource.is_none()
    }

    fn is(&self, identity: &Principal) -> bool {
        let is = |asked: Option<&str>, id: Option<&str>| match (asked, id) {
            (None, _) => true,
            (Some(asked), Some(id)) => asked.eq_ignore_ascii_case(id),
            (Some(_), None) => false,
        };
        is(self.client, Some(identity.client_id()))
            && is(self.object, Some(identity.object_id()))
            && is(self.resource, identity.resource_id())
    }
}

fn system_assigned(principals: &[Principal]) -> Option<&Principal> {
    principals
        .iter()
        .find(|principal| matches!(principal.kind, PrincipalKind::SystemAssigned { .. }))
}

fn user_assigned(principals: &[Principal]) -> impl Iterator<Item = &Principal> {
    principals
        .iter()
        .filter(|principal| principal.is_user_assigned())
}
