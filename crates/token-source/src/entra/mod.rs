//! Credentials of Microsoft Entra, each a [`TokenSource`](crate::TokenSource).
//!
//! The requests are made by [`azure_identity`]. Its credentials keep their token inside and give
//! the same one again until five minutes before its end, so a refresh ahead of time would refresh
//! nothing. Here a credential is made anew for each fetch, over one HTTP client that keeps its
//! connections.
//!
//! Each takes its token from the [authority](Cloud::authority) of its [`Cloud`], whatever
//! `AZURE_AUTHORITY_HOST` says; a program that wants to follow the variable gives its value to
//! [`Cloud::with_authority`].

#[cfg(feature = "client-certificate")]
mod certificate;
mod chain;
#[cfg(feature = "client-certificate")]
mod client_certificate;
mod client_secret;
mod code;
mod command_line;
mod credential;
mod environment;
mod exchange;
mod failure;
mod managed_identity;
mod member;
mod probe;
mod request;
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
pub use member::Member;
pub use static_token::StaticToken;
pub use workload_identity::WorkloadIdentity;
