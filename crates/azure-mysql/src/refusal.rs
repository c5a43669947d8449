//! Why a login was refused, and what to do about it.
//!
//! The server says little: error 1045 stands for a dozen mistakes. What it said, what the token says
//! about itself, the settings and the clock together often tell which one it was. The reports behind
//! each cause are linked where the cause is described.

mod report;

use std::{
    fmt,
    time::{Duration, SystemTime},
};

pub use report::{cut_before_token, is_refusal, refused_login, unverified_server};
use token_source::{Claims, Cloud};

use crate::{
    Identity, Settings, builder::without_server, checks::LONGEST_USER, inference::is_guid,
};

/// The application id of "Azure OSSRDBMS Database". Entra may write it as a token's audience in the
/// place of the resource's address.
const RESOURCE_APPLICATION: &str = "123cd850-d9df-40bd-94d5-c9f07b7fa203";

/// Clocks that follow network time differ by less. A token that began to be valid more recently may
/// still be in a server's future.
const SKEW: Duration = Duration::from_secs(5 * 60);

/// What was seen of a failed login, each in the words of who said it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Symptom<'a> {
    /// The database server's error.
    Server {
        /// Its number, such as 1045.
        number: u16,
        /// Its text.
        message: &'a str,
    },
    /// What the TLS library said about the server or its certificate.
    Tls(&'a str),
    /// What the token endpoint said.
    Token(&'a str),
}

/// The likeliest cause of a refusal, with its remedy: [`Display`](fmt::Display) gives both in one
/// line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    cause: Cause,
    text: String,
}

/// What is behind a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The token is for another service:
    /// [azure-sdk-for-java#43407](https://github.com/Azure/azure-sdk-for-java/issues/43407).
    WrongAudience,
    /// The token, or the authority, is of another Azure cloud than the server.
    OtherCloud,
    /// The token is of another tenant than the identity's.
    OtherTenant,
    /// The token has expired, by this machine's clock.
    Expired,
    /// The token is not valid yet, by this machine's clock or perhaps the server's.
    NotYetValid,
    /// The MySQL user was created for the identity's object id, and must be for its client id:
    /// [azure-sdk-for-java#38281](https://github.com/Azure/azure-sdk-for-java/issues/38281).
    ObjectIdInsteadOfClientId,
    /// The MySQL user belongs to somebody else.
    OtherPrincipal,
    /// The MySQL user stands for a group that the token does not list:
    /// [terraform-provider-mysql#84](https://github.com/petoju/terraform-provider-mysql/issues/84).
    NotInGroup,
    /// A member of a group logs in with the group's name, not with their own:
    /// [azure-docs#121045](https://github.com/MicrosoftDocs/azure-docs/issues/121045).
    MemberByOwnName,
    /// The MySQL user's name is not the token's owner's, or there is no such user:
    /// [azure-service-operator#3344](https://github.com/Azure/azure-service-operator/issues/3344).
    NameNotMatching,
    /// The name has the `@server` of the retired single server:
    /// [azure-docs#46361](https://github.com/MicrosoftDocs/azure-docs/issues/46361).
    ServerInName,
    /// The token's owner has a name that is longer than MySQL allows, so the user has another one.
    NameTooLong,
    /// A setting is the text of a Key Vault reference that was not resolved.
    UnresolvedKeyVaultReference,
    /// The server saw no password: a session was changed to another user without a token:
    /// [azure-sdk-for-java#31599](https://github.com/Azure/azure-sdk-for-java/issues/31599).
    NoTokenSent,
    /// The connection has no TLS, and the server demands it.
    NoTls,
    /// The server's certificate leads to a root that is not trusted.
    UnknownRoot,
    /// The server's certificate is for another name.
    OtherHostName,
    /// The host has no such managed identity.
    NoSuchIdentity,
    /// The host has several managed identities, and none was named.
    AmbiguousIdentity,
    /// Entra does not accept the client secret.
    BadClientSecret,
    /// The federated credential does not match the service account's token.
    FederationMismatch,
}

impl Finding {
    fn new(cause: Cause, text: impl Into<String>) -> Self {
        Self {
            cause,
            text: text.into(),
        }
    }

    /// What is behind the refusal.
    pub fn cause(&self) -> Cause {
        self.cause
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

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
            .or_else(|| claims.and_then(|claims| in_the_token(claims, settings, now)))
            .or_else(|| in_the_message(message, claims, settings))
            .or_else(|| claims.and_then(|claims| in_the_name(claims, settings)))
            .or_else(|| claims.and_then(|claims| in_the_clocks(claims, now))),
        Symptom::Tls(said) => in_the_certificate(said, settings),
        Symptom::Token(said) => at_the_token_endpoint(said, settings),
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

/// What is wrong with the token whoever looks at it.
fn in_the_token(claims: &Claims, settings: &Settings, now: SystemTime) -> Option<Finding> {
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

/// What the server's words tell.
fn in_the_message(message: &str, claims: Option<&Claims>, settings: &Settings) -> Option<Finding> {
    let user = settings.user();
    if message.contains("(using password: NO)") {
        return Some(Finding::new(
            Cause::NoTokenSent,
            "the server was sent no token; do not change a session's user, open a connection instead",
        ));
    }
    if let Some(group) = quoted_after(message, "group ID ") {
        return Some(Finding::new(
            Cause::NotInGroup,
            format!(
                "the user {user:?} stands for the group {group}, which the token does not list; add \
                 the identity to the group, and wait for a new token"
            ),
        ));
    }
    let expected = quoted_after(message, "OID ")?;
    let is = |id: &Option<String>| {
        id.as_deref()
            .is_some_and(|id| id.eq_ignore_ascii_case(expected))
    };
    match claims {
        Some(claims) if is(&claims.oid) && !is(&claims.appid) && !is_user(claims) => {
            Some(Finding::new(
                Cause::ObjectIdInsteadOfClientId,
                format!(
                    "the user {user:?} was created for the object id {expected} of the identity; \
                     create it for the client id {}",
                    claims.appid.as_deref().unwrap_or("of the identity")
                ),
            ))
        }
        _ => Some(Finding::new(
            Cause::OtherPrincipal,
            format!(
                "the user {user:?} belongs to {expected}, and the token to {}; create the user for that \
                 identity, or log in as the one it was created for",
                claims.map_or_else(|| "somebody else".to_owned(), owner)
            ),
        )),
    }
}

/// What the name tells, where all else is right.
fn in_the_name(claims: &Claims, settings: &Settings) -> Option<Finding> {
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
fn in_the_clocks(claims: &Claims, now: SystemTime) -> Option<Finding> {
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

/// By the words of rustls, and of OpenSSL behind other drivers.
fn in_the_certificate(said: &str, settings: &Settings) -> Option<Finding> {
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if says(&["UnknownIssuer", "unable to get local issuer", "self-signed"]) {
        return Some(Finding::new(
            Cause::UnknownRoot,
            "its certificate comes from a root that is not trusted; for a private CA, name its \
             PEM file in AZURE_MYSQL_SSL_CA",
        ));
    }
    if says(&["NotValidForName", "not valid for name", "hostname mismatch"]) {
        return Some(Finding::new(
            Cause::OtherHostName,
            format!(
                "its certificate is for another host name than {:?}; connect by the server's full \
                 name, not by an address or an alias",
                settings.host()
            ),
        ));
    }
    says(&[
        "no TLS",
        "NoClientSslFlagFromServer",
        "does not support TLS",
    ])
    .then(|| {
        Finding::new(
            Cause::NoTls,
            "the server offers no TLS, so no token was sent; check host and port",
        )
    })
}

/// By the words of the identity endpoints and of Entra:
/// <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>.
fn at_the_token_endpoint(said: &str, settings: &Settings) -> Option<Finding> {
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if says(&["@Microsoft.KeyVault("]) {
        return Some(Finding::new(
            Cause::UnresolvedKeyVaultReference,
            "a setting is a Key Vault reference that was not resolved; check that the app's identity \
             may read the secret, then restart the app",
        ));
    }
    if says(&["Multiple user assigned identities"]) {
        return Some(Finding::new(
            Cause::AmbiguousIdentity,
            "this host has several managed identities; name one by its client id \
             (AZURE_MYSQL_CLIENTID)",
        ));
    }
    if says(&[
        "No User Assigned or Delegated Managed Identity",
        "Identity not found",
        "Unable to load the proper Managed Identity",
    ]) {
        let remedy = match settings.identity() {
            Identity::UserAssigned { client_id } => format!(
                "assign the identity {client_id} to this host, or remove its id to use the \
                 system-assigned one"
            ),
            _ => {
                "turn on the system-assigned identity, or name a user-assigned one by its client id"
                    .to_owned()
            }
        };
        return Some(Finding::new(
            Cause::NoSuchIdentity,
            format!("this host has no such managed identity; {remedy}"),
        ));
    }
    if says(&["AADSTS7000215", "AADSTS7000222"]) {
        return Some(Finding::new(
            Cause::BadClientSecret,
            "Entra does not accept the client secret; give its value, not its id, and make a new one \
             if it has expired",
        ));
    }
    if says(&["AADSTS70021", "AADSTS700212", "AADSTS700213"]) {
        return Some(Finding::new(
            Cause::FederationMismatch,
            "no federated credential of the identity matches the service account's token; compare \
             issuer, subject and audience, letter by letter",
        ));
    }
    says(&["AADSTS900382", "AADSTS90038", "AADSTS900432"]).then(|| {
        Finding::new(
            Cause::OtherCloud,
            format!(
                "the identity is of another Azure cloud than {}; set AZURE_AUTHORITY_HOST, or the \
                 cloud in the settings",
                settings.cloud().authority()
            ),
        )
    })
}

/// A token of a person says so, or names the person.
fn is_user(claims: &Claims) -> bool {
    match claims.idtyp.as_deref() {
        Some(kind) => kind == "user",
        None => claims.upn.is_some() || claims.preferred_username.is_some(),
    }
}

/// Who a token is of, in the terms in which MySQL users are created.
fn owner(claims: &Claims) -> String {
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

/// What stands in single quotes right after `words`.
fn quoted_after<'a>(message: &'a str, words: &str) -> Option<&'a str> {
    let (_, rest) = message.split_once(words)?;
    rest.strip_prefix('\'')?.split('\'').next()
}
