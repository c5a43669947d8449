#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

mod builder;
mod certificate;
mod client_assertion;
mod client_certificate;
mod clock;
mod cluster;
mod counters;
mod database;
mod directory;
mod emulator;
mod entra;
mod entra_refusal;
mod error;
mod faults;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod managed_identity;
mod mysql;
mod openid;
mod principal;
mod server;
mod signing_key;
mod token;

pub use builder::EmulatorBuilder;
pub use certificate::{CertificateAuthority, ServerCertificate};
pub use client_certificate::ClientCertificate;
pub use cluster::ServiceAccountTokenBuilder;
pub use counters::Counters;
pub use emulator::Emulator;
pub use error::Error;
pub use faults::Faults;
pub use mysql::{LoginFault, LoginRefusal, LoginStep};
pub use principal::Principal;
pub use token::TokenBuilder;
