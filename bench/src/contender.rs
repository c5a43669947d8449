//! A driver with its adapter, and the same driver without.

use crate::stage::{PasswordLogin, Stage};

/// Opens connections, in turn with a token and with a static password.
pub(crate) trait Contender: Sized {
    const NAME: &'static str;

    async fn new(stage: &Stage, password: &PasswordLogin, port: u16) -> anyhow::Result<Self>;

    /// Opens a connection with a token, through the adapter, and closes it.
    async fn with_token(&self) -> anyhow::Result<()>;

    /// Opens a connection with a static password, with the driver alone and the same options, and
    /// closes it.
    async fn with_password(&self) -> anyhow::Result<()>;
}
