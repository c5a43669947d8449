use std::time::{Duration, SystemTime};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::{Error, ErrorKind};

/// The longest token that is decoded, in bytes. The longest seen, of a user in many groups, had about
/// 7 KB; no identity provider makes longer ones.
const LONGEST_TOKEN: usize = 64 * 1024;

/// The claims of an access token. **Not verified**: for diagnosing a rejected login and for guessing a
/// user name, never for a security decision.
///
/// The signature is not checked, so the claims may be forged. Microsoft also asks clients not to depend
/// on the content of an access token: it is meant for the server, and its claims may change. A claim
/// that is missing, or of an unexpected type, is absent here.
///
/// See <https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference>.
///
/// ```
/// use token_source::Claims;
///
/// // {"aud":"https://example.com","oid":"0b1d"}, without a signature
/// let token = "e30.eyJhdWQiOiJodHRwczovL2V4YW1wbGUuY29tIiwib2lkIjoiMGIxZCJ9.";
/// let claims = Claims::unverified(token)?;
/// assert_eq!(claims.aud, ["https://example.com"]);
/// assert_eq!(claims.oid.as_deref(), Some("0b1d"));
/// assert_eq!(claims.upn, None);
/// # Ok::<(), token_source::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claims {
    /// The audience: the resource's address, or its application id.
    pub aud: Vec<String>,
    /// The issuer.
    pub iss: Option<String>,
    /// The tenant.
    pub tid: Option<String>,
    /// The object id of the user or service principal.
    pub oid: Option<String>,
    /// The client id of the application that asked for the token, called `azp` in a version 2.0
    /// token. For a managed identity or a service principal, its own.
    pub appid: Option<String>,
    /// The user's login name.
    pub upn: Option<String>,
    /// The same in a version 2.0 token.
    pub preferred_username: Option<String>,
    /// A human-readable name of the user, in a version 1.0 token.
    pub unique_name: Option<String>,
    /// The Azure resource id behind a managed identity: of the identity if it is user-assigned, of
    /// its host if it is system-assigned.
    pub xms_mirid: Option<String>,
    /// The object ids of the user's groups. Also empty if there are more than fit into a token (200).
    pub groups: Vec<String>,
    /// The time from which the token is no longer valid.
    pub exp: Option<SystemTime>,
    /// The time from which the token is valid.
    pub nbf: Option<SystemTime>,
    /// `app` or `user`, if the issuer was configured to include it.
    pub idtyp: Option<String>,
}

impl Claims {
    /// Decodes the claims of a JSON Web Token and verifies nothing.
    ///
    /// # Errors
    ///
    /// If the token is longer than 64 KiB, or is no JSON Web Token. The error says which and shows
    /// nothing of the token.
    pub fn unverified(token: &str) -> Result<Self, Error> {
        if token.len() > LONGEST_TOKEN {
            return Err(unreadable(&format!(
                "it is {} bytes long, and the limit is {LONGEST_TOKEN}",
                token.len()
            )));
        }
        let payload = token
            .split('.')
            .nth(1)
            .ok_or_else(|| unreadable("it is not a JSON Web Token; it has no second part"))?;
        let payload = URL_SAFE_NO_PAD
            .decode(payload)
            .map_err(|_| unreadable("its second part is not base64url"))?;
        // The parser's own error can quote the text, and it refuses deep nesting.
        let claims: Map<String, Value> = serde_json::from_slice(&payload)
            .map_err(|_| unreadable("its second part is not a JSON object"))?;
        Ok(Self::of(&claims))
    }

    fn of(claims: &Map<String, Value>) -> Self {
        let text = |name| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let texts = |name| claims.get(name).map(texts).unwrap_or_default();
        let time = |name| claims.get(name).and_then(seconds_since_1970);
        Self {
            aud: texts("aud"),
            iss: text("iss"),
            tid: text("tid"),
            oid: text("oid"),
            appid: text("appid").or_else(|| text("azp")),
            upn: text("upn"),
            preferred_username: text("preferred_username"),
            unique_name: text("unique_name"),
            xms_mirid: text("xms_mirid"),
            groups: texts("groups"),
            exp: time("exp"),
            nbf: time("nbf"),
            idtyp: text("idtyp"),
        }
    }

    /// A guess at the user name by which a server knows the token's owner.
    ///
    /// For a user it is the login name: [`upn`](Self::upn), else
    /// [`preferred_username`](Self::preferred_username), else [`unique_name`](Self::unique_name);
    /// that of a guest's personal account (`live.com#...`) is skipped. For a user-assigned managed
    /// identity it is the identity's name, which most people use on the server too; but any name may be
    /// chosen there. `None` for a system-assigned
    /// identity and a service principal: their tokens hold no name. A member of a group may have to
    /// log in with the group's name instead.
    pub fn user_name_guess(&self) -> Option<&str> {
        [&self.upn, &self.preferred_username, &self.unique_name]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .find(|name| is_login_name(name))
            .or_else(|| user_assigned_identity(self.xms_mirid.as_deref()?))
    }
}

fn unreadable(reason: &str) -> Error {
    Error::new(
        ErrorKind::MalformedResponse,
        format!("the token's claims cannot be read: {reason}; check where the token comes from"),
    )
}

/// One text or a list of them; anything else in the list is ignored.
fn texts(claim: &Value) -> Vec<String> {
    let list = claim
        .as_array()
        .map_or(std::slice::from_ref(claim), |it| it);
    list.iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// Azure's older endpoints send numbers as text.
pub(crate) fn seconds_since_1970(claim: &Value) -> Option<SystemTime> {
    let seconds = match claim {
        Value::String(text) => text.parse().ok()?,
        number => number.as_u64()?,
    };
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

fn is_login_name(name: &str) -> bool {
    let of_a_guest = name
        .get(.."live.com#".len())
        .is_some_and(|start| start.eq_ignore_ascii_case("live.com#"));
    !name.is_empty() && !of_a_guest
}

/// The name at the end of
/// `/subscriptions/.../providers/Microsoft.ManagedIdentity/userAssignedIdentities/name`.
fn user_assigned_identity(resource_id: &str) -> Option<&str> {
    let mut segments = resource_id.rsplit('/');
    let name = segments.next().filter(|name| !name.is_empty())?;
    [
        "userAssignedIdentities",
        "Microsoft.ManagedIdentity",
        "providers",
    ]
    .into_iter()
    .all(|expected| {
        segments
            .next()
            .is_some_and(|segment| segment.eq_ignore_ascii_case(expected))
    })
    .then_some(name)
}
