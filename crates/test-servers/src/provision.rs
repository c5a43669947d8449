//! Getting what tests run: servers, their command-line clients and client libraries from Debian, and the
//! workspace's own plugin from cargo. All of it goes under `target`.

mod client_library;
mod command_line_client;
mod debian;
mod initialise;
mod installation;
mod interpreter;
mod plugin;
mod product;
mod unpacked;

pub use client_library::ClientLibrary;
pub use command_line_client::CommandLineClient;
pub(crate) use initialise::{MARIADB_STORAGE, MYSQL_STORAGE};
pub use installation::Installation;
pub(crate) use installation::option;
pub use interpreter::{Interpreter, Language};
pub use plugin::Plugin;
pub(crate) use plugin::build as build_plugin;
pub use product::Product;
