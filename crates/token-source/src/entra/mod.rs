//! Microsoft Entra credentials, each a [`TokenSource`](crate::TokenSource).
//!
//! [`azure_identity`] makes the requests, except to managed identity endpoints. Its credentials keep
//! their token and return the same one until five minutes before it expires, so a refresh ahead of
//! time would refresh nothing. Here each fetch uses a new credential, over one HTTP client that keeps
//! its connections.
//!
//! A *scope* says what a token is for, such as `https://vault.azure.net/.default`; managed identity
//! endpoints are sent the resource in it, without `/.default`.
//!
//! Each credential logs in at the [authority](crate::Cloud::authority) of its
//! [`Cloud`](crate::Cloud) and ignores `AZURE_AUTHORITY_HOST`; to follow that variable, pass its value
//! to [`Cloud::custom`](crate::Cloud::custom).

mod aadsts;
#[cfg(feature = "client-certificate")]
mod certificate;
mod chain;
#[cfg(feature = "client-certificate")]
mod client_certificate;
mod client_secret;
mod command_line;
mod credential;
mod environment;
mod exchange;
mod failure;
mod from_environment;
mod managed_identity;
mod probe;
mod sdk;
mod static_token;
mod tool;
mod workload_identity;

pub use chain::Chain;
#[cfg(feature = "client-certificate")]
pub use client_certificate::ClientCertificate;
pub use client_secret::ClientSecret;
pub use command_line::{AzureCli, AzureDeveloperCli};
pub use credential::Credential;
pub use managed_identity::ManagedIdentity;
pub use static_token::StaticToken;
pub use workload_identity::WorkloadIdentity;

pub use crate::credential_kind::CredentialKind;
