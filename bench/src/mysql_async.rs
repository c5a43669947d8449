//! `mysql_async`: the adapter, the driver with the adapter's options, and the driver as its
//! documentation shows it.

use anyhow::Context;
use azure_mysql::Settings;
use token_source::TokenCache;
use token_source_mysql_async::{
    Connector, Pool, PoolOptions,
    mysql_async::{
        self, Conn, Opts, OptsBuilder, PoolConstraints, PoolOpts, SslOpts, prelude::Queryable,
    },
};

use test_servers::TestEnv;

use crate::{
    login::{self, Login, behind},
    pool::{CONNECTIONS, Pooled},
    subject::{Pair, Secret, Subject},
};

pub(crate) struct MysqlAsync {
    connector: Connector,
    alone: Pair<Opts>,
}

impl Subject for MysqlAsync {
    const NAME: &'static str = "mysql_async";

    async fn new(env: &TestEnv, port: u16) -> anyhow::Result<Self> {
        let settings = behind(&env.settings(), port)?;
        Ok(Self {
            connector: Connector::with_tokens(&settings, login::tokens(env).await?),
            alone: Pair::of(env, |login| tuned(login, port))?,
        })
    }

    async fn with_adapter(&self) -> anyhow::Result<()> {
        Ok(self.connector.connect().await?.disconnect().await?)
    }

    async fn alone(&self, with: Secret) -> anyhow::Result<()> {
        let connection = Conn::new(self.alone.with(with).clone()).await?;
        Ok(connection.disconnect().await?)
    }
}

impl MysqlAsync {
    /// Opens a connection and closes it, with what the driver's documentation shows: options made
    /// anew for each.
    ///
    /// With `prefer_socket`, its default, it logs in to a loopback server a second time, over the
    /// server's Unix socket.
    pub(crate) async fn as_documented(
        login: &Login,
        port: u16,
        prefer_socket: bool,
    ) -> anyhow::Result<()> {
        let options = documented(login, port).prefer_socket(Some(prefer_socket));
        Ok(Conn::new(options).await?.disconnect().await?)
    }
}

/// What the driver's documentation shows, with TLS and the certificates that it must trust.
fn documented(login: &Login, port: u16) -> OptsBuilder {
    without_secret(&login.settings)
        .tcp_port(port)
        .pass(Some(&login.secret))
        .enable_cleartext_plugin(login.is_token)
}

fn without_secret(settings: &Settings) -> OptsBuilder {
    let roots = settings.trust().certificates();
    let tls = SslOpts::default()
        .with_disable_built_in_roots(true)
        .with_root_certs(roots.iter().map(|root| root.to_vec().into()).collect());
    OptsBuilder::default()
        .ip_or_hostname(settings.host())
        .tcp_port(settings.port())
        .user(Some(settings.user()))
        .db_name(settings.database())
        .ssl_opts(Some(tls))
}

/// With the adapter's options.
pub(crate) fn tuned(login: &Login, port: u16) -> Opts {
    as_the_adapter(documented(login, port)).into()
}

/// The same for tokens, without one yet.
pub(crate) fn tuned_for_tokens(settings: &Settings) -> Opts {
    as_the_adapter(without_secret(settings).enable_cleartext_plugin(true)).into()
}

fn as_the_adapter(options: OptsBuilder) -> OptsBuilder {
    options
        .prefer_socket(Some(false))
        .max_allowed_packet(Some(1 << 30))
        .wait_timeout(Some(28_800))
}

/// The adapter's pool.
pub(crate) fn pool(env: &TestEnv, tokens: TokenCache) -> Pool {
    let connector = Connector::with_tokens(&env.settings(), tokens);
    Pool::new(connector, PoolOptions::default().with_max_size(CONNECTIONS))
}

/// The driver's own. It would close each connection above its minimum as soon as that comes back, and
/// log in again for the next caller, so its minimum is its maximum.
pub(crate) fn native_pool(env: &TestEnv) -> anyhow::Result<mysql_async::Pool> {
    let constraints = PoolConstraints::new(CONNECTIONS, CONNECTIONS).context("no such pool")?;
    let options = documented(&login::password_login(env)?, env.address().port)
        .prefer_socket(Some(false))
        .pool_opts(PoolOpts::default().with_constraints(constraints));
    Ok(mysql_async::Pool::new(options))
}

impl Pooled for Pool {
    async fn select_one(&self) -> anyhow::Result<()> {
        Ok(self.get_conn().await?.query_drop("SELECT 1").await?)
    }
}

impl Pooled for mysql_async::Pool {
    async fn select_one(&self) -> anyhow::Result<()> {
        Ok(self.get_conn().await?.query_drop("SELECT 1").await?)
    }
}
