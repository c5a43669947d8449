//! Servers that the tests of this process share, each test with an account of its own. A real server
//! takes a second or two to start, and much of the machine meanwhile.

use std::sync::LazyLock;

use azure_mysql_emulator::Principal;
use tokio::{
    runtime::{Builder, Runtime},
    sync::Mutex,
};

use super::{builder::ServerTls, kind::ServerKind, temporary, test_env::TestEnv};
use crate::Error;

/// More than most programs have tests: who comes later gets another server.
const ACCOUNTS: u32 = 128;

/// The servers' tasks must outlive the test that starts them.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("there is a runtime")
});

static SERVERS: Mutex<Vec<Shared>> = Mutex::const_new(Vec::new());

/// Servers with the same of these are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    kind: ServerKind,
    tls: ServerTls,
    residents: Vec<String>,
}

struct Shared {
    key: Key,
    env: TestEnv,
    unused: Vec<Principal>,
}

impl TestEnv {
    /// An environment whose account nobody else uses. Where the emulator checks tokens, the server is
    /// its own too: it starts in no time, and it can be told to misbehave. A real one is shared with
    /// other tests of this process: its tables, and what it counts, are everybody's.
    ///
    /// `residents` can log in to the server as well.
    ///
    /// # Errors
    ///
    /// If it does not start.
    pub async fn shared(
        kind: ServerKind,
        tls: ServerTls,
        residents: &[Principal],
    ) -> Result<Self, Error> {
        if kind.has_emulated_login() {
            let account = Principal::system_assigned("aad_app");
            let builder = Self::builder(kind).tls(tls).principal(account);
            return builder.principals(residents.iter().cloned()).start().await;
        }
        account(kind, tls, residents).await
    }

    /// Stops the shared servers that nobody uses any more. Others end with the process.
    ///
    /// # Errors
    ///
    /// If one of them does not stop.
    ///
    /// # Panics
    ///
    /// Within a tokio runtime.
    pub fn stop_shared() -> Result<(), Error> {
        let servers: Vec<_> = SERVERS.blocking_lock().drain(..).collect();
        servers
            .into_iter()
            .try_for_each(|shared| RUNTIME.block_on(shared.env.stop()))
    }
}

async fn account(
    kind: ServerKind,
    tls: ServerTls,
    residents: &[Principal],
) -> Result<TestEnv, Error> {
    let key = Key {
        kind,
        tls,
        residents: residents
            .iter()
            .map(|it| it.mysql_user().to_owned())
            .collect(),
    };
    let mut servers = SERVERS.lock().await;
    let known = servers.iter_mut().find(|shared| shared.key == key);
    if let Some(Shared { env, unused, .. }) = known
        && let Some(principal) = unused.pop()
    {
        return Ok(env.with_principal(principal));
    }
    // One that has no account left is used only by those who have one.
    servers.retain(|shared| shared.key != key);
    let mut shared = Shared::start(key, residents).await?;
    let principal = shared.unused.pop().expect("it has just been started");
    let env = shared.env.with_principal(principal);
    servers.push(shared);
    Ok(env)
}

impl Shared {
    async fn start(key: Key, residents: &[Principal]) -> Result<Self, Error> {
        temporary::begin();
        let unused: Vec<_> = (0..ACCOUNTS)
            .map(|number| Principal::user_assigned(format!("aad_app_{number}")))
            .collect();
        let builder = TestEnv::builder(key.kind)
            .tls(key.tls)
            .principals(residents.iter().chain(&unused).cloned());
        let env = RUNTIME.spawn(builder.start()).await.expect("no panic")?;
        Ok(Self { key, env, unused })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[tokio::test]
    async fn no_account_is_given_to_two_tests() {
        let mut servers = HashSet::new();
        let mut accounts = HashSet::new();
        let mut kept = Vec::new();
        for _ in 0..=ACCOUNTS {
            let env = account(ServerKind::Embedded, ServerTls::Trusted, &[]).await;
            let env = env.unwrap();
            let port = env.address().port;
            servers.insert(port);
            accounts.insert((port, env.user().to_owned()));
            kept.push(env);
        }
        assert_eq!(accounts.len(), kept.len());
        assert_eq!(servers.len(), 2, "the first has no more");
    }
}
