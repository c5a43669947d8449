//! What this adapter's pools promise besides what all adapters do, kept by a server: the embedded
//! one, or the one that `TEST_SERVER` names. One file a promise.

mod missing_token_names_its_cause;
mod pooled_sessions_are_new;
mod pools_keep_their_limits;

use test_servers::{ServerKind, ServerTls, TestEnv};
use token_source_mysql_async::Connector;

/// A server, and an account there that no other test uses.
async fn shared_env() -> TestEnv {
    let server = ServerKind::from_env().unwrap();
    let env = TestEnv::shared(server, ServerTls::Trusted, &[]).await;
    env.unwrap()
}

/// A server that no other test uses: for what makes tables or counts connections.
async fn own_env() -> TestEnv {
    let server = ServerKind::from_env().unwrap();
    TestEnv::builder(server).start().await.unwrap()
}

/// A connector whose tokens the server accepts.
fn connector(env: &TestEnv) -> Connector {
    Connector::with_tokens(&env.settings(), env.token_cache())
}
