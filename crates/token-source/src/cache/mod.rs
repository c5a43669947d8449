//! The cache: what callers see is in [`handle`], what happens behind in [`shared`] and [`keeper`].

// The model has no threads beside its own.
#[cfg(not(shuttle))]
mod blocking;
mod builder;
mod current;
mod fetch;
mod handle;
mod keeper;
mod shared;
mod status;
mod updates;

pub use builder::TokenCacheBuilder;
pub use handle::{Replacement, TokenCache};
pub use status::{LastFetch, Status};
pub use updates::Updates;
