//! Servers that the stages of this process share, each with an account of its own. A real server
//! takes a second or two to start, and much of the machine meanwhile.

use std::sync::{Arc, LazyLock};

use azure_mysql_emulator::Principal;
use test_servers::{Sandbox, ServerKind, ServerTls};
use tokio::{runtime::Runtime, sync::Mutex};

use crate::{checks, run::runtime, temporary};

/// More than most programs have checks: who comes later gets another server.
const ACCOUNTS: u32 = 128;

/// The servers' tasks must outlive the check that starts them.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(runtime);

static SERVERS: Mutex<Vec<Shared>> = Mutex::const_new(Vec::new());

struct Shared {
    server: ServerKind,
    tls: ServerTls,
    sandbox: Arc<Sandbox>,
    unused: Vec<Principal>,
}

/// A server on which this account was never used. It is the one that others are given too.
pub(crate) async fn account(server: ServerKind, tls: ServerTls) -> (Arc<Sandbox>, Principal) {
    let mut servers = SERVERS.lock().await;
    let shared = Shared::among(&mut servers, server, tls).await;
    if let Some(principal) = shared.unused.pop() {
        return (Arc::clone(&shared.sandbox), principal);
    }
    *shared = Shared::start(server, tls).await;
    let principal = shared.unused.pop().expect("it has just been started");
    (Arc::clone(&shared.sandbox), principal)
}

/// A server as it should be, that knows everybody who logs in with a credential.
pub(crate) async fn everybody(server: ServerKind) -> Arc<Sandbox> {
    let mut servers = SERVERS.lock().await;
    let shared = Shared::among(&mut servers, server, ServerTls::Trusted).await;
    Arc::clone(&shared.sandbox)
}

/// Stops the servers that nobody uses any more. Others end with the process.
pub(crate) fn stop() {
    for shared in SERVERS.blocking_lock().drain(..) {
        if let Some(sandbox) = Arc::into_inner(shared.sandbox) {
            RUNTIME.block_on(sandbox.stop()).expect("the server stops");
        }
    }
}

impl Shared {
    async fn among(servers: &mut Vec<Self>, server: ServerKind, tls: ServerTls) -> &mut Self {
        let is_it = |shared: &Self| (shared.server, shared.tls) == (server, tls);
        if !servers.iter().any(is_it) {
            servers.push(Self::start(server, tls).await);
        }
        let mut servers = servers.iter_mut();
        servers.find(|it| is_it(it)).expect("it is there")
    }

    async fn start(server: ServerKind, tls: ServerTls) -> Self {
        temporary::begin();
        let unused: Vec<_> = (0..ACCOUNTS)
            .map(|number| Principal::user_assigned(format!("aad_app_{number}")))
            .collect();
        let mut sandbox = Sandbox::builder(server).tls(tls);
        // Keys are made for some of them, which takes a while.
        let everybody = match tls {
            ServerTls::Trusted => checks::everybody(),
            _ => &[],
        };
        for principal in everybody.iter().chain(&unused) {
            sandbox = sandbox.principal(principal.clone());
        }
        let sandbox = RUNTIME.spawn(sandbox.start()).await;
        let sandbox = sandbox.expect("no panic").expect("the sandbox starts");
        Self {
            server,
            tls,
            sandbox: Arc::new(sandbox),
            unused,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[tokio::test]
    async fn nobody_gets_an_account_that_somebody_else_has_had() {
        let mut servers = HashSet::new();
        let mut accounts = HashSet::new();
        let mut kept = Vec::new();
        for _ in 0..=ACCOUNTS {
            let (sandbox, principal) = account(ServerKind::Embedded, ServerTls::Trusted).await;
            let port = sandbox.address().port;
            servers.insert(port);
            accounts.insert((port, principal.mysql_user().to_owned()));
            kept.push(sandbox);
        }
        assert_eq!(accounts.len(), kept.len());
        assert_eq!(servers.len(), 2, "the first has no more");
    }
}
