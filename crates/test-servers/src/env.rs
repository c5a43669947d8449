//! The test environment: the emulator's endpoints, a server that accepts their tokens, and who may log
//! in.

mod builder;
mod kind;
mod shared;
pub mod temporary;
mod test_env;

pub use builder::{ServerTls, TestEnvBuilder};
pub use kind::ServerKind;
pub use test_env::TestEnv;
