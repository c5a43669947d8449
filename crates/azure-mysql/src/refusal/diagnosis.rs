use std::time::SystemTime;

use token_source::Claims;

use super::{
    finding::{Cause, Finding, Symptom},
    token, words,
};
use crate::{Settings, builder::without_server};

/// The likeliest cause of a refusal. `None` if nothing points to one.
///
/// `claims` are those of the token that was sent, if one was. They are not verified, and the finding
/// is advice for a person: nothing may be decided by it.
///
/// ```
/// use std::time::SystemTime;
///
/// use azure_mysql::{
///     Settings,
///     refusal::{Cause, Symptom, likeliest_cause},
/// };
///
/// let settings = Settings::builder().host("shop.mysql.database.azure.com").user("app@shop").build()?;
/// let symptom = Symptom::Server { number: 1045, message: "Access denied for user 'app@shop'" };
/// let finding = likeliest_cause(symptom, None, &settings, SystemTime::now()).unwrap();
/// assert_eq!(finding.cause(), Cause::ServerInName);
/// # Ok::<(), azure_mysql::Error>(())
/// ```
pub fn likeliest_cause(
    symptom: Symptom<'_>,
    claims: Option<&Claims>,
    settings: &Settings,
    now: SystemTime,
) -> Option<Finding> {
    match symptom {
        Symptom::Server {
            number: 3159 | 1835,
            ..
        } => Some(Finding::new(
            Cause::NoTls,
            "the connection has no TLS and the server demands it; connect with verified TLS",
        )),
        Symptom::Server { message, .. } => in_the_settings(settings)
            .or_else(|| claims.and_then(|claims| token::by_claims(claims, settings, now)))
            .or_else(|| words::of_the_server(message, claims, settings))
            .or_else(|| claims.and_then(|claims| token::by_name(claims, settings)))
            .or_else(|| claims.and_then(|claims| token::by_age(claims, now))),
        Symptom::Tls(said) => words::of_the_tls_library(said, settings),
        Symptom::Token(said) => words::of_the_token_endpoint(said, settings),
    }
}

fn in_the_settings(settings: &Settings) -> Option<Finding> {
    let (user, host) = (settings.user(), settings.host());
    if user.starts_with("@Microsoft.KeyVault(") {
        return Some(Finding::new(
            Cause::UnresolvedKeyVaultReference,
            "the user's name is a Key Vault reference that was not resolved; check that the app's \
             identity may read the secret, then restart the app",
        ));
    }
    let bare = without_server(user, host);
    (bare != user).then(|| {
        Finding::new(
            Cause::ServerInName,
            format!(
                "the name {user:?} has the form of the retired single server; log in as {bare:?}"
            ),
        )
    })
}
