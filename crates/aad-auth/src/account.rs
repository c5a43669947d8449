use std::{fmt, str::FromStr};

use crate::Error;

/// What a MySQL account stands for in Microsoft Entra.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccountKind {
    /// A person, known by the object id. Written `AADUser`.
    User,
    /// A group, known by the object id. Its members log in with their own tokens.
    /// Written `AADGroup`.
    Group,
    /// A managed identity or an application, known by the client id. Written `AADSP`.
    ServicePrincipal,
}

impl AccountKind {
    fn prefix(self) -> &'static str {
        match self {
            Self::User => "AADUser",
            Self::Group => "AADGroup",
            Self::ServicePrincipal => "AADSP",
        }
    }
}

/// The Microsoft Entra identity that a MySQL account belongs to.
///
/// Its text is what Azure's server shows as the authentication string in
/// `SHOW CREATE USER`: the kind, the id, the word `upn` and the name, separated by colons,
/// such as `AADSP:6a1c0b7e-58f2-4bd0-9d1f-0c4f6f3d2a11:upn:app`.
///
/// A login is decided by the id alone. The name is for people: a user who was deleted and made
/// anew under the same name is [another user][names].
///
/// [names]: https://learn.microsoft.com/azure/mysql/flexible-server/security-entra-authentication
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Account {
    kind: AccountKind,
    id: String,
    name: String,
}

impl Account {
    /// An account of a kind, with the id that tokens are compared to and the name it was given.
    ///
    /// The id is the client id for a service principal, and the object id otherwise.
    pub fn new(kind: AccountKind, id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            kind,
            id: id.into(),
            name: name.into(),
        }
    }

    /// What the account stands for.
    pub fn kind(&self) -> AccountKind {
        self.kind
    }

    /// The client id of a service principal, the object id of a user or a group.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name that the account was given. It may hold a colon.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:upn:{}", self.kind.prefix(), self.id, self.name)
    }
}

impl FromStr for Account {
    type Err = Error;

    /// Reads an authentication string.
    ///
    /// # Errors
    ///
    /// When the kind is unknown, the id or the name is missing, or the word `upn` is not where
    /// it belongs. The error does not repeat the text: somebody may have put a password there.
    fn from_str(text: &str) -> Result<Self, Error> {
        let mut parts = text.splitn(4, ':');
        let prefix = parts.next().unwrap_or_default();
        let kind = [
            AccountKind::User,
            AccountKind::Group,
            AccountKind::ServicePrincipal,
        ]
        .into_iter()
        .find(|kind| kind.prefix() == prefix)
        .ok_or_else(|| unreadable("it starts with none of AADUser, AADGroup, AADSP"))?;
        let id = parts
            .next()
            .filter(|id| !id.trim().is_empty())
            .ok_or_else(|| unreadable("the id is missing"))?;
        if parts.next() != Some("upn") {
            return Err(unreadable("the word upn does not follow the id"));
        }
        let name = parts
            .next()
            .filter(|name| !name.is_empty())
            .ok_or_else(|| unreadable("the name is missing"))?;
        Ok(Self::new(kind, id, name))
    }
}

fn unreadable(what: &str) -> Error {
    Error::new(format!(
        "not an authentication string for Microsoft Entra: {what}; expected \
         AADUser:<object id>:upn:<name>, AADGroup:<object id>:upn:<name> or \
         AADSP:<client id>:upn:<name>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_reads_back_as_it_was_written() {
        for kind in [
            AccountKind::User,
            AccountKind::Group,
            AccountKind::ServicePrincipal,
        ] {
            let account = Account::new(kind, "6a1c0b7e-58f2-4bd0-9d1f-0c4f6f3d2a11", "app");
            assert_eq!(account.to_string().parse::<Account>().unwrap(), account);
        }
    }

    #[test]
    fn the_text_is_what_azure_shows() {
        let text = |kind| Account::new(kind, "1", "n").to_string();
        assert_eq!(text(AccountKind::User), "AADUser:1:upn:n");
        assert_eq!(text(AccountKind::Group), "AADGroup:1:upn:n");
        assert_eq!(text(AccountKind::ServicePrincipal), "AADSP:1:upn:n");
    }

    #[test]
    fn a_name_may_hold_colons() {
        let account: Account = "AADGroup:1:upn:team:upn:db".parse().unwrap();
        assert_eq!(account.name(), "team:upn:db");
    }

    #[test]
    fn other_texts_are_refused_with_the_part_that_is_wrong() {
        for (text, wrong) in [
            ("", "starts with none"),
            ("secret", "starts with none"),
            ("aadsp:1:upn:n", "starts with none"),
            ("AADApp:1:upn:n", "starts with none"),
            (" AADSP:1:upn:n", "starts with none"),
            ("AADSP", "id is missing"),
            ("AADSP:", "id is missing"),
            ("AADSP: :upn:n", "id is missing"),
            ("AADSP::upn:n", "id is missing"),
            ("AADSP:1", "upn does not follow"),
            ("AADSP:1:n", "upn does not follow"),
            ("AADSP:1:UPN:n", "upn does not follow"),
            ("AADSP:1:upn", "name is missing"),
            ("AADSP:1:upn:", "name is missing"),
        ] {
            let error = text.parse::<Account>().unwrap_err().to_string();
            assert!(error.contains(wrong), "{text:?} gave {error:?}");
            assert!(!error.contains("secret"), "{error:?} repeats the text");
        }
    }
}
