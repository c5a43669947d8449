//! What this adapter promises besides what all adapters do, kept by a server: the embedded
//! one, or the one that `TEST_SERVER` names. One file a promise.

mod ask;
mod migrations_and_transactions_work;
mod pools_are_like_diesels_own;
mod without_async_threads_do_not_matter;

use test_servers::{ServerKind, ServerTls, TestEnv};
use token_source_diesel::Connector;

/// A server, and an account there that no other test uses.
async fn shared_env() -> TestEnv {
    shared_env_with(ServerTls::Trusted).await
}

/// The same, where a client that verifies the server finds this.
async fn shared_env_with(tls: ServerTls) -> TestEnv {
    let server = ServerKind::from_env().unwrap();
    TestEnv::shared(server, tls, &[]).await.unwrap()
}

/// A server that no other test uses: for what makes tables.
async fn own_env() -> TestEnv {
    let server = ServerKind::from_env().unwrap();
    TestEnv::builder(server).start().await.unwrap()
}

/// A connector whose tokens the server accepts.
fn connector(env: &TestEnv) -> Connector {
    Connector::with_tokens(&env.settings(), env.token_cache())
}
