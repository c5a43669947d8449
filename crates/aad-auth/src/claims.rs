use serde::Deserialize;

/// The claims of an access token that decide a login, see
/// <https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference>.
#[derive(Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: Option<String>,
    pub(crate) tid: Option<String>,
    pub(crate) aud: Option<Audience>,
    pub(crate) nbf: Option<u64>,
    pub(crate) exp: Option<u64>,
    /// The client that asked for the token, in a v1 token.
    pub(crate) appid: Option<String>,
    /// The same in a v2 token.
    pub(crate) azp: Option<String>,
    pub(crate) oid: Option<String>,
    pub(crate) groups: Option<Vec<String>>,
    /// What a user allowed a client to do. A token that an application got for itself has none.
    pub(crate) scp: Option<String>,
}

/// RFC 7519 allows one audience or a list of them.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    pub(crate) fn values(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}
