use std::borrow::Cow;

/// An Azure cloud: where identities log in.
///
/// The addresses are those of the
/// [Azure CLI](https://github.com/Azure/azure-cli/blob/dev/src/azure-cli-core/azure/cli/core/cloud.py).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    authority: Cow<'static, str>,
}

impl Cloud {
    /// The public cloud.
    pub const PUBLIC: Self = Self::known("https://login.microsoftonline.com");

    /// Azure in China, operated by 21Vianet.
    pub const CHINA: Self = Self::known("https://login.chinacloudapi.cn");

    /// Azure for the US Government.
    pub const US_GOVERNMENT: Self = Self::known("https://login.microsoftonline.us");

    /// A cloud of its own, such as an air-gapped one or an emulator.
    ///
    /// `authority` is an `https` address; slashes at its end are dropped.
    ///
    /// ```
    /// use token_source::Cloud;
    ///
    /// let cloud = Cloud::custom("https://localhost:8443/");
    /// assert_eq!(cloud.authority(), "https://localhost:8443");
    /// ```
    pub fn custom(authority: impl Into<String>) -> Self {
        let mut authority = authority.into();
        authority.truncate(authority.trim_end_matches('/').len());
        Self {
            authority: Cow::Owned(authority),
        }
    }

    const fn known(authority: &'static str) -> Self {
        Self {
            authority: Cow::Borrowed(authority),
        }
    }

    /// Where identities log in: an `https` address without a slash at its end.
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

impl Default for Cloud {
    /// The public cloud, as in every Azure SDK.
    fn default() -> Self {
        Self::PUBLIC
    }
}
