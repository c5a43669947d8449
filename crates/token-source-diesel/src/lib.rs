#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

#[cfg(not(any(feature = "async", feature = "mysqlclient")))]
compile_error!("without a feature there is nothing here: see the table in README.md");

#[cfg(any(feature = "mysqlclient", feature = "sync"))]
mod blocking;
#[cfg(feature = "async")]
mod connector;
mod error;
#[cfg(feature = "async")]
mod login;
#[cfg(feature = "async")]
mod manager;
#[cfg(feature = "mysqlclient")]
pub mod mysqlclient;
#[cfg(feature = "deadpool")]
mod pool;
#[cfg(feature = "sync")]
mod sync;

pub use azure_mysql;
#[cfg(feature = "async")]
pub use connector::Connector;
pub use diesel;
#[cfg(feature = "async")]
pub use diesel_async;
pub use error::{Error, ErrorKind};
#[cfg(feature = "deadpool")]
pub use pool::{Pool, PooledConnection};
#[cfg(feature = "sync")]
pub use sync::{OwnRuntime, SyncConnection};
pub use token_source;
