use std::borrow::Cow;

use token_source::Cloud as EntraCloud;

/// An Azure cloud: where identities log in, which resource a database token is for, and what the
/// databases are called.
///
/// The addresses are those of the
/// [Azure CLI](https://github.com/Azure/azure-cli/blob/dev/src/azure-cli-core/azure/cli/core/cloud.py).
///
/// ```
/// use azure_mysql::Cloud;
///
/// let cloud = Cloud::CHINA;
/// assert_eq!(cloud.authority(), "https://login.chinacloudapi.cn");
/// assert_eq!(cloud.database_scope(), "https://ossrdbms-aad.database.chinacloudapi.cn/.default");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    entra: EntraCloud,
    database_resource: Cow<'static, str>,
    database_domain: Cow<'static, str>,
}

impl Cloud {
    /// The public cloud.
    pub const PUBLIC: Self = Self::known(
        EntraCloud::PUBLIC,
        "https://ossrdbms-aad.database.windows.net",
        "database.azure.com",
    );

    /// Azure in China, operated by 21Vianet.
    pub const CHINA: Self = Self::known(
        EntraCloud::CHINA,
        "https://ossrdbms-aad.database.chinacloudapi.cn",
        "database.chinacloudapi.cn",
    );

    /// Azure for the US Government.
    pub const US_GOVERNMENT: Self = Self::known(
        EntraCloud::US_GOVERNMENT,
        "https://ossrdbms-aad.database.usgovcloudapi.net",
        "database.usgovcloudapi.net",
    );

    /// A cloud of its own, such as an air-gapped one.
    ///
    /// - `authority`: where identities log in, an `https` address
    /// - `database_resource`: what a token for its open-source databases is for, without `/.default`
    /// - `database_domain`: the end of its database servers' names, without a leading dot and without
    ///   the kind of database, such as `database.example.com`
    ///
    /// Slashes at the end of the addresses are dropped.
    pub fn custom(
        authority: impl Into<String>,
        database_resource: impl Into<String>,
        database_domain: impl Into<String>,
    ) -> Self {
        let mut database_resource = database_resource.into();
        database_resource.truncate(database_resource.trim_end_matches('/').len());
        Self {
            entra: EntraCloud::custom(authority),
            database_resource: Cow::Owned(database_resource),
            database_domain: Cow::Owned(database_domain.into()),
        }
    }

    const fn known(
        entra: EntraCloud,
        database_resource: &'static str,
        database_domain: &'static str,
    ) -> Self {
        Self {
            entra,
            database_resource: Cow::Borrowed(database_resource),
            database_domain: Cow::Borrowed(database_domain),
        }
    }

    /// The same cloud with another authority, for instance that of an emulator.
    ///
    /// The authority is an `https` address; a slash at its end is dropped.
    #[must_use]
    pub fn with_authority(mut self, authority: impl Into<String>) -> Self {
        self.entra = EntraCloud::custom(authority);
        self
    }

    /// What a credential of [`token_source::entra`] needs of it.
    pub fn entra(&self) -> &EntraCloud {
        &self.entra
    }

    /// Where identities log in: an `https` address without a slash at its end.
    pub fn authority(&self) -> &str {
        self.entra.authority()
    }

    /// The resource that a token for Azure's open-source databases is for: the token's audience.
    pub fn database_resource(&self) -> &str {
        &self.database_resource
    }

    /// The same as a scope, as a credential of [`token_source::entra`] takes it.
    pub fn database_scope(&self) -> String {
        format!("{}/.default", self.database_resource)
    }

    /// The domain that the names of the database servers end in, without a leading dot and without
    /// the kind of database.
    pub fn database_domain(&self) -> &str {
        &self.database_domain
    }
}

impl Default for Cloud {
    /// The public cloud, as in every Azure SDK.
    fn default() -> Self {
        Self::PUBLIC
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_cloud_has_the_given_addresses() {
        let cloud = Cloud::custom(
            "https://login.example/",
            "https://db.example/",
            "db.example",
        );
        assert_eq!(cloud.authority(), "https://login.example");
        assert_eq!(cloud.database_resource(), "https://db.example");
        assert_eq!(cloud.database_scope(), "https://db.example/.default");
        assert_eq!(cloud.database_domain(), "db.example");
    }

    #[test]
    fn another_authority_keeps_the_database() {
        let cloud = Cloud::PUBLIC.with_authority("https://localhost:8443/");
        assert_eq!(cloud.authority(), "https://localhost:8443");
        assert_eq!(cloud.database_resource(), Cloud::PUBLIC.database_resource());
    }
}
