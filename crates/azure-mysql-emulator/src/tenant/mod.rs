//! The tenant: who is in it, what their tokens say, and what signs them.

mod directory;
mod given;
mod group;
mod principal;
mod rules;
mod signing_key;
mod token;

pub(crate) use directory::{Directory, PUBLIC_RESOURCE, Proof};
pub(crate) use given::GivenTokens;
pub use group::Group;
pub use principal::Principal;
pub(crate) use principal::{PrincipalKind, random_guid};
pub(crate) use rules::check;
pub(crate) use signing_key::SigningKey;
pub use token::TokenBuilder;
pub(crate) use token::{IssuedToken, unix_seconds};
