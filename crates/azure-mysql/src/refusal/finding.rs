use std::fmt;

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
    pub(super) fn new(cause: Cause, text: impl Into<String>) -> Self {
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
