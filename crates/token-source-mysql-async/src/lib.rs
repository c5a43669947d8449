#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

#[cfg(feature = "bb8")]
mod bb8_manager;
mod connection;
mod connector;
mod error;
mod pool;
mod pool_options;
mod pooled_connection;

pub use azure_mysql;
#[cfg(feature = "bb8")]
pub use bb8;
pub use connection::Connection;
pub use connector::Connector;
pub use error::{Error, ErrorKind};
pub use mysql_async;
pub use pool::Pool;
pub use pool_options::PoolOptions;
pub use pooled_connection::PooledConnection;
pub use token_source;
