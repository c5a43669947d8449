//! Running a real server in a folder of its own.

mod folder;
mod greeting;
mod mariadb;
mod mysql;
mod options;
mod quote;
mod sql;
mod start;

pub use options::ServerOptions;
pub use start::Server;
