use async_trait::async_trait;
use azure_core::credentials::TokenCredential;
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential,
    AzureDeveloperCliCredentialOptions,
};

use super::{
    failure,
    request::into_token,
    tool::{Run, Tool},
};
use crate::{Cloud, Error, Token, TokenSource};

const AZ: Tool = Tool {
    name: "Azure CLI",
    program: "az",
    log_in: "az login",
    show: "az account get-access-token",
};

const AZD: Tool = Tool {
    name: "Azure Developer CLI",
    program: "azd",
    log_in: "azd auth login",
    show: "azd auth token",
};

/// The person who is logged in to the Azure CLI, for programs on a developer's machine.
///
/// Each fetch runs `az account get-access-token` once, which takes a second or so; it needs `az`
/// 2.54.0 or newer on the `PATH`. The CLI keeps tokens itself and may give the same one again. It is
/// ended when the fetch is given up, for instance by the cache's time-out. See
/// <https://learn.microsoft.com/cli/azure/account#az-account-get-access-token>.
///
/// A fetch needs a tokio runtime with I/O enabled.
#[derive(Debug)]
pub struct AzureCli {
    scope: String,
}

impl AzureCli {
    /// Whoever is logged in, in the CLI's current tenant.
    pub fn new(cloud: &Cloud) -> Self {
        Self {
            scope: cloud.database_scope(),
        }
    }
}

#[async_trait]
impl TokenSource for AzureCli {
    async fn fetch(&self) -> Result<Token, Error> {
        let run = Run::of(&AZ);
        let options = AzureCliCredentialOptions {
            executor: Some(run.clone()),
            ..AzureCliCredentialOptions::default()
        };
        let credential = AzureCliCredential::new(Some(options))
            .map_err(|error| failure::of_construction(AZ.name, &error))?;
        fetch(&*credential, &self.scope, &run).await
    }
}

/// The person who is logged in to the Azure Developer CLI, for programs on a developer's machine.
///
/// Each fetch runs `azd auth token` once. The CLI keeps tokens itself and may give the same one
/// again. It is ended when the fetch is given up. See
/// <https://learn.microsoft.com/azure/developer/azure-developer-cli/reference#azd-auth-token>.
///
/// A fetch needs a tokio runtime with I/O enabled.
#[derive(Debug)]
pub struct AzureDeveloperCli {
    scope: String,
}

impl AzureDeveloperCli {
    /// Whoever is logged in, in the tenant of the CLI's current subscription.
    pub fn new(cloud: &Cloud) -> Self {
        Self {
            scope: cloud.database_scope(),
        }
    }
}

#[async_trait]
impl TokenSource for AzureDeveloperCli {
    async fn fetch(&self) -> Result<Token, Error> {
        let run = Run::of(&AZD);
        let options = AzureDeveloperCliCredentialOptions {
            executor: Some(run.clone()),
            ..AzureDeveloperCliCredentialOptions::default()
        };
        let credential = AzureDeveloperCliCredential::new(Some(options))
            .map_err(|error| failure::of_construction(AZD.name, &error))?;
        fetch(&*credential, &self.scope, &run).await
    }
}

async fn fetch(credential: &dyn TokenCredential, scope: &str, run: &Run) -> Result<Token, Error> {
    credential
        .get_token(&[scope], None)
        .await
        .map(|token| into_token(&token))
        .map_err(|error| run.error(&error))
}
