//! What the token's claims tell, compared with the settings and the clock.

use std::time::{Duration, SystemTime};

use token_source::Claims;

use super::diagnosis::{Cause, Diagnosis};
use crate::{Cloud, Identity, Settings, user::LONGEST_USER};

/// The application id of "Azure OSSRDBMS Database". Entra may use it as a token's audience instead of the
/// resource's address.
const RESOURCE_APPLICATION: &str = "123cd850-d9df-40bd-94d5-c9f07b7fa203";

/// Clocks that follow network time differ by less. A token that became valid more recently may still
/// be in a server's future.
const SKEW: Duration = Duration::from_secs(5 * 60);

/// What is wrong with the token for any server.
pub(super) fn by_claims(
    claims: &Claims,
    settings: &Settings,
    now: SystemTime,
) -> Option<Diagnosis> {
    audience(claims, settings)
        .or_else(|| tenant(claims, settings))
        .or_else(|| validity(claims, now))
}

fn audience(claims: &Claims, settings: &Settings) -> Option<Diagnosis> {
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
        .map(|cloud| {
            claims
                .aud
                .iter()
                .any(|it| is(it, cloud.database_resource()))
        })
        .contains(&true);
    let (cause, whose) = if other_cloud {
        (Cause::OtherCloud, ", the databases of another Azure cloud")
    } else {
        (Cause::WrongAudience, "")
    };
    let text =
        format!("the token's audience is {found:?}{whose}; request a token for {resource:?}");
    Some(Diagnosis::new(cause, text))
}

fn tenant(claims: &Claims, settings: &Settings) -> Option<Diagnosis> {
    // A tenant may be given by a domain name too, but a token contains only its id.
    let tenant_id = settings
        .identity()
        .tenant_id()
        .filter(|id| Identity::is_guid(id))?;
    let found = claims.tid.as_deref()?;
    if found.eq_ignore_ascii_case(tenant_id) {
        return None;
    }
    Some(Diagnosis::new(
        Cause::OtherTenant,
        format!(
            "the token was issued by tenant {found}, but the identity belongs to tenant {tenant_id}; \
             correct the tenant id: a server accepts only tokens of its own tenant"
        ),
    ))
}

fn validity(claims: &Claims, now: SystemTime) -> Option<Diagnosis> {
    if let Some(since) = claims.exp.and_then(|exp| now.duration_since(exp).ok()) {
        return Some(Diagnosis::new(
            Cause::Expired,
            format!(
                "the token expired {} s ago; check this machine's clock and the token source",
                since.as_secs()
            ),
        ));
    }
    let until = claims.nbf?.duration_since(now).ok()?;
    (until > Duration::ZERO).then(|| {
        Diagnosis::new(
            Cause::NotYetValid,
            format!(
                "the token is not valid for another {} s; set this machine's clock, which is probably \
                 that far behind",
                until.as_secs()
            ),
        )
    })
}

/// What the name tells, where everything else is right.
pub(super) fn by_name(claims: &Claims, settings: &Settings) -> Option<Diagnosis> {
    let user = settings.user();
    if !is_user(claims) {
        return Some(Diagnosis::new(
            Cause::NameNotMatching,
            format!(
                "user {user:?} may not exist, or was created for another identity than the token's, \
                 {}; create it for that id, or correct the name (names are case-sensitive)",
                owner(claims)
            ),
        ));
    }
    let own = claims.user_name_guess()?;
    if user == own {
        return Some(Diagnosis::new(
            Cause::MemberByOwnName,
            format!(
                "{user:?} may have access only as a member of a group; log in with the group's name"
            ),
        ));
    }
    if user.eq_ignore_ascii_case(own) {
        return Some(Diagnosis::new(
            Cause::NameNotMatching,
            format!(
                "the token belongs to {own:?}; log in with that name: names are case-sensitive"
            ),
        ));
    }
    let length = own.chars().count();
    if length > LONGEST_USER {
        return Some(Diagnosis::new(
            Cause::NameTooLong,
            format!(
                "the token belongs to {own:?}, which has {length} characters, but MySQL allows \
                 {LONGEST_USER}; create the user under an alias (CREATE AADUSER ... AS 'alias') and \
                 log in with that"
            ),
        ));
    }
    Some(Diagnosis::new(
        Cause::NameNotMatching,
        format!(
            "the token belongs to {own:?}; {user:?} must be that user's alias, or a group that the \
             user is a member of"
        ),
    ))
}

/// The last resort: to a server whose clock is behind, a new token is not valid yet.
pub(super) fn by_age(claims: &Claims, now: SystemTime) -> Option<Diagnosis> {
    let age = now.duration_since(claims.nbf?).ok()?;
    (age < SKEW).then(|| {
        Diagnosis::new(
            Cause::NotYetValid,
            format!(
                "the token became valid only {} s ago; the server's clock may be behind this machine's: \
                 wait, or set the clocks",
                age.as_secs()
            ),
        )
    })
}

/// A person's token says so, or names the person.
pub(super) fn is_user(claims: &Claims) -> bool {
    match claims.idtyp.as_deref() {
        Some(kind) => kind == "user",
        None => claims.upn.is_some() || claims.preferred_username.is_some(),
    }
}

/// Whom a token belongs to, in the terms in which MySQL users are created.
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
