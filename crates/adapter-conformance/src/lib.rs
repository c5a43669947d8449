#![doc = include_str!("../README.md")]

mod adapter;
mod checks;
mod log;
mod run;
mod sources;
mod stage;

pub use adapter::{Adapter, Failure, FailureKind};
pub use run::main;
pub use sources::{InTurn, Mint};
pub use stage::Stage;
