#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

// The model takes the place of the runtime.
#[cfg(shuttle)]
extern crate shuttle_tokio as tokio;

mod cache;
mod claims;
mod clock;
mod cloud;
mod credential_kind;
#[doc = include_str!("defaults.md")]
pub mod defaults {}
pub mod entra;
mod error;
mod policy;
mod source;
mod token;

pub use cache::{
    LastFetch, Readiness, RejectOutcome, Status, TokenCache, TokenCacheBuilder, Updates,
};
pub use claims::Claims;
pub use clock::Clock;
pub use cloud::Cloud;
pub use error::{EndpointFailure, Error, ErrorKind, IdentityProblem};
pub use secrecy::SecretString;
pub use source::TokenSource;
pub use token::{Token, TokenStatus};
