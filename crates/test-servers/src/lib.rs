#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

mod blocking;
mod client;
mod client_library;
mod debian;
mod error;
mod folder;
mod greeting;
mod installation;
mod kind;
mod mariadb;
mod mysql;
mod options;
mod plugin;
mod process;
mod product;
mod sandbox;
mod server;
mod sql;
mod unpacked;

pub use blocking::blocking;
pub use client::CommandLineClient;
pub use client_library::ClientLibrary;
pub use error::Error;
pub use installation::Installation;
pub use kind::ServerKind;
pub use options::ServerOptions;
pub use plugin::Plugin;
pub use product::Product;
pub use sandbox::{Sandbox, SandboxBuilder, ServerTls};
pub use server::Server;
