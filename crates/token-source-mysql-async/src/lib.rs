#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

mod connection;
mod connector;
mod error;
mod pool;

pub use azure_mysql;
pub use connection::Connection;
pub use connector::Connector;
pub use error::{Error, ErrorKind};
pub use mysql_async;
pub use pool::{Pool, PooledConnection};
pub use token_source;

/// So that the program in the workspace's README is compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct WorkspaceReadme;
