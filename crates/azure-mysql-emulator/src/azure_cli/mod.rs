//! A stand-in for the Azure CLI, for tests of developers' credentials.

mod endpoint;
mod logins;
mod program;

pub(crate) use endpoint::{PATH, respond};
pub(crate) use logins::Logins;
pub use program::AzureCli;
