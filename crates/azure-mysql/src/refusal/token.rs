//! What the token tells, beside the settings and the clock.

use std::time::{Duration, SystemTime};

use token_source::{Claims, Cloud};

use super::finding::{Cause, Finding};
use crate::{Settings, checks::LONGEST_USER, inference::is_guid};

/// The application id of "Azure OSSRDBMS Database". Entra may write it as a token's audience in the
/// place of the resource's address.
const RESOURCE_APPLICATION: &str = "123cd850-d9df-40bd-94d5-c9f07b7fa203";

/// Clocks that follow network time differ by less. A token that began to be valid more recently may
/// still be in a server's future.
const SKEW: Duration = Duration::from_secs(5 * 60);

/// What is wrong with the token whoever looks at it.
pub(super) fn by_claims(claims: &Claims, settings: &Settings, now: SystemTime) -> Option<Finding> {
    audience(claims, settings)
        .or_else(|| tenant(claims, settings))
        .or_else(|| validity(claims, now))
}

fn audience(claims: &Claims, settings: &Settings) -> Option<Finding> {
    let resource = settings.cloud().database_resource();
    let is = |audience: &String, expected: &str| {
        audience
            .trim_end_matches('/')
            .eq_ignore_ascii_case(expected)
    };
    let known = |audience| is(audience, resource) || is(audience, RESOURCE_APPLICATION);
    if claims.aud.is_empty() || claims.aud.iter().any(known) {
        return None;
    }
    let found = claims.aud.join(", ");
    let other_cloud = [Cloud::PUBLIC, Cloud::CHINA, Cloud::US_GOVERNMENT]
        .iter()
        .any(|cloud| {
            claims
                .aud
                .iter()
                .any(|it| is(it, cloud.database_resource()))
        });
    Some(if other_cloud {
        Finding::new(
            Cause::OtherCloud,
            format!(
                "the token is for {found:?}, which is the databases of another Azure cloud; ask for \
                 one for {resource:?}"
            ),
        )
    } else {
        Finding::new(
            Cause::WrongAudience,
            format!("the token is for {found:?}; ask for one for {resource:?}"),
        )
    })
}

fn tenant(claims: &Claims, settings: &Settings) -> Option<Finding> {
    // A tenant may be given by a domain's name too, and a token names it by its id alone.
    let tenant_id = settings.identity().tenant_id().filter(|id| is_guid(id))?;
    let found = claims.tid.as_deref()?;
    if found.eq_ignore_ascii_case(tenant_id) {
        return None;
    }
    Some(Finding::new(
        Cause::OtherTenant,
        format!(
            "the token is of the tenant {found}, and the identity is of {tenant_id}; correct the \
             tenant id: a server accepts tokens of its own tenant alone"
        ),
    ))
}

fn validity(claims: &Claims, now: SystemTime) -> Option<Finding> {
    if let Some(since) = claims.exp.and_then(|exp| now.duration_since(exp).ok()) {
        return Some(Finding::new(
            Cause::Expired,
            format!(
                "the token expired {} s ago; check this machine's clock and what fetches the token",
                since.as_secs()
            ),
        ));
    }
    let until = claims.nbf?.duration_since(now).ok()?;
    (until > Duration::ZERO).then(|| {
        Finding::new(
            Cause::NotYetValid,
            format!(
                "the token is valid only in {} s; set this machine's clock, which is probably that \
                 much behind",
                until.as_secs()
            ),
        )
    })
}

/// What the name tells, where all else is right.
pub(super) fn by_name(claims: &Claims, settings: &Settings) -> Option<Finding> {
    let user = settings.user();
    if !is_user(claims) {
        return Some(Finding::new(
            Cause::NameNotMatching,
            format!(
                "perhaps there is no user {user:?}, or it was created for another identity than the \
                 token's, {}; create it for that id, or correct the name (names are case-sensitive)",
                owner(claims)
            ),
        ));
    }
    let own = claims.user_name_guess()?;
    if user == own {
        return Some(Finding::new(
            Cause::MemberByOwnName,
            format!(
                "perhaps {user:?} has access only as a member of a group; log in with the group's name"
            ),
        ));
    }
    if user.eq_ignore_ascii_case(own) {
        return Some(Finding::new(
            Cause::NameNotMatching,
            format!("the token is of {own:?}; log in by that name: names are case-sensitive"),
        ));
    }
    let length = own.chars().count();
    if length > LONGEST_USER {
        return Some(Finding::new(
            Cause::NameTooLong,
            format!(
                "the token is of {own:?}, which has {length} characters and MySQL allows \
                 {LONGEST_USER}; create the user under an alias (CREATE AADUSER ... AS 'alias'), and \
                 log in as that"
            ),
        ));
    }
    Some(Finding::new(
        Cause::NameNotMatching,
        format!(
            "the token is of {own:?}; {user:?} must be that user's alias, or a group that they are in"
        ),
    ))
}

/// The last straw: a server whose clock is behind takes a new token for one of the future.
pub(super) fn by_age(claims: &Claims, now: SystemTime) -> Option<Finding> {
    let age = now.duration_since(claims.nbf?).ok()?;
    (age < SKEW).then(|| {
        Finding::new(
            Cause::NotYetValid,
            format!(
                "the token is valid since {} s; the server's clock may be behind this machine's: wait, \
                 or set the clocks",
                age.as_secs()
            ),
        )
    })
}

/// A token of a person says so, or names the person.
pub(super) fn is_user(claims: &Claims) -> bool {
    match claims.idtyp.as_deref() {
        Some(kind) => kind == "user",
        None => claims.upn.is_some() || claims.preferred_username.is_some(),
    }
}

/// Who a token is of, in the terms in which MySQL users are created.
pub(super) fn owner(claims: &Claims) -> String {
    let shown = |id: &Option<String>| id.as_deref().unwrap_or("none").to_owned();
    if is_user(claims) {
        format!("the user with the object id {}", shown(&claims.oid))
    } else {
        format!(
            "the client id {} (object id {})",
            shown(&claims.appid),
            shown(&claims.oid)
        )
    }
}
