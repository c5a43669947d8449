//! The endpoints where programs in Azure get the token of a managed identity: that of App Service and
//! similar hosts, and that of virtual machines.

pub(crate) mod address;
pub(crate) mod app_service;
pub(crate) mod imds;

use axum::{
    Json,
    extract::{Query, rejection::QueryRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::Value;

use crate::{
    Counters, Principal, TokenFault, http,
    tenant::{Directory, PrincipalKind, same_id},
};

/// Answers a request with the token that `issue` makes, and counts it with `count`.
#[expect(clippy::result_large_err, reason = "an error is a response too")]
async fn respond<Q, E: IntoResponse>(
    directory: &Directory,
    request: Result<Query<Q>, QueryRejection>,
    count: fn(&mut Counters),
    failure: fn(StatusCode) -> E,
    issue: impl FnOnce(Q, Option<&TokenFault>) -> Result<Value, E>,
) -> Response {
    let failure = |status| failure(status).into_response();
    http::with_faults(directory, failure, |fault| {
        let Query(request) = request.map_err(IntoResponse::into_response)?;
        let token = issue(request, fault).map_err(IntoResponse::into_response)?;
        directory.counters.update(count);
        Ok(Json(token).into_response())
    })
    .await
}

/// The ids by which a request names an identity, several of them perhaps.
struct RequestedIds<'a> {
    client: Option<&'a str>,
    object: Option<&'a str>,
    resource: Option<&'a str>,
}

impl RequestedIds<'_> {
    fn is_empty(&self) -> bool {
        self.client.is_none() && self.object.is_none() && self.resource.is_none()
    }

    fn match_all(&self, identity: &Principal) -> bool {
        let matches = |requested: Option<&str>, id: Option<&str>| {
            requested.is_none_or(|requested| id.is_some_and(|id| same_id(id, requested)))
        };
        matches(self.client, Some(identity.client_id()))
            && matches(self.object, Some(identity.object_id()))
            && matches(self.resource, identity.resource_id())
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
