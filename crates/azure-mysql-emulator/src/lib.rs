#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

mod certificate;
mod counters;
mod directory;
mod emulator;
mod entra;
mod entra_refusal;
mod error;
mod managed_identity;
mod openid;
mod principal;
mod server;
mod signing_key;
mod token;

pub use certificate::{CertificateAuthority, ServerCertificate};
pub use counters::Counters;
pub use emulator::{Emulator, EmulatorBuilder};
pub use error::Error;
pub use principal::Principal;
pub use token::TokenBuilder;
