//! What a refused login is told.

use aad_auth::{Account, AccountKind, Refusal};

use mysql_handshake::ServerError;

/// What Azure's server answers when a token may not log in.
///
/// From reports of users: the numbers, the text of 1045, and both texts of 9106, one for
/// [a user or an application](https://github.com/Azure/azure-sdk-for-java/issues/38281), one for
/// [a group](https://github.com/petoju/terraform-provider-mysql/issues/84). Ours: that 9106 is for a
/// token which is good but of somebody else, and 1045 for all others, which is how the reports add
/// up; and that a group's refusal has no object id, which the report does not show.
pub(crate) fn answer(user: &str, account: &Account, refusal: &Refusal) -> ServerError {
    match refusal {
        Refusal::WrongPrincipal { .. }
        | Refusal::SignedInUser { .. }
        | Refusal::NotInGroup { .. } => not_theirs(user, account),
        Refusal::NoTls => without_tls(),
        Refusal::NoToken => access_denied(user, false),
        _ => access_denied(user, true),
    }
}

fn not_theirs(user: &str, account: &Account) -> ServerError {
    let id = account.id();
    let which = match account.kind() {
        AccountKind::Group => format!("'{user}' (or does not contain group ID '{id}')"),
        AccountKind::User | AccountKind::ServicePrincipal => format!("'{user}' with OID '{id}'."),
    };
    let message = format!("Azure AD access token is not valid for user {which}");
    ServerError::new(9106, *b"HY000", message)
}

/// MySQL's text. The emulator's clients are on this machine, which is `localhost` to a server that
/// looks up names.
pub(crate) fn access_denied(user: &str, using_password: bool) -> ServerError {
    let using = if using_password { "YES" } else { "NO" };
    let message = format!("Access denied for user '{user}'@'localhost' (using password: {using})");
    ServerError::new(1045, *b"28000", message)
}

/// MySQL's text, which Azure documents:
/// <https://learn.microsoft.com/azure/mysql/flexible-server/security-tls-how-to-connect>.
pub(crate) fn without_tls() -> ServerError {
    ServerError::new(
        3159,
        *b"HY000",
        "Connections using insecure transport are prohibited while --require_secure_transport=ON.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENIED: &str = "Access denied for user 'app'@'localhost' (using password: YES)";

    fn answer_to(kind: AccountKind, refusal: &Refusal) -> ServerError {
        answer("app", &Account::new(kind, "1", "app"), refusal)
    }

    #[test]
    fn unusable_token_is_denied_access() {
        let found = || "x".to_owned();
        for refusal in [
            Refusal::NotText,
            Refusal::NotAToken { reason: "x" },
            Refusal::WrongAlgorithm,
            Refusal::UnknownKey { kid: None },
            Refusal::BadSignature,
            Refusal::MissingClaim { claim: "exp" },
            Refusal::WrongIssuer { found: found() },
            Refusal::WrongTenant { found: found() },
            Refusal::WrongAudience { found: found() },
            Refusal::NotYetValid { seconds: 1 },
            Refusal::Expired { seconds_ago: 1 },
        ] {
            let error = answer_to(AccountKind::ServicePrincipal, &refusal);
            assert_eq!(
                error,
                ServerError::new(1045, *b"28000", DENIED),
                "{refusal:?}"
            );
        }
        let without = DENIED.replace("YES", "NO");
        let error = answer_to(AccountKind::ServicePrincipal, &Refusal::NoToken);
        assert_eq!(error, ServerError::new(1045, *b"28000", without));
    }

    #[test]
    fn token_of_somebody_else_names_the_account() {
        let not_theirs = "Azure AD access token is not valid for user 'app'";
        let (id, group) = (
            format!("{not_theirs} with OID '1'."),
            format!("{not_theirs} (or does not contain group ID '1')"),
        );
        let other = || Refusal::WrongPrincipal {
            expected: "1".to_owned(),
            found: "x".to_owned(),
        };
        let person = Refusal::SignedInUser {
            client: "x".to_owned(),
        };
        let outsider = Refusal::NotInGroup {
            group: "1".to_owned(),
        };
        for (kind, refusal, message) in [
            (AccountKind::ServicePrincipal, other(), &id),
            (AccountKind::User, other(), &id),
            (AccountKind::ServicePrincipal, person, &id),
            (AccountKind::Group, outsider, &group),
        ] {
            let error = answer_to(kind, &refusal);
            assert_eq!(
                error,
                ServerError::new(9106, *b"HY000", message),
                "{refusal:?}"
            );
        }
    }

    #[test]
    fn clear_text_is_prohibited() {
        let error = answer_to(AccountKind::ServicePrincipal, &Refusal::NoTls);
        let message = "Connections using insecure transport are prohibited while \
                       --require_secure_transport=ON.";
        assert_eq!(error, ServerError::new(3159, *b"HY000", message));
    }
}
