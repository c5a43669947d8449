#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

mod connector;
mod error;
mod follower;
mod options;
mod pool;

pub use azure_mysql;
pub use connector::Connector;
pub use error::{Error, ErrorKind};
pub use pool::Pool;
pub use sqlx;
pub use token_source;
