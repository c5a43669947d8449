//! `sqlx`, and `sea-orm` on top of it.

use token_source::TokenCache;
use token_source_sea_orm::{
    Database,
    sea_orm::{self, ConnectOptions},
};
use token_source_sqlx::{
    Connector, Pool,
    sqlx::{
        ConnectOptions as _, Connection, Executor, MySqlPool,
        mysql::{MySqlConnectOptions, MySqlPoolOptions, MySqlSslMode},
    },
};

use test_servers::TestEnv;

use crate::{
    login::{self, Login, behind},
    pool::{CONNECTIONS, Pooled},
    subject::{Pair, Secret, Subject},
};

pub(crate) struct Sqlx {
    connector: Connector,
    alone: Pair<MySqlConnectOptions>,
}

impl Subject for Sqlx {
    const NAME: &'static str = "sqlx";

    async fn new(env: &TestEnv, port: u16) -> anyhow::Result<Self> {
        let settings = behind(&env.settings(), port)?;
        Ok(Self {
            connector: Connector::with_tokens(&settings, login::tokens(env).await?),
            alone: Pair::of(env, |login| documented(login, port))?,
        })
    }

    async fn with_adapter(&self) -> anyhow::Result<()> {
        Ok(self.connector.connect().await?.close().await?)
    }

    async fn alone(&self, with: Secret) -> anyhow::Result<()> {
        Ok(self.alone.with(with).connect().await?.close().await?)
    }
}

pub(crate) struct SeaOrm {
    connector: Connector,
    alone: Pair<MySqlConnectOptions>,
}

impl Subject for SeaOrm {
    const NAME: &'static str = "sea-orm";

    async fn new(env: &TestEnv, port: u16) -> anyhow::Result<Self> {
        let Sqlx { connector, alone } = Sqlx::new(env, port).await?;
        Ok(Self { connector, alone })
    }

    async fn with_adapter(&self) -> anyhow::Result<()> {
        let database = Database::connect_with(self.connector.clone(), one_connection()).await?;
        database.get_mysql_connection_pool().close().await;
        Ok(())
    }

    async fn alone(&self, with: Secret) -> anyhow::Result<()> {
        let (mut options, login) = (one_connection(), self.alone.with(with).clone());
        options.map_sqlx_mysql_opts(move |_| login.clone());
        let database = sea_orm::Database::connect(options).await?;
        database.get_mysql_connection_pool().close().await;
        Ok(())
    }
}

fn one_connection() -> ConnectOptions {
    let mut options = ConnectOptions::new("mysql://");
    options.max_connections(1);
    options
}

/// As the driver's documentation shows it, with TLS and the certificate that it must trust.
fn documented(login: &Login, port: u16) -> MySqlConnectOptions {
    let options = MySqlConnectOptions::new()
        .host(login.settings.host())
        .port(port)
        .username(login.settings.user())
        .password(&login.secret)
        .enable_cleartext_plugin(login.is_token)
        .ssl_mode(MySqlSslMode::VerifyIdentity)
        .ssl_ca_from_pem(login.settings.trust().pem().into_bytes());
    match login.settings.database() {
        Some(database) => options.database(database),
        None => options,
    }
}

/// The adapter's pool.
pub(crate) fn pool(env: &TestEnv, tokens: TokenCache) -> Pool {
    Pool::new(Connector::with_tokens(&env.settings(), tokens), options())
}

/// The driver's own.
pub(crate) fn native_pool(env: &TestEnv) -> anyhow::Result<MySqlPool> {
    let login = documented(&login::password_login(env)?, env.address().port);
    Ok(options().connect_lazy_with(login))
}

fn options() -> MySqlPoolOptions {
    #[expect(clippy::cast_possible_truncation, reason = "it is a small constant")]
    MySqlPoolOptions::new().max_connections(CONNECTIONS as u32)
}

impl Pooled for Pool {
    async fn select_one(&self) -> anyhow::Result<()> {
        self.acquire().await?.execute("SELECT 1").await?;
        Ok(())
    }
}

impl Pooled for MySqlPool {
    async fn select_one(&self) -> anyhow::Result<()> {
        self.acquire().await?.execute("SELECT 1").await?;
        Ok(())
    }
}
