//! HTTP on loopback, and the ways in which a token endpoint can fail.

mod fault;
mod server;
mod truncated_body;

pub(crate) use fault::with_faults;
pub(crate) use server::{Server, bind, extract};
