#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

mod database;
mod error;
mod executor;

pub use database::Database;
pub use error::Error;
pub use sea_orm;
pub use token_source_sqlx;
pub use token_source_sqlx::{Connector, ErrorKind, azure_mysql, token_source};
