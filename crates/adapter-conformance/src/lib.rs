#![doc = include_str!("../README.md")]

mod adapter;
mod blocking_pool;
mod check;
mod checks;
mod child;
mod connect;
mod error_capture;
mod failure;
mod identity;
mod log;
mod sources;
mod suite;

pub use adapter::{Abandoned, Adapter};
pub use blocking_pool::{BlockingConnection, BlockingPool};
pub use error_capture::ErrorCapture;
pub use failure::{Failure, FailureKind};
pub use sources::{EmulatorTokens, Sequence};
pub use suite::{Suite, main};
