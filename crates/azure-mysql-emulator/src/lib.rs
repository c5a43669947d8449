#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

#[cfg(unix)]
mod azure_cli;
mod builder;
mod certificates;
mod clock;
mod counters;
mod emulator;
mod entra;
mod environment;
mod error;
mod faults;
mod files;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod http;
mod keys;
mod managed_identity;
mod mysql;
mod service_connector;
mod sql;
mod tenant;

#[cfg(unix)]
pub use azure_cli::AzureCli;
pub use builder::EmulatorBuilder;
pub use certificates::{CertificateAuthority, ClientCertificate, ServerCertificate};
pub use counters::Counters;
pub use emulator::Emulator;
pub use entra::cluster::ServiceAccountTokenBuilder;
pub use environment::Platform;
pub use error::Error;
pub use faults::Faults;
pub use http::TokenFault;
pub use mysql::{LoginFault, LoginRefusal, LoginStep};
pub use service_connector::ServerAddress;
pub use tenant::{Group, Principal, TokenBuilder};
