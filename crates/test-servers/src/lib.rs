#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

mod blocking;
mod env;
mod error;
mod provision;
mod server;

pub use blocking::blocking;
pub use env::{ServerKind, ServerTls, TestEnv, TestEnvBuilder, temporary};
pub use error::Error;
pub use provision::{
    ClientLibrary, CommandLineClient, Installation, Interpreter, Language, Plugin, Product,
};
pub use server::{Server, ServerOptions};
