use aad_auth::{Account, AccountKind};

use super::{Principal, random_guid};

/// A group of the emulator's tenant, with its members. They log in to MySQL as the group: with the
/// group's name as the user, and a token of their own.
///
/// Whoever is a member need not be a
/// [principal of the emulator](crate::EmulatorBuilder::principal) as well: a person who is not has
/// no MySQL user of their own. The object id is a random GUID unless set.
#[derive(Clone, Debug)]
pub struct Group {
    name: String,
    alias: Option<String>,
    object_id: String,
    members: Vec<String>,
}

impl Group {
    /// A group without members. `name` is also the MySQL user name.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            alias: None,
            object_id: random_guid(),
            members: Vec::new(),
        }
    }

    /// Makes somebody a member: the object id counts.
    ///
    /// Their tokens name the group in `groups`, unless they are in more than 200 groups:
    /// [then they name none](https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference#groups-overage-claim).
    #[must_use]
    pub fn member(mut self, member: &Principal) -> Self {
        self.members.push(member.object_id().to_owned());
        self
    }

    /// Sets the MySQL user name, as `CREATE AADUSER 'name' AS 'alias'` does.
    #[must_use]
    pub fn with_alias(mut self, alias: impl Into<String>) -> Self {
        self.alias = Some(alias.into());
        self
    }

    /// Sets the object id, a GUID.
    #[must_use]
    pub fn with_object_id(mut self, object_id: impl Into<String>) -> Self {
        self.object_id = object_id.into();
        self
    }

    /// The group's name in Entra.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The MySQL user name: the alias, or else the name.
    pub fn mysql_user(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }

    /// The object id: what the `groups` claim holds.
    pub fn object_id(&self) -> &str {
        &self.object_id
    }

    /// The account's authentication string in MySQL: `AADGroup:<object id>:upn:<name>`.
    pub fn account(&self) -> Account {
        Account::new(AccountKind::Group, &self.object_id, &self.name)
    }

    pub(super) fn has(&self, principal: &Principal) -> bool {
        self.members
            .iter()
            .any(|member| member.eq_ignore_ascii_case(principal.object_id()))
    }
}
