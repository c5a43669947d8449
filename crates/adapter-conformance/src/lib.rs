#![doc = include_str!("../README.md")]

mod adapter;
mod blocking_pool;
mod checks;
mod child;
mod failure;
mod log;
mod overheard;
mod run;
mod shared;
mod sources;
mod stage;
mod temporary;

pub use adapter::{Abandoned, Adapter};
pub use blocking_pool::{BlockingConnection, BlockingPool};
pub use failure::{Failure, FailureKind};
pub use overheard::Overheard;
pub use run::{Suite, main};
pub use sources::{InTurn, Mint};
pub use stage::Stage;
