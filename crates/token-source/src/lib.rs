#![doc = include_str!("../README.md")]
#![warn(clippy::unwrap_used)]

mod cache;
mod clock;
mod cloud;
pub mod entra;
mod error;
mod policy;
mod source;
mod token;

pub use cache::{LastFetch, Replacement, Status, TokenCache, TokenCacheBuilder, Updates};
pub use clock::Clock;
pub use cloud::Cloud;
pub use error::{Error, ErrorKind};
pub use policy::RefreshPolicy;
pub use secrecy::SecretString;
pub use source::TokenSource;
pub use token::{Token, TokenStatus};
