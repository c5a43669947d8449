//! The MySQL server: Azure's login over MySQL's protocol, in front of the small SQL or of a real server.

mod answer;
mod auth_error;
mod binary;
mod change_user;
mod commands;
mod connection;
mod copied_session;
mod disconnect;
mod fault;
mod greeting;
mod latency;
mod listener;
mod log;
mod login;
mod metrics;
mod prepared;
mod start;
mod state;
mod statements;
mod text;

pub(crate) use fault::Latency;
pub use fault::{LoginFault, LoginStep};
pub(crate) use listener::MySqlServer;
pub use metrics::LoginRefusal;
pub(crate) use start::start;
pub(crate) use state::Answers;
