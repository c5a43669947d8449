//! A real server with two ways in: a token, and a static password over the same TLS.

use std::time::{Duration, SystemTime};

use anyhow::Context;
use azure_mysql::Settings;
use azure_mysql_emulator::{Emulator, Principal};
use test_servers::{Sandbox, ServerKind};
use token_source::{Error, Token, TokenCache, TokenSource};

const PASSWORD_USER: &str = "static_password";
const PASSWORD: &str = "a static password";
const LIFETIME: Duration = Duration::from_hours(1);

pub(crate) struct Stage {
    sandbox: Sandbox,
    principal: Principal,
}

/// Where to log in and how, for a driver without an adapter.
#[derive(Clone)]
pub(crate) struct PasswordLogin {
    pub(crate) settings: Settings,
    pub(crate) password: &'static str,
    /// The certificate to trust.
    pub(crate) ca_pem: String,
}

impl Stage {
    pub(crate) async fn start(server: ServerKind) -> anyhow::Result<Self> {
        let principal = Principal::system_assigned("aad_bench");
        let sandbox = Sandbox::builder(server)
            .principal(principal.clone())
            .password_account(PASSWORD_USER, PASSWORD)
            .start()
            .await?;
        Ok(Self { sandbox, principal })
    }

    pub(crate) fn port(&self) -> u16 {
        self.sandbox.address().port
    }

    pub(crate) fn settings(&self) -> Settings {
        self.sandbox.settings(&self.principal)
    }

    pub(crate) fn emulator(&self) -> &Emulator {
        self.sandbox.emulator()
    }

    /// A good token.
    pub(crate) fn token(&self) -> String {
        let token = self.sandbox.emulator().token(&self.principal);
        token.lifetime(LIFETIME).build()
    }

    /// A cache that holds a good token already.
    pub(crate) async fn tokens(&self) -> anyhow::Result<TokenCache> {
        let tokens = TokenCache::new(Given(self.token()));
        tokens.token().await?;
        Ok(tokens)
    }

    /// The same server and certificates, with a user who has a password.
    pub(crate) fn password_login(&self) -> anyhow::Result<PasswordLogin> {
        let settings = self.settings();
        let settings = Settings::builder()
            .host(settings.host())
            .port(settings.port())
            .database(settings.database().context("no database")?)
            .user(PASSWORD_USER)
            .trust(settings.trust().clone())
            .build()?;
        Ok(PasswordLogin {
            settings,
            password: PASSWORD,
            ca_pem: self
                .emulator()
                .certificate_authority()
                .certificate_pem()
                .to_owned(),
        })
    }

    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        Ok(self.sandbox.stop().await?)
    }
}

/// These settings, where the server is behind another port of loopback.
pub(crate) fn behind(settings: &Settings, port: u16) -> anyhow::Result<Settings> {
    Ok(Settings::builder()
        .host(settings.host())
        .port(port)
        .database(settings.database().context("no database")?)
        .user(settings.user())
        .trust(settings.trust().clone())
        .build()?)
}

/// Gives out one token, whose hour is longer than any run. It says each time that it is another one.
struct Given(String);

#[async_trait::async_trait]
impl TokenSource for Given {
    async fn fetch(&self) -> Result<Token, Error> {
        Ok(Token::new(self.0.clone(), SystemTime::now() + LIFETIME))
    }
}
