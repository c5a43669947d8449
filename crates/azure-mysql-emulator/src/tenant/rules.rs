//! What no tenant, no box and no MySQL server of Azure could have.

use super::{Group, Principal, PrincipalKind};
use crate::Error;

/// <https://dev.mysql.com/doc/refman/8.4/en/identifier-length.html>
const LONGEST_MYSQL_USER: usize = 32;

/// Refuses principals and groups that contradict each other or cannot log in to MySQL.
pub(crate) fn check(principals: &[Principal], groups: &[Group]) -> Result<(), Error> {
    check_system_assigned(principals)?;
    check_ids(principals, groups)?;
    let users = principals
        .iter()
        .map(|principal| (principal.name(), principal.mysql_user()))
        .chain(
            groups
                .iter()
                .map(|group| (group.name(), group.mysql_user())),
        );
    check_mysql_users(&users.collect::<Vec<_>>())
}

fn check_system_assigned(principals: &[Principal]) -> Result<(), Error> {
    let system_assigned = principals
        .iter()
        .filter(|principal| matches!(principal.kind, PrincipalKind::SystemAssigned { .. }))
        .count();
    if system_assigned > 1 {
        return Err(Error::new(
            "two principals are system-assigned identities: a box has one at most, make the others user-assigned",
        ));
    }
    Ok(())
}

fn check_ids(principals: &[Principal], groups: &[Group]) -> Result<(), Error> {
    let shared = |one: &str, other: &str| {
        Err(Error::new(format!(
            "{one:?} and {other:?} have the same client id or object id: give each its own"
        )))
    };
    for (index, principal) in principals.iter().enumerate() {
        if principal.client_secret() == Some("") {
            return Err(Error::new(format!(
                "the client secret of {:?} is empty: give it one",
                principal.name()
            )));
        }
        for other in &principals[..index] {
            if share_an_id(principal, other) {
                return shared(other.name(), principal.name());
            }
        }
    }
    for (index, group) in groups.iter().enumerate() {
        let principals = principals
            .iter()
            .map(|principal| (principal.name(), principal.object_id()));
        let groups = groups[..index]
            .iter()
            .map(|group| (group.name(), group.object_id()));
        for (name, object_id) in principals.chain(groups) {
            if object_id.eq_ignore_ascii_case(group.object_id()) {
                return shared(name, group.name());
            }
        }
    }
    Ok(())
}

/// A user's client id is the one of the program they signed in with, so users may share it.
fn share_an_id(one: &Principal, other: &Principal) -> bool {
    let same_object = one.object_id().eq_ignore_ascii_case(other.object_id());
    let same_client = one.client_id().eq_ignore_ascii_case(other.client_id());
    same_object || (same_client && !one.is_person() && !other.is_person())
}

/// Each is a name in Entra and a MySQL user.
/// <https://learn.microsoft.com/azure/mysql/flexible-server/security-how-to-entra>
fn check_mysql_users(users: &[(&str, &str)]) -> Result<(), Error> {
    for (index, (name, user)) in users.iter().enumerate() {
        let wrong = |what: String| {
            Err(Error::new(format!(
                "the MySQL user {user:?} of {name:?} {what}: set another with `with_alias`, as \
                 CREATE AADUSER ... AS 'alias' does"
            )))
        };
        let length = user.chars().count();
        if length == 0 {
            return wrong("is empty".to_owned());
        }
        if length > LONGEST_MYSQL_USER {
            return wrong(format!(
                "has {length} characters, and MySQL allows {LONGEST_MYSQL_USER}"
            ));
        }
        if user.trim() != *user {
            return wrong("begins or ends with a space".to_owned());
        }
        // Users are told apart by case.
        if let Some((other, _)) = users[..index].iter().find(|(_, other)| other == user) {
            return wrong(format!("is that of {other:?} too"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(principals: &[Principal], groups: &[Group]) -> String {
        check(principals, groups).unwrap_err().to_string()
    }

    #[test]
    fn two_system_assigned_identities_are_refused() {
        let principals = ["a", "b"].map(Principal::system_assigned);
        let error = refusal(&principals, &[]);
        assert!(error.contains("system-assigned"), "{error}");
    }

    #[test]
    fn a_shared_id_is_refused_with_both_names() {
        let id = "1f0b6c1c-0000-4000-8000-00000000000a";
        let first = Principal::user_assigned("first").with_client_id(id);
        let second = Principal::service_principal("second", "s").with_client_id(id.to_uppercase());
        let error = refusal(&[first, second], &[]);
        assert!(
            error.contains("first") && error.contains("second"),
            "{error}"
        );

        let first = Principal::user("first").with_object_id(id);
        let group = Group::new("second").with_object_id(id.to_uppercase());
        let error = refusal(&[first], &[group]);
        assert!(
            error.contains("first") && error.contains("second"),
            "{error}"
        );
    }

    #[test]
    fn an_empty_client_secret_is_refused() {
        let error = refusal(&[Principal::service_principal("app", "")], &[]);
        assert!(error.contains("app") && error.contains("empty"), "{error}");
    }

    #[test]
    fn two_users_may_share_the_program_they_signed_in_with() {
        let principals = ["a@example.com", "b@example.com"].map(Principal::user);
        assert!(check(&principals, &[]).is_ok());
    }

    #[test]
    fn a_name_that_is_no_mysql_user_is_refused_with_the_principal_and_the_reason() {
        let longest = "a".repeat(32);
        assert!(check(&[Principal::user_assigned(&longest)], &[]).is_ok());

        let too_long = "ä".repeat(33);
        for (name, reason) in [
            (too_long.as_str(), "33 characters"),
            ("", "is empty"),
            (" app", "space"),
            ("app ", "space"),
        ] {
            let error = refusal(&[Principal::user_assigned(name)], &[]);
            assert!(error.contains(&format!("of {name:?}")), "{error}");
            assert!(error.contains(reason), "{error}");
            let error = refusal(&[], &[Group::new(name)]);
            assert!(error.contains(reason), "{error}");
            let with_alias = Principal::user_assigned(name).with_alias("short");
            assert!(check(&[with_alias], &[]).is_ok());
        }
    }

    #[test]
    fn names_differ_by_case_and_must_differ() {
        let principals = ["app", "App"].map(Principal::user_assigned);
        assert!(check(&principals, &[]).is_ok());

        let taken = Group::new("team").with_alias("App");
        let error = refusal(&principals, &[taken]);
        assert!(
            error.contains("\"team\"") && error.contains("that of \"App\""),
            "{error}"
        );
    }
}
