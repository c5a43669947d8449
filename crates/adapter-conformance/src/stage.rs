use std::{sync::Arc, time::Duration};

use azure_mysql::Settings;
use azure_mysql_emulator::{Emulator, Principal};
use test_servers::{Sandbox, ServerKind, ServerTls};
use token_source::{TokenCache, TokenSource};

use crate::{Adapter, Failure, Mint, shared};

/// A server, an account there that nobody else uses, and that account's principal.
#[derive(Clone, Debug)]
pub struct Stage {
    sandbox: Arc<Sandbox>,
    principal: Principal,
}

impl Stage {
    /// A server as it should be. A real one is shared with other stages of this process: its tables,
    /// and what it counts, are everybody's.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub async fn new(server: ServerKind) -> Self {
        Self::with_tls(server, ServerTls::Trusted).await
    }

    /// The same with a server of which a client that verifies it finds this.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub async fn with_tls(server: ServerKind, tls: ServerTls) -> Self {
        // It starts in no time, and it can be told to misbehave, which others must not notice.
        if server == ServerKind::Embedded {
            return Self::start(server, tls).await;
        }
        let (sandbox, principal) = shared::account(server, tls).await;
        Self { sandbox, principal }
    }

    /// A server as it should be, with no other stage on it: for what makes tables, or counts what the
    /// server counts.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub async fn alone(server: ServerKind) -> Self {
        Self::start(server, ServerTls::Trusted).await
    }

    async fn start(server: ServerKind, tls: ServerTls) -> Self {
        let principal = Principal::system_assigned("aad_app");
        let sandbox = Sandbox::builder(server)
            .principal(principal.clone())
            .tls(tls)
            .start()
            .await
            .expect("the sandbox starts");
        Self {
            sandbox: Arc::new(sandbox),
            principal,
        }
    }

    /// The server and the endpoints.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// The endpoints, and the server if it is the embedded one.
    pub fn emulator(&self) -> &Emulator {
        self.sandbox.emulator()
    }

    /// The settings of the principal.
    pub fn settings(&self) -> Settings {
        self.sandbox.settings(&self.principal)
    }

    /// What the server's log says of this account so far: a line for each token that arrived for it,
    /// and one for what the server made of it.
    pub fn log(&self) -> String {
        let user = format!("'{}'", self.user());
        let log = self.sandbox.log();
        let lines = log.split_inclusive('\n');
        lines.filter(|line| line.contains(&user)).collect()
    }

    /// How many tokens have arrived for this account so far.
    pub fn tokens_received(&self) -> usize {
        self.log().matches("aad_auth: token received").count()
    }

    /// How many tokens the server has refused for this account so far.
    pub fn tokens_refused(&self) -> usize {
        self.log().matches("aad_auth: refused").count()
    }

    /// A good token, and one with a wrong signature.
    pub fn good_and_bad(&self) -> (String, String) {
        let token = || self.emulator().token(&self.principal);
        (token().build(), token().signed_by_another_key().build())
    }

    /// A source of good tokens.
    pub fn mint(&self, lifetime: Duration) -> Mint {
        Mint::new(self.clone(), lifetime)
    }

    /// A pool over such a source.
    pub(crate) async fn pool<A: Adapter>(
        &self,
        source: impl TokenSource + 'static,
        max_size: u32,
    ) -> Result<A::Pool, Failure> {
        A::pool(&self.settings(), TokenCache::new(source), max_size).await
    }

    /// Waits until nobody is connected any more. A real server is not asked: whoever asks it is
    /// connected.
    pub(crate) async fn is_left_alone(&self) {
        for _ in 0..100 {
            if self.emulator().counters().open_connections == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("somebody is left: {:?}", self.emulator().counters());
    }

    /// Logs in once, and says why not.
    pub(crate) async fn log_in<A: Adapter>(
        &self,
        way: Way,
        source: impl TokenSource + 'static,
    ) -> Result<(), Failure> {
        way.log_in::<A>(&self.settings(), source).await
    }

    /// The principal that may log in.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The account's name.
    pub fn user(&self) -> &str {
        self.principal.mysql_user()
    }
}

/// How a connection is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Alone,
    FromPool,
}

impl Way {
    pub(crate) const ALL: [Self; 2] = [Self::Alone, Self::FromPool];

    pub(crate) async fn log_in<A: Adapter>(
        self,
        settings: &Settings,
        source: impl TokenSource + 'static,
    ) -> Result<(), Failure> {
        let tokens = TokenCache::new(source);
        match self {
            Self::Alone => A::connect(settings, tokens).await,
            Self::FromPool => {
                let pool = A::pool(settings, tokens, 1).await?;
                A::get(&pool).await.map(drop)
            }
        }
    }
}
