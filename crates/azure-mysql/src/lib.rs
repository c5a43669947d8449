#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

mod builder;
mod client_type;
mod environment;
mod error;
mod identity;
pub mod python;
pub mod refusal;
mod settings;
mod trust;

pub use builder::SettingsBuilder;
pub use client_type::ClientType;
pub use environment::Environment;
pub use error::{Error, ErrorKind};
pub use identity::Identity;
pub use settings::Settings;
pub use token_source;
pub use trust::Trust;
