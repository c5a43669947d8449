//! Refuses tenants that cannot exist in Azure, and users that MySQL cannot have.

use super::{Group, Principal, PrincipalKind, principal::same_id};
use crate::Error;

/// <https://dev.mysql.com/doc/refman/8.4/en/identifier-length.html>
const MAX_MYSQL_USER_LENGTH: usize = 32;

/// Refuses principals and groups that conflict or cannot log in to MySQL.
pub(crate) fn validate(principals: &[Principal], groups: &[Group]) -> Result<(), Error> {
    validate_principals(principals)?;
    validate_groups(principals, groups)?;
    let principals = principals
        .iter()
        .map(|principal| (principal.name(), principal.mysql_user()));
    let groups = groups
        .iter()
        .map(|group| (group.name(), group.mysql_user()));
    validate_mysql_users(&principals.chain(groups).collect::<Vec<_>>())
}

fn validate_principals(principals: &[Principal]) -> Result<(), Error> {
    let system_assigned = principals
        .iter()
        .filter(|principal| matches!(principal.kind, PrincipalKind::SystemAssigned { .. }));
    if system_assigned.count() > 1 {
        return Err(Error::new(
            "two principals are system-assigned identities: a host has at most one, make the others user-assigned",
        ));
    }
    for (index, principal) in principals.iter().enumerate() {
        if principal.client_secret() == Some("") {
            return Err(Error::new(format!(
                "the client secret of {:?} is empty: set one",
                principal.name()
            )));
        }
        let mut earlier = principals[..index].iter();
        if let Some(other) = earlier.find(|other| share_an_id(principal, other)) {
            return Err(same_ids(other.name(), principal.name()));
        }
    }
    Ok(())
}

fn validate_groups(principals: &[Principal], groups: &[Group]) -> Result<(), Error> {
    for (index, group) in groups.iter().enumerate() {
        let principals = principals
            .iter()
            .map(|principal| (principal.name(), principal.object_id()));
        let groups = groups[..index]
            .iter()
            .map(|group| (group.name(), group.object_id()));
        let mut earlier = principals.chain(groups);
        if let Some((other, _)) = earlier.find(|(_, id)| same_id(id, group.object_id())) {
            return Err(same_ids(other, group.name()));
        }
    }
    Ok(())
}

fn same_ids(one: &str, other: &str) -> Error {
    Error::new(format!(
        "{one:?} and {other:?} have the same client id or object id: give each its own"
    ))
}

/// A user's client id is that of the program with which they signed in, so users may share it.
fn share_an_id(one: &Principal, other: &Principal) -> bool {
    same_id(one.object_id(), other.object_id())
        || (same_id(one.client_id(), other.client_id()) && !one.is_person() && !other.is_person())
}

/// Each is a name in Entra and a MySQL user.
/// <https://learn.microsoft.com/azure/mysql/flexible-server/security-how-to-entra>
fn validate_mysql_users(users: &[(&str, &str)]) -> Result<(), Error> {
    for (index, (name, user)) in users.iter().enumerate() {
        let length = user.chars().count();
        // User names are case-sensitive.
        let same_user = users[..index].iter().find(|(_, other)| other == user);
        let fault = if length == 0 {
            "is empty".to_owned()
        } else if length > MAX_MYSQL_USER_LENGTH {
            format!("has {length} characters, and MySQL allows {MAX_MYSQL_USER_LENGTH}")
        } else if user.trim() != *user {
            "begins or ends with a space".to_owned()
        } else if let Some((other, _)) = same_user {
            format!("is also that of {other:?}")
        } else {
            continue;
        };
        return Err(Error::new(format!(
            "the MySQL user {user:?} of {name:?} {fault}: set another with `with_alias`, as \
             CREATE AADUSER ... AS 'alias' does"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1f0b6c1c-0000-4000-8000-00000000000a";

    #[test]
    fn conflicts_are_errors_that_name_both() {
        let upper = ID.to_uppercase();
        let users = |names: [&str; 2]| names.map(Principal::user_assigned).to_vec();
        for (principals, groups, messages) in [
            (
                ["a", "b"].map(Principal::system_assigned).to_vec(),
                vec![],
                ["system-assigned", ""],
            ),
            (
                vec![
                    Principal::user_assigned("first").with_client_id(ID),
                    Principal::service_principal("second", "s").with_client_id(&upper),
                ],
                vec![],
                ["first", "second"],
            ),
            (
                vec![Principal::user("first").with_object_id(ID)],
                vec![Group::new("second").with_object_id(&upper)],
                ["first", "second"],
            ),
            (
                vec![Principal::service_principal("app", "")],
                vec![],
                ["app", "empty"],
            ),
            (
                users(["app", "App"]),
                vec![Group::new("team").with_alias("App")],
                ["\"team\"", "that of \"App\""],
            ),
        ] {
            let error = validate(&principals, &groups).unwrap_err().to_string();
            assert!(messages.iter().all(|part| error.contains(part)), "{error}");
        }
        // Case matters in user names, and users share the id of the program they signed in with.
        assert!(validate(&users(["app", "App"]), &[]).is_ok());
        let people = ["a@example.com", "b@example.com"].map(Principal::user);
        assert!(validate(&people, &[]).is_ok());
    }

    #[test]
    fn invalid_mysql_user_is_an_error_with_the_reason() {
        assert!(validate(&[Principal::user_assigned("a".repeat(32))], &[]).is_ok());
        for (name, reason) in [
            ("ä".repeat(33).as_str(), "33 characters"),
            ("", "is empty"),
            (" app", "space"),
            ("app ", "space"),
        ] {
            let principal = Principal::user_assigned(name);
            for (principals, groups) in [
                (vec![principal.clone()], vec![]),
                (vec![], vec![Group::new(name)]),
            ] {
                let error = validate(&principals, &groups).unwrap_err().to_string();
                assert!(error.contains(&format!("of {name:?}")), "{error}");
                assert!(error.contains(reason), "{error}");
            }
            assert!(validate(&[principal.with_alias("short")], &[]).is_ok());
        }
    }
}
