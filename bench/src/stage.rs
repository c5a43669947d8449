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
pub(crate) struct Login {
    pub(crate) settings: Settings,
    pub(crate) secret: String,
    /// Whether the secret has to be sent as it is.
    pub(crate) is_token: bool,
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

    /// With a user who has a password.
    pub(crate) fn password_login(&self) -> anyhow::Result<Login> {
        let settings = changed(&self.settings(), PASSWORD_USER, self.port())?;
        Ok(Login {
            settings,
            secret: PASSWORD.to_owned(),
            is_token: false,
        })
    }

    /// With the user who has tokens, and one of them.
    pub(crate) fn token_login(&self) -> Login {
        Login {
            settings: self.settings(),
            secret: self.token(),
            is_token: true,
        }
    }

    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        Ok(self.sandbox.stop().await?)
    }
}

/// These settings, where the server is behind another port of loopback.
pub(crate) fn behind(settings: &Settings, port: u16) -> anyhow::Result<Settings> {
    changed(settings, settings.user(), port)
}

/// The same server and certificates.
fn changed(settings: &Settings, user: &str, port: u16) -> anyhow::Result<Settings> {
    Ok(Settings::builder()
        .host(settings.host())
        .port(port)
        .database(settings.database().context("no database")?)
        .user(user)
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
