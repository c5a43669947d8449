//! diesel with diesel-async: its connections, and those in its two pools.

use driver_of_diesel::{Conn, Opts, OptsBuilder, SslOpts};
use token_source::TokenCache;
use token_source_diesel::{
    Connector, Pool,
    diesel::ConnectionError,
    diesel_async::{
        AsyncMysqlConnection, SimpleAsyncConnection,
        pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, bb8, deadpool},
    },
};

use test_servers::TestEnv;

use crate::{
    login::{self, Login, behind},
    pool::{CONNECTIONS, Pooled},
    subject::{Pair, Secret, Subject},
};

pub(crate) struct Diesel {
    connector: Connector,
    alone: Pair<Opts>,
}

impl Subject for Diesel {
    const NAME: &'static str = "diesel-async";

    async fn new(env: &TestEnv, port: u16) -> anyhow::Result<Self> {
        let settings = behind(&env.settings(), port)?;
        Ok(Self {
            connector: Connector::with_tokens(&settings, login::tokens(env).await?),
            alone: Pair::of(env, |login| tuned(login, port))?,
        })
    }

    async fn with_adapter(&self) -> anyhow::Result<()> {
        drop(self.connector.connect().await?);
        Ok(())
    }

    async fn alone(&self, with: Secret) -> anyhow::Result<()> {
        drop(connect(self.alone.with(with).clone()).await?);
        Ok(())
    }
}

/// The driver's options as the adapter has them.
pub(crate) fn tuned(login: &Login, port: u16) -> Opts {
    let roots = login.settings.trust().certificates();
    let tls = SslOpts::default()
        .with_disable_built_in_roots(true)
        .with_root_certs(roots.iter().map(|root| root.to_vec().into()).collect());
    OptsBuilder::default()
        .ip_or_hostname(login.settings.host())
        .tcp_port(port)
        .user(Some(login.settings.user()))
        .pass(Some(&login.secret))
        .enable_cleartext_plugin(login.is_token)
        .db_name(login.settings.database())
        .ssl_opts(Some(tls))
        .prefer_socket(Some(false))
        .max_allowed_packet(Some(1 << 30))
        .wait_timeout(Some(28_800))
        .stmt_cache_size(0)
        .client_found_rows(true)
        .into()
}

/// What diesel-async does with a URL, which has no place for the certificate that must be trusted.
pub(crate) async fn connect(options: Opts) -> Result<AsyncMysqlConnection, ConnectionError> {
    let bad = |error: driver_of_diesel::Error| ConnectionError::BadConnection(error.to_string());
    AsyncMysqlConnection::try_from(Conn::new(options).await.map_err(bad)?).await
}

fn native_manager(
    env: &TestEnv,
) -> anyhow::Result<AsyncDieselConnectionManager<AsyncMysqlConnection>> {
    let options = tuned(&login::password_login(env)?, env.address().port);
    let mut config = ManagerConfig::default();
    config.custom_setup = Box::new(move |_url| Box::pin(connect(options.clone())));
    Ok(AsyncDieselConnectionManager::new_with_config("", config))
}

/// The adapter's pool, which is diesel-async's deadpool.
pub(crate) fn deadpool(env: &TestEnv, tokens: TokenCache) -> Pool {
    Pool::new(Connector::with_tokens(&env.settings(), tokens), CONNECTIONS)
}

pub(crate) fn native_deadpool(
    env: &TestEnv,
) -> anyhow::Result<deadpool::Pool<AsyncMysqlConnection>> {
    let pool = deadpool::Pool::builder(native_manager(env)?);
    Ok(pool.max_size(CONNECTIONS).build()?)
}

/// diesel-async's bb8 with the adapter's manager.
pub(crate) async fn bb8(
    env: &TestEnv,
    tokens: TokenCache,
) -> anyhow::Result<bb8::Pool<AsyncMysqlConnection>> {
    bb8_of(Connector::with_tokens(&env.settings(), tokens).manager()).await
}

pub(crate) async fn native_bb8(env: &TestEnv) -> anyhow::Result<bb8::Pool<AsyncMysqlConnection>> {
    bb8_of(native_manager(env)?).await
}

async fn bb8_of(
    manager: AsyncDieselConnectionManager<AsyncMysqlConnection>,
) -> anyhow::Result<bb8::Pool<AsyncMysqlConnection>> {
    #[expect(clippy::cast_possible_truncation, reason = "it is a small constant")]
    let pool = bb8::Pool::builder().max_size(CONNECTIONS as u32);
    Ok(pool.build(manager).await?)
}

impl Pooled for Pool {
    async fn select_one(&self) -> anyhow::Result<()> {
        Ok(self.get().await?.batch_execute("SELECT 1").await?)
    }
}

impl Pooled for deadpool::Pool<AsyncMysqlConnection> {
    async fn select_one(&self) -> anyhow::Result<()> {
        Ok(self.get().await?.batch_execute("SELECT 1").await?)
    }
}

impl Pooled for bb8::Pool<AsyncMysqlConnection> {
    async fn select_one(&self) -> anyhow::Result<()> {
        Ok(self.get().await?.batch_execute("SELECT 1").await?)
    }
}
