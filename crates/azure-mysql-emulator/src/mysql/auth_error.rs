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

    #[test]
    fn each_refusal_has_azures_number_and_text() {
        const DENIED: &str = "Access denied for user 'app'@'localhost' (using password: YES)";
        const NO_PASSWORD: &str = "Access denied for user 'app'@'localhost' (using password: NO)";
        const NOT_THEIRS: &str = "Azure AD access token is not valid for user 'app' with OID '1'.";
        const NOT_IN_GROUP: &str =
            "Azure AD access token is not valid for user 'app' (or does not contain group ID '1')";
        let text = || "x".to_owned();
        let application = AccountKind::ServicePrincipal;
        for (kind, refusal, number, message) in [
            (application, Refusal::NoToken, 1045, NO_PASSWORD),
            (application, Refusal::NotText, 1045, DENIED),
            (
                application,
                Refusal::NotAToken { reason: "x" },
                1045,
                DENIED,
            ),
            (application, Refusal::WrongAlgorithm, 1045, DENIED),
            (application, Refusal::UnknownKey { kid: None }, 1045, DENIED),
            (application, Refusal::BadSignature, 1045, DENIED),
            (
                application,
                Refusal::MissingClaim { claim: "exp" },
                1045,
                DENIED,
            ),
            (
                application,
                Refusal::WrongIssuer { found: text() },
                1045,
                DENIED,
            ),
            (
                application,
                Refusal::WrongTenant { found: text() },
                1045,
                DENIED,
            ),
            (
                application,
                Refusal::WrongAudience { found: text() },
                1045,
                DENIED,
            ),
            (
                application,
                Refusal::NotYetValid { seconds: 1 },
                1045,
                DENIED,
            ),
            (
                application,
                Refusal::Expired { seconds_ago: 1 },
                1045,
                DENIED,
            ),
            (
                application,
                Refusal::WrongPrincipal {
                    expected: "1".to_owned(),
                    found: text(),
                },
                9106,
                NOT_THEIRS,
            ),
            (
                AccountKind::User,
                Refusal::WrongPrincipal {
                    expected: "1".to_owned(),
                    found: text(),
                },
                9106,
                NOT_THEIRS,
            ),
            (
                application,
                Refusal::SignedInUser { client: text() },
                9106,
                NOT_THEIRS,
            ),
            (
                AccountKind::Group,
                Refusal::NotInGroup {
                    group: "1".to_owned(),
                },
                9106,
                NOT_IN_GROUP,
            ),
            (
                application,
                Refusal::NoTls,
                3159,
                "Connections using insecure transport are prohibited while \
                 --require_secure_transport=ON.",
            ),
        ] {
            let error = answer("app", &Account::new(kind, "1", "app"), &refusal);
            let state = if number == 1045 { b"28000" } else { b"HY000" };
            assert_eq!(
                error,
                ServerError::new(number, *state, message),
                "{refusal:?}"
            );
        }
    }
}
