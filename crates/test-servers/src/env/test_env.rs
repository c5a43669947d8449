//! Token endpoints, a server that accepts their tokens, and who may log in.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use azure_mysql::{ClientType, Settings};
use azure_mysql_emulator::{Emulator, Principal, ServerAddress, TokenBuilder};
use secrecy::SecretString;
use token_source::{TokenCache, entra::StaticToken};

use super::kind::ServerKind;
use crate::{Error, blocking, server::Server};

/// Longer than any run, and as long as Entra's longest tokens.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// What looks like Azure from within: the emulator's token endpoints, a server that accepts their tokens
/// only over TLS, and principals that may log in to it.
///
/// Clones share all of it. It stops when the last of them is stopped or dropped.
#[derive(Clone, Debug)]
pub struct TestEnv {
    services: Arc<Services>,
    principal: Principal,
}

#[derive(Debug)]
pub(super) struct Services {
    pub(super) kind: ServerKind,
    pub(super) emulator: Emulator,
    /// `None` where the emulator answers SQL too.
    pub(super) server: Option<Server>,
    pub(super) principals: Vec<Principal>,
    pub(super) password_account: Option<(String, SecretString)>,
}

impl TestEnv {
    pub(super) fn new(services: Services, principal: Principal) -> Self {
        Self {
            services: Arc::new(services),
            principal,
        }
    }

    /// The same for another principal.
    pub(super) fn with_principal(&self, principal: Principal) -> Self {
        Self {
            services: Arc::clone(&self.services),
            principal,
        }
    }

    /// Which server it has.
    pub fn kind(&self) -> ServerKind {
        self.services.kind
    }

    /// The token endpoints, and the emulator's own MySQL server, which is not used where a real server
    /// checks tokens.
    pub fn emulator(&self) -> &Emulator {
        &self.services.emulator
    }

    /// Where the server is.
    pub fn address(&self) -> ServerAddress {
        let emulators = self.emulator().address();
        match self.server_with_plugin() {
            None => emulators.clone(),
            // The emulator knows the name by which clients are to connect.
            Some(server) => ServerAddress::new(&emulators.host, server.port(), &emulators.database),
        }
    }

    fn server_with_plugin(&self) -> Option<&Server> {
        let server = self.services.server.as_ref();
        server.filter(|_| !self.kind().has_emulated_login())
    }

    /// Who logs in: the first that was added, or the one that a shared server gave to nobody else.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The MySQL user of [`principal`](Self::principal).
    pub fn user(&self) -> &str {
        self.principal.mysql_user()
    }

    /// All who may log in, in the order in which they were added.
    pub fn principals(&self) -> &[Principal] {
        &self.services.principals
    }

    /// The settings of a program that runs as [`principal`](Self::principal).
    ///
    /// # Panics
    ///
    /// If the settings are not what the library understands.
    pub fn settings(&self) -> Settings {
        self.emulator()
            .settings_at(&self.address(), &self.principal)
    }

    /// The variables that a program finds that runs as `principal`: those of the platform, and those
    /// that Service Connector sets for the client type.
    pub fn environment(
        &self,
        client_type: ClientType,
        principal: &Principal,
    ) -> BTreeMap<String, String> {
        self.emulator()
            .environment_at(&self.address(), client_type, principal)
    }

    /// A token for [`principal`](Self::principal), without a request: valid unless it is changed.
    pub fn token(&self) -> TokenBuilder<'_> {
        self.emulator().token(&self.principal)
    }

    /// A token that the server accepts, and one with a wrong signature.
    pub fn good_and_bad_token(&self) -> (String, String) {
        (
            self.token().build(),
            self.token().signed_by_another_key().build(),
        )
    }

    /// A cache over one token, which is valid for longer than any test.
    pub fn token_cache(&self) -> TokenCache {
        let token = self.token().lifetime(DAY).build();
        TokenCache::new(StaticToken::new(token, SystemTime::now() + DAY))
    }

    /// The user who logs in with a password over the same TLS, if one was asked for.
    ///
    /// # Panics
    ///
    /// As [`settings`](Self::settings) does.
    pub fn password_login(&self) -> Option<(Settings, SecretString)> {
        let (user, password) = self.services.password_account.as_ref()?;
        let settings = self.settings();
        let mut builder = Settings::builder()
            .host(settings.host())
            .port(settings.port())
            .user(user)
            .trust(settings.trust().clone());
        if let Some(database) = settings.database() {
            builder = builder.database(database);
        }
        let settings = builder.build().expect("only the user is another one");
        Some((settings, password.clone()))
    }

    /// The server's log so far: a line for each token that reached it, and one for what it made of
    /// it, in the same words whatever the server.
    pub fn server_log(&self) -> String {
        match self.server_with_plugin() {
            None => self.emulator().log(),
            Some(server) => server.log(),
        }
    }

    /// The lines of the server's log that name [`user`](Self::user).
    pub fn log(&self) -> String {
        let user = format!("'{}'", self.user());
        let log = self.server_log();
        let lines = log.split_inclusive('\n');
        lines.filter(|line| line.contains(&user)).collect()
    }

    /// How many tokens have reached the server for [`user`](Self::user) so far.
    pub fn tokens_received(&self) -> usize {
        self.log().matches("aad_auth: token received").count()
    }

    /// How many tokens the server has refused for [`user`](Self::user) so far.
    pub fn tokens_refused(&self) -> usize {
        self.log().matches("aad_auth: refused").count()
    }

    /// The number of the error for a token that belongs to somebody else: Azure's own from the
    /// emulator. The plugin of a real server cannot choose, so there it is that of any refusal.
    pub fn other_principal_error(&self) -> u16 {
        if self.kind().has_emulated_login() {
            9106
        } else {
            1045
        }
    }

    /// Stops the server and the endpoints, and waits until they have, unless another clone is in use.
    ///
    /// # Errors
    ///
    /// If the server does not stop.
    pub async fn stop(self) -> Result<(), Error> {
        let Some(services) = Arc::into_inner(self.services) else {
            return Ok(());
        };
        let stopped = match services.server {
            None => Ok(()),
            Some(server) => blocking(|| server.stop()).await,
        };
        services.emulator.stop().await;
        stopped
    }
}
