//! `mysql_async`: the adapter, the driver with the adapter's options, and the driver as its
//! documentation shows it.

use anyhow::Context;
use token_source_mysql_async::{
    Connector, Pool, PoolOptions,
    mysql_async::{
        self, Conn, Opts, OptsBuilder, PoolConstraints, PoolOpts, SslOpts, prelude::Queryable,
    },
};

use crate::{
    contender::Contender,
    pool::Pooled,
    stage::{PasswordLogin, Stage, behind},
};

const MOST_CONNECTIONS: usize = 64;

pub(crate) struct MysqlAsync {
    connector: Connector,
    password: Opts,
}

impl Contender for MysqlAsync {
    const NAME: &'static str = "mysql_async";

    async fn new(stage: &Stage, password: &PasswordLogin, port: u16) -> anyhow::Result<Self> {
        let settings = behind(&stage.settings(), port)?;
        let tuned = as_documented(password, port)
            .prefer_socket(Some(false))
            .max_allowed_packet(Some(1 << 30))
            .wait_timeout(Some(28_800));
        Ok(Self {
            connector: Connector::with_tokens(&settings, stage.tokens().await?),
            password: tuned.into(),
        })
    }

    async fn with_token(&self) -> anyhow::Result<()> {
        Ok(self.connector.connect().await?.disconnect().await?)
    }

    async fn with_password(&self) -> anyhow::Result<()> {
        let connection = Conn::new(self.password.clone()).await?;
        Ok(connection.disconnect().await?)
    }
}

/// What the driver's documentation shows, with TLS and the certificates that it must trust. Made
/// anew for each connection, as there.
pub(crate) fn as_documented(login: &PasswordLogin, port: u16) -> OptsBuilder {
    let roots = login.settings.trust().certificates();
    let tls = SslOpts::default()
        .with_disable_built_in_roots(true)
        .with_root_certs(roots.iter().map(|root| root.to_vec().into()).collect());
    OptsBuilder::default()
        .ip_or_hostname(login.settings.host())
        .tcp_port(port)
        .user(Some(login.settings.user()))
        .pass(Some(login.password))
        .db_name(login.settings.database())
        .ssl_opts(Some(tls))
}

/// The adapter's pool, and the driver's own.
pub(crate) async fn pools(
    stage: &Stage,
    login: &PasswordLogin,
) -> anyhow::Result<(Pool, mysql_async::Pool)> {
    let connector = Connector::with_tokens(&stage.settings(), stage.tokens().await?);
    // As many as there are workers at most: the server has room for both pools then.
    let constraints = PoolConstraints::new(10, MOST_CONNECTIONS).context("no such pool")?;
    let native = as_documented(login, stage.port())
        .prefer_socket(Some(false))
        .pool_opts(PoolOpts::default().with_constraints(constraints));
    Ok((
        Pool::new(
            connector,
            PoolOptions::default().with_max_size(MOST_CONNECTIONS),
        ),
        mysql_async::Pool::new(native),
    ))
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
