//! What this adapter's pools promise besides what all adapters do, kept by a server: the embedded
//! one, or the one that `TEST_SERVER` names. One file a promise.

mod pooled_sessions_are_new;
mod pools_keep_their_limits;

use std::{ops::Deref, time::Duration};

use test_servers::ServerKind;
use token_source_mysql_async::{Connector, token_source::TokenCache};

/// A server, and an account there that no other test uses.
struct Stage(adapter_conformance::Stage);

impl Stage {
    async fn new() -> Self {
        let server = ServerKind::from_env().unwrap();
        Self(adapter_conformance::Stage::new(server).await)
    }

    /// A server that no other test is on: for what makes tables or counts connections.
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
