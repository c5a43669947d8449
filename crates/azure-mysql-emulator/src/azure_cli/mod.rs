//! A stand-in for the Azure CLI, for tests of developers' credentials.

mod answer;
mod logins;
mod program;

pub(crate) use answer::{PATH, answer};
pub(crate) use logins::Logins;
pub use program::AzureCli;
