use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::Error;

/// "Azure OSSRDBMS Database", the resource that every Azure database for MySQL shares. Microsoft
/// Entra names it by its URI or by its application id, so `aud` can be either.
const DEFAULT_AUDIENCES: [&str; 2] = [
    "https://ossrdbms-aad.database.windows.net",
    "123cd850-d9df-40bd-94d5-c9f07b7fa203",
];

/// Validity is given in whole seconds and both machines follow network time, so rounding is all
/// that must be forgiven. More would let expired tokens in.
const DEFAULT_LEEWAY_SECONDS: u64 = 1;

/// Who may issue tokens, for which audience and with which keys.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// A file with the issuer's public keys, in the form of the tenant's
    /// [`jwks_uri`](https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-the-signature).
    pub jwks_file: PathBuf,
    /// The tenant whose tokens are accepted.
    pub tenant_id: String,
    /// Values of `aud` that are accepted. Defaults to Azure's database resource in the public
    /// cloud, as URI and as GUID, because Microsoft Entra writes either.
    #[serde(default = "default_audiences")]
    pub audiences: Vec<String>,
    /// Values of `iss` that are accepted. Defaults to the tenant's v1 and v2 issuers in Azure's
    /// public cloud, because the kind of endpoint that a client asked decides between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuers: Option<Vec<String>>,
    /// How far the clocks of issuer and server may differ, in seconds. Defaults to 1: validity
    /// is given in whole seconds, so rounding must be forgiven, and no more.
    #[serde(default = "default_leeway_seconds")]
    pub leeway_seconds: u64,
}

impl Config {
    /// A configuration with a key file, a tenant, and defaults for the rest.
    pub fn new(jwks_file: impl Into<PathBuf>, tenant_id: impl Into<String>) -> Self {
        Self {
            jwks_file: jwks_file.into(),
            tenant_id: tenant_id.into(),
            audiences: default_audiences(),
            issuers: None,
            leeway_seconds: DEFAULT_LEEWAY_SECONDS,
        }
    }

    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let text = fs::read(path).map_err(|error| {
            Error::new(format!("cannot read the configuration {}", path.display())).caused_by(error)
        })?;
        let mut config: Self = serde_json::from_slice(&text).map_err(|error| {
            Error::new(format!(
                "the configuration {} is not usable",
                path.display()
            ))
            .caused_by(error)
        })?;
        // A server's working directory is its data folder, which nobody would guess.
        if let Some(folder) = path.parent() {
            config.jwks_file = folder.join(&config.jwks_file);
        }
        Ok(config)
    }

    pub(crate) fn accepted_issuers(&self) -> Vec<String> {
        self.issuers.clone().unwrap_or_else(|| {
            let tenant = &self.tenant_id;
            vec![
                format!("https://sts.windows.net/{tenant}/"),
                format!("https://login.microsoftonline.com/{tenant}/v2.0"),
            ]
        })
    }
}

fn default_audiences() -> Vec<String> {
    DEFAULT_AUDIENCES.map(String::from).to_vec()
}

fn default_leeway_seconds() -> u64 {
    DEFAULT_LEEWAY_SECONDS
}
