//! The two ways in to a real server: a token, and a static password over the same TLS.

use std::time::Duration;

use anyhow::Context;
use azure_mysql::Settings;
use azure_mysql_emulator::Principal;
use secrecy::ExposeSecret;
use test_servers::{ServerKind, TestEnv};
use token_source::TokenCache;

/// Longer than any run.
const TOKEN_LIFETIME: Duration = Duration::from_hours(1);

/// Where to log in and how, for a driver without an adapter.
#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) settings: Settings,
    pub(crate) secret: String,
    /// Whether the secret has to be sent as it is.
    pub(crate) is_token: bool,
}

/// A server with an account for each of the two.
pub(crate) async fn start_env(server: ServerKind) -> anyhow::Result<TestEnv> {
    let env = TestEnv::builder(server)
        .principal(Principal::system_assigned("aad_bench"))
        .password_account("static_password", "a static password");
    Ok(env.start().await?)
}

/// A token that the server accepts.
pub(crate) fn token(env: &TestEnv) -> String {
    env.token().lifetime(TOKEN_LIFETIME).build()
}

/// A cache that holds such a token already.
pub(crate) async fn tokens(env: &TestEnv) -> anyhow::Result<TokenCache> {
    let tokens = env.token_cache();
    tokens.token().await?;
    Ok(tokens)
}

/// With the user who has a password.
pub(crate) fn password_login(env: &TestEnv) -> anyhow::Result<Login> {
    let (settings, password) = env.password_login().context("nobody has a password")?;
    Ok(Login {
        settings,
        secret: password.expose_secret().to_owned(),
        is_token: false,
    })
}

/// With the user who has tokens, and one of them.
pub(crate) fn token_login(env: &TestEnv) -> Login {
    Login {
        settings: env.settings(),
        secret: token(env),
        is_token: true,
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
