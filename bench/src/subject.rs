//! A driver with its adapter, and the same driver without.

use test_servers::TestEnv;

use crate::login::{self, Login};

/// Opens connections, in turn with its adapter and alone.
pub(crate) trait Subject: Sized {
    const NAME: &'static str;

    /// For the server behind a port of loopback.
    async fn new(env: &TestEnv, port: u16) -> anyhow::Result<Self>;

    /// Opens a connection with a token, through the adapter, and closes it.
    async fn with_adapter(&self) -> anyhow::Result<()>;

    /// Opens a connection with the driver alone and the same options, and closes it.
    async fn alone(&self, with: Secret) -> anyhow::Result<()>;
}

/// What a driver alone is given in its options.
#[derive(Clone, Copy)]
pub(crate) enum Secret {
    StaticPassword,
    /// Always the same one, as a program has that never lives longer than its token.
    Token,
}

/// What belongs to each of the two.
pub(crate) struct Pair<T> {
    pub(crate) password: T,
    pub(crate) token: T,
}

impl<T> Pair<T> {
    /// A driver's options for each of the two logins.
    pub(crate) fn of(env: &TestEnv, options: impl Fn(&Login) -> T) -> anyhow::Result<Self> {
        Ok(Self {
            password: options(&login::password_login(env)?),
            token: options(&login::token_login(env)),
        })
    }

    pub(crate) fn with(&self, secret: Secret) -> &T {
        match secret {
            Secret::StaticPassword => &self.password,
            Secret::Token => &self.token,
        }
    }
}
