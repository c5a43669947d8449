#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

mod account;
mod claims;
mod config;
mod error;
mod keys;
pub mod login;
mod refusal;
mod verifier;

pub use account::{Account, AccountKind};
pub use config::Config;
pub use error::Error;
pub use refusal::Refusal;
pub use verifier::Verifier;
