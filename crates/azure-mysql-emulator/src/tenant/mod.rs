//! The tenant: who is in it, what their tokens say, and which key signs them.

mod directory;
mod group;
mod issued_tokens;
mod principal;
mod signing_key;
mod token;
mod validation;

pub(crate) use directory::{ClientCredential, Directory};
pub use group::Group;
pub(crate) use issued_tokens::IssuedTokens;
pub use principal::Principal;
pub(crate) use principal::{PrincipalKind, random_guid, same_id};
pub(crate) use signing_key::SigningKey;
pub use token::TokenBuilder;
pub(crate) use token::{PUBLIC_RESOURCE, unix_seconds};
pub(crate) use validation::validate;
