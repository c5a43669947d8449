//! HTTP on loopback, and how a token endpoint can fail to answer.

mod body;
mod fault;
mod read;
mod server;

pub use fault::TokenFault;
pub(crate) use fault::play;
pub(crate) use read::read;
pub(crate) use server::{Server, bind};
