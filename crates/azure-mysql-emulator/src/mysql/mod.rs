//! The MySQL server: Azure's login over MySQL's protocol, in front of [`crate::sql`].

mod answer;
mod binary;
mod connection;
mod end;
mod fault;
#[cfg(any(test, feature = "fuzzing"))]
mod feed;
mod greeting;
mod latency;
mod listener;
mod log;
mod login;
mod packet;
mod prepared;
mod refused;
mod start;
mod state;
mod statements;
mod tally;
mod text;
mod tls;
mod wire;

pub(crate) use fault::Latency;
pub use fault::{LoginFault, LoginStep};
#[cfg(feature = "fuzzing")]
pub(crate) use feed::feed;
pub(crate) use listener::MySqlServer;
pub(crate) use start::{HOST, start};
pub use tally::LoginRefusal;
