#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

#[cfg(unix)]
mod azure_cli;
mod backend;
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
mod http;
mod keys;
mod managed_identity;
mod mysql;
mod platform;
mod redacted;
mod service_connector;
mod sql;
mod tenant;

#[cfg(unix)]
pub use azure_cli::AzureCli;
pub use backend::Backend;
pub use builder::EmulatorBuilder;
pub use certificates::{CertificateAuthority, ClientCertificate, ServerCertificate};
pub use counters::Counters;
pub use emulator::Emulator;
pub use entra::cluster::ServiceAccountTokenBuilder;
pub use error::Error;
pub use faults::{Faults, TokenFault};
pub use mysql::{LoginFault, LoginRefusal, LoginStep};
pub use platform::Platform;
pub use service_connector::ServerAddress;
pub use tenant::{Group, Principal, TokenBuilder};
