//! `MysqlConnection`, over the C client library, where that can be trusted with a token.
//!
//! diesel's `MysqlConnection` leaves TLS to the C library that the program is linked with. Oracle's
//! `libmysqlclient` verifies the server as it is told to. MariaDB Connector/C, Debian's default, may
//! ignore what it is told and send the token in clear to whoever asks. Which of the two it is turns out
//! when the program is run. Therefore a [`ConnectionManager`] tries it before it is made: see
//! [`ConnectionManager::new`].
//!
//! ```toml
//! [dependencies]
//! diesel = { version = "2.3", features = ["mysql", "r2d2"] }
//! # Oracle's library, built with the program: wants cmake, bison, a C++ compiler and OpenSSL's headers.
//! mysqlclient-sys = { version = "0.5", features = ["bundled"] }
//! token-source-diesel = { version = "0.1", features = ["mysqlclient"] }
//! ```
//!
//! ```no_run
//! # use token_source_diesel::diesel;
//! use token_source_diesel::{azure_mysql::Settings, mysqlclient::ConnectionManager};
//!
//! # // Whoever reads this has `diesel::MysqlConnection`; this crate's tests do without the library.
//! # fn run<MysqlConnection>() -> Result<(), Box<dyn std::error::Error>>
//! # where
//! #     MysqlConnection: diesel::r2d2::R2D2Connection<Backend = diesel::mysql::Mysql> + Send + 'static,
//! # {
//! let manager = ConnectionManager::<MysqlConnection>::new(&Settings::from_env()?)?;
//! let pool = diesel::r2d2::Pool::builder().build(manager)?;
//! # Ok(())
//! # }
//! ```
//!
//! This crate itself links no C library: it is the program that chooses one.
//!
//! - The environment variable `LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN` must be `1` when the program starts.
//!   Without it Oracle's library has no way to send a token, and diesel offers no other switch.
//! - diesel puts the password into a URL and tells that URL to its default instrumentation. As long as
//!   one is installed (`diesel::connection::set_default_instrumentation`), no connection is opened.
//!   Instrumentation that is set on a connection afterwards is never told a URL.
//! - Trusted are Azure's three roots, or the private CA. The web roots that other adapters trust
//!   beside Azure's are not: the library takes them from a file, and there is none.
//! - diesel does not pass on the server's error number. A refused login is known by its English text.
//! - Oracle's library has `mysql_native_password` in a file of its own since MySQL 9.0; `bundled` has it
//!   built in. To a server that names this plugin first, as those do whose
//!   `default_authentication_plugin` it is, there is no connection without it, though the account has
//!   another one. `LIBMYSQL_PLUGIN_DIR` tells the library where it is.
//!
//! Where it does not have to be `MysqlConnection`, the feature `sync` has none of these limits.

mod attempt;
mod manager;
mod roots;
mod server;
mod trial;
mod url;

pub use manager::ConnectionManager;
