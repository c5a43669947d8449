#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

mod builder;
mod check;
mod client_type;
mod cloud;
mod common;
mod credential;
mod detect;
mod discrete_variables;
pub mod django;
pub mod dotnet;
mod endpoint;
mod environment;
mod error;
pub mod go;
mod identity;
pub mod java;
mod misconfiguration;
mod name;
pub mod nodejs;
pub mod other;
mod percent;
pub mod php;
mod properties;
pub mod python;
mod raw;
pub mod refusal;
pub mod ruby;
mod server_cloud;
mod settings;
mod sourced;
pub mod springboot;
mod tls;
mod trust;
mod user;
mod variables;

pub use builder::SettingsBuilder;
pub use client_type::ClientType;
pub use cloud::Cloud;
pub use environment::Environment;
pub use error::{Error, ErrorKind};
pub use identity::Identity;
pub use settings::Settings;
pub use token_source;
pub use trust::Trust;
