//! The cache. [`token_cache`] is what callers see; [`state`] decides, [`fetch`] and [`refresh_task`]
//! run in the background.

// The shuttle model has no threads beside its own.
#[cfg(not(shuttle))]
mod blocking;
mod builder;
mod entry;
mod fetch;
mod fetches;
mod refresh_task;
mod state;
mod status;
mod token_cache;
mod updates;

pub use builder::TokenCacheBuilder;
pub use status::{LastFetch, Readiness, Status};
pub use token_cache::{RejectOutcome, TokenCache};
pub use updates::Updates;
