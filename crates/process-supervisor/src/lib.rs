#![doc = include_str!("../README.md")]
#![cfg(unix)]

mod folder;
pub mod orphans;
mod output;
mod process;
mod watchdog;

pub use folder::TemporaryFolder;
pub use output::Output;
pub use process::{Options, Process};
