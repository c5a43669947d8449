//! What this adapter promises besides what all adapters do, kept by a server: the embedded
//! one, or the one that `TEST_SERVER` names. One file a promise.

mod ask;
mod migrations_and_transactions_work;
mod pools_are_like_diesels_own;
mod without_async_threads_do_not_matter;

use std::{ops::Deref, time::Duration};

use test_servers::{ServerKind, ServerTls};
use token_source_diesel::{Connector, token_source::TokenCache};

/// A server, and an account there that no other test uses.
struct Stage(adapter_conformance::Stage);

impl Stage {
    async fn new() -> Self {
        Self::with(ServerTls::Trusted).await
    }

    async fn with(tls: ServerTls) -> Self {
        let server = ServerKind::from_env().unwrap();
        Self(adapter_conformance::Stage::with_tls(server, tls).await)
    }

    /// A server that no other test is on: for what makes tables.
    async fn alone() -> Self {
        let server = ServerKind::from_env().unwrap();
        Self(adapter_conformance::Stage::alone(server).await)
    }

    /// A connector whose tokens are good ones.
    fn connector(&self) -> Connector {
        let mint = self.mint(Duration::from_secs(3600));
        Connector::with_tokens(&self.settings(), TokenCache::new(mint))
    }
}

impl Deref for Stage {
    type Target = adapter_conformance::Stage;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
