use std::borrow::Cow;

/// An Azure cloud: where identities log in, which resource a database token is for, and what the
/// databases are called.
///
/// The addresses are those of the
/// [Azure CLI](https://github.com/Azure/azure-cli/blob/dev/src/azure-cli-core/azure/cli/core/cloud.py).
///
/// ```
/// use token_source::Cloud;
///
/// let cloud = Cloud::CHINA;
/// assert_eq!(cloud.authority(), "https://login.chinacloudapi.cn");
/// assert_eq!(cloud.database_scope(), "https://ossrdbms-aad.database.chinacloudapi.cn/.default");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    authority: Cow<'static, str>,
    database_resource: Cow<'static, str>,
    database_domain: Cow<'static, str>,
}

impl Cloud {
    /// The public cloud.
    pub const PUBLIC: Self = Self::known(
        "https://login.microsoftonline.com",
        "https://ossrdbms-aad.database.windows.net",
        "database.azure.com",
    );

    /// Azure in China, operated by 21Vianet.
    pub const CHINA: Self = Self::known(
        "https://login.chinacloudapi.cn",
        "https://ossrdbms-aad.database.chinacloudapi.cn",
        "database.chinacloudapi.cn",
    );

    /// Azure for the US Government.
    pub const US_GOVERNMENT: Self = Self::known(
        "https://login.microsoftonline.us",
        "https://ossrdbms-aad.database.usgovcloudapi.net",
        "database.usgovcloudapi.net",
    );

    const fn known(
        authority: &'static str,
        database_resource: &'static str,
        database_domain: &'static str,
    ) -> Self {
        Self {
            authority: Cow::Borrowed(authority),
            database_resource: Cow::Borrowed(database_resource),
            database_domain: Cow::Borrowed(database_domain),
        }
    }

    /// The same cloud with another authority, for instance that of an emulator.
    ///
    /// The authority is an `https` address; a slash at its end is dropped.
    #[must_use]
    pub fn with_authority(mut self, authority: impl Into<String>) -> Self {
        let mut authority = authority.into();
        authority.truncate(authority.trim_end_matches('/').len());
        self.authority = Cow::Owned(authority);
        self
    }

    /// Where identities log in: an `https` address without a slash at its end.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The resource that a token for Azure's open-source databases is for. Managed identity
    /// endpoints take it as it is.
    pub fn database_resource(&self) -> &str {
        &self.database_resource
    }

    /// The same as a scope, as the Entra v2 endpoint takes it.
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
    fn an_authority_loses_the_slash_at_its_end() {
        let cloud = Cloud::PUBLIC.with_authority("https://localhost:8443/");
        assert_eq!(cloud.authority(), "https://localhost:8443");
        assert_eq!(cloud.database_resource(), Cloud::PUBLIC.database_resource());
    }
}
