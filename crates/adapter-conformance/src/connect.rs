//! How a check connects, and to which server.

use std::time::Duration;

use azure_mysql::Settings;
use test_servers::{ServerKind, ServerTls, TestEnv};
use token_source::{TokenCache, TokenSource};

use crate::{adapter::Adapter, failure::Failure, identity};

/// How a connection is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectPath {
    Direct,
    FromPool,
}

impl ConnectPath {
    pub(crate) const ALL: [Self; 2] = [Self::Direct, Self::FromPool];

    /// Logs in once, and says why not.
    pub(crate) async fn log_in<A: Adapter>(
        self,
        settings: &Settings,
        source: impl TokenSource + 'static,
    ) -> Result<(), Failure> {
        let tokens = TokenCache::new(source);
        match self {
            Self::Direct => A::connect(settings, tokens).await,
            Self::FromPool => {
                let pool = A::pool(settings, tokens, 1).await?;
                A::get(&pool).await.map(drop)
            }
        }
    }
}

/// A pool over a source of tokens.
pub(crate) async fn pool<A: Adapter>(
    env: &TestEnv,
    source: impl TokenSource + 'static,
    max_size: u32,
) -> Result<A::Pool, Failure> {
    A::pool(&env.settings(), TokenCache::new(source), max_size).await
}

/// An account that no other check uses. A real server is shared with other checks.
pub(crate) async fn shared_env(server: ServerKind) -> TestEnv {
    shared_env_with_tls(server, ServerTls::Trusted).await
}

/// The same, where a client that verifies the server finds this.
pub(crate) async fn shared_env_with_tls(server: ServerKind, tls: ServerTls) -> TestEnv {
    // Keys are made for some of them, which takes a while.
    let residents = match tls {
        ServerTls::Trusted if !server.has_emulated_login() => identity::principals(),
        _ => &[],
    };
    let env = TestEnv::shared(server, tls, residents).await;
    env.expect("the server starts")
}

/// A server that no other check uses: for what counts the server's connections, or reads its whole log.
pub(crate) async fn own_env(server: ServerKind) -> TestEnv {
    let env = TestEnv::builder(server).start().await;
    env.expect("the server starts")
}

/// Waits until nobody is connected any more. A real server is not asked: whoever asks it is connected.
pub(crate) async fn nobody_is_left(env: &TestEnv) {
    for _ in 0..100 {
        if env.emulator().counters().open_connections == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("somebody is left: {:?}", env.emulator().counters());
}
