#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

mod builder;
mod checks;
mod client_type;
pub mod django;
pub mod dotnet;
mod endpoint;
mod environment;
mod error;
mod every_client;
pub mod go;
mod identity;
mod inference;
pub mod java;
mod load;
mod mistakes;
mod name;
pub mod nodejs;
pub mod other;
mod percent;
pub mod php;
mod properties;
pub mod python;
mod recognise;
pub mod refusal;
pub mod ruby;
mod settings;
mod sourced;
mod split;
pub mod springboot;
mod tls;
mod trust;
mod variables;

pub use builder::SettingsBuilder;
pub use client_type::ClientType;
pub use environment::Environment;
pub use error::{Error, ErrorKind};
pub use identity::Identity;
pub use settings::Settings;
pub use token_source;
pub use trust::Trust;
