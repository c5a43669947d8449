use aad_auth::{Account, AccountKind};

use super::{
    Principal,
    principal::{random_guid, same_id},
};

/// A group of the emulator's tenant, with its members. They log in to MySQL as the group: with the
/// group's name as the user, and their own token.
///
/// A member need not be a [principal of the emulator](crate::EmulatorBuilder::principal): one that is
/// not has no MySQL user of its own. The object id is a random GUID unless set.
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

    /// Adds a member, identified by object id.
    ///
    /// The member's tokens list the group in `groups`, unless they would list more than 200:
    /// [then they list none](https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference#groups-overage-claim).
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

    /// The object id: the value in the `groups` claim.
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
            .any(|member| same_id(member, principal.object_id()))
    }
}
