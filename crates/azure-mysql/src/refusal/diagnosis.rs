use std::fmt;

/// What was observed of a failed login.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Evidence<'a> {
    /// The database server's error.
    Server {
        /// Its number, such as 1045.
        number: u16,
        /// Its text.
        message: &'a str,
    },
    /// What the TLS library said about the server or its certificate.
    Tls(&'a str),
    /// Why there was no token to log in with.
    Token(&'a token_source::Error),
}

/// The likeliest cause of a failed login, with its remedy: [`Display`](fmt::Display) gives both in
/// one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    cause: Cause,
    text: String,
}

/// What caused a failed login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The token is for another service:
    /// [azure-sdk-for-java#43407](https://github.com/Azure/azure-sdk-for-java/issues/43407).
    WrongAudience,
    /// The token, or the authority, belongs to another Azure cloud than the server.
    OtherCloud,
    /// The token was issued by another tenant than the identity's.
    OtherTenant,
    /// The token has expired, by this machine's clock.
    Expired,
    /// The token is not valid yet, by this machine's clock or perhaps the server's.
    NotYetValid,
    /// The MySQL user was created with the identity's object id, but needs its client id:
    /// [azure-sdk-for-java#38281](https://github.com/Azure/azure-sdk-for-java/issues/38281).
    ObjectIdInsteadOfClientId,
    /// The MySQL user belongs to another identity.
    OtherPrincipal,
    /// The MySQL user represents a group that the token does not list:
    /// [terraform-provider-mysql#84](https://github.com/petoju/terraform-provider-mysql/issues/84).
    NotInGroup,
    /// A member of a group logs in with the group's name, not with their own:
    /// [azure-docs#121045](https://github.com/MicrosoftDocs/azure-docs/issues/121045).
    MemberByOwnName,
    /// The MySQL user does not exist, or does not belong to the token's owner:
    /// [azure-service-operator#3344](https://github.com/Azure/azure-service-operator/issues/3344).
    NameNotMatching,
    /// The name ends in the `@server` of the retired Single Server:
    /// [azure-docs#46361](https://github.com/MicrosoftDocs/azure-docs/issues/46361).
    ServerInName,
    /// The name of the token's owner is longer than MySQL allows, so the user has another one.
    NameTooLong,
    /// A setting is an unresolved Key Vault reference.
    UnresolvedKeyVaultReference,
    /// The server received no password: a session was changed to another user without a token:
    /// [azure-sdk-for-java#31599](https://github.com/Azure/azure-sdk-for-java/issues/31599).
    NoTokenSent,
    /// The connection does not use TLS, or the server does not offer it.
    NoTls,
    /// The server's certificate was not issued by a trusted root.
    UnknownRoot,
    /// The server's certificate is for another name.
    OtherHostName,
    /// The host has no such managed identity.
    NoSuchIdentity,
    /// The host has several managed identities, and none was named.
    AmbiguousIdentity,
    /// Entra rejected the client secret.
    BadClientSecret,
    /// The federated credential does not match the service account's token.
    FederationMismatch,
}

impl Diagnosis {
    pub(super) fn new(cause: Cause, text: impl Into<String>) -> Self {
        Self {
            cause,
            text: text.into(),
        }
    }

    /// What caused the failure.
    pub fn cause(&self) -> Cause {
        self.cause
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
