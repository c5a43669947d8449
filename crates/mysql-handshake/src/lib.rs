#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

mod auth;
mod client;
mod error;
mod greeting;
mod maybe_tls;
mod ok;
mod packets;
mod relay;
mod response;
mod rsa;
mod server;
mod server_error;
mod stream;
mod tls;

pub use auth::{
    AuthSwitch, CACHING_SHA2_PASSWORD, CLEAR_PASSWORD, NATIVE_PASSWORD, NONCE_LENGTH, Nonce,
    scramble, verify,
};
pub use client::{Credential, Login, Session, connect, log_in, receive_greeting};
pub use error::{Error, ErrorKind};
pub use greeting::Greeting;
pub use maybe_tls::MaybeTls;
/// The flags in [`Greeting`], [`HandshakeResponse`] and OK packets.
pub use mysql_common::constants::{CapabilityFlags, StatusFlags};
pub use ok::{encode_ok, is_ok};
pub use relay::{RelayEnd, relay};
pub use response::{FirstPacket, HandshakeResponse, SslRequest};
pub use server::{greet, nonce, receive_response, request_password, switch};
pub use server_error::ServerError;
pub use stream::PacketStream;
pub use tls::{TlsSession, client_config, server_config};
