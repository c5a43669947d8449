#![doc = include_str!("../README.md")]

mod adapter;
mod checks;
mod child;
mod log;
mod run;
mod sources;
mod stage;
mod temporary;

pub use adapter::{Adapter, Failure, FailureKind};
pub use run::{Suite, main};
pub use sources::{InTurn, Mint};
pub use stage::Stage;
