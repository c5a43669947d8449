//! HTTP on loopback, and how a token endpoint can fail to answer.

mod body;
mod fault;
mod server;

pub use fault::TokenFault;
pub(crate) use fault::play;
pub(crate) use server::{PATIENCE, Server, bind};
