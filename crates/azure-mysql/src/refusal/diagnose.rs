use std::time::SystemTime;

use token_source::Claims;

use super::{
    claims::{by_age, by_claims, by_name},
    diagnosis::{Cause, Diagnosis, Evidence},
    message_patterns, token_errors,
};
use crate::{Settings, misconfiguration::is_key_vault_reference, user::without_server};

/// The likeliest cause of a failed login. `None` if nothing points to one.
///
/// `claims` are those of the token that was sent, if one was. They are not verified, and the diagnosis
/// is advice for a person: no program may base a decision on it.
///
/// ```
/// use std::time::SystemTime;
///
/// use azure_mysql::{
///     Settings,
///     refusal::{Cause, Evidence, likeliest_cause},
/// };
///
/// let settings = Settings::builder().host("shop.mysql.database.azure.com").user("app@shop").build()?;
/// let evidence = Evidence::Server { number: 1045, message: "Access denied for user 'app@shop'" };
/// let diagnosis = likeliest_cause(evidence, None, &settings, SystemTime::now()).unwrap();
/// assert_eq!(diagnosis.cause(), Cause::ServerInName);
/// # Ok::<(), azure_mysql::Error>(())
/// ```
pub fn likeliest_cause(
    evidence: Evidence<'_>,
    claims: Option<&Claims>,
    settings: &Settings,
    now: SystemTime,
) -> Option<Diagnosis> {
    match evidence {
        Evidence::Server {
            number: 3159 | 1835,
            ..
        } => Some(Diagnosis::new(
            Cause::NoTls,
            "the server requires TLS, but the connection does not use it; connect with verified TLS",
        )),
        Evidence::Server { message, .. } => in_the_settings(settings)
            .or_else(|| claims.and_then(|claims| by_claims(claims, settings, now)))
            .or_else(|| message_patterns::of_the_server(message, claims, settings))
            .or_else(|| claims.and_then(|claims| by_name(claims, settings)))
            .or_else(|| claims.and_then(|claims| by_age(claims, now))),
        Evidence::Tls(said) => message_patterns::of_the_tls_library(said, settings),
        Evidence::Token(error) => {
            unresolved_reference(settings).or_else(|| token_errors::diagnose(error, settings))
        }
    }
}

fn in_the_settings(settings: &Settings) -> Option<Diagnosis> {
    let (user, host) = (settings.user(), settings.host());
    let bare = without_server(user, host);
    unresolved_reference(settings).or_else(|| {
        (bare != user).then(|| {
            Diagnosis::new(
                Cause::ServerInName,
                format!(
                    "user {user:?} has the form of the retired Single Server; log in as {bare:?}"
                ),
            )
        })
    })
}

/// An identity that was set on finished settings is not checked before.
fn unresolved_reference(settings: &Settings) -> Option<Diagnosis> {
    let identity = settings.identity();
    let values = [
        ("client id", identity.client_id()),
        ("client secret", identity.client_secret()),
        ("tenant id", identity.tenant_id()),
    ];
    let is_reference = |(_, value): &(_, Option<&str>)| value.is_some_and(is_key_vault_reference);
    let (name, _) = values.into_iter().find(is_reference)?;
    Some(Diagnosis::new(
        Cause::UnresolvedKeyVaultReference,
        format!(
            "the {name} is an unresolved Key Vault reference; check that the app's identity can read \
             the secret, then restart the app"
        ),
    ))
}
