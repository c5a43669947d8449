//! diesel without async: the adapter's connections, and those in diesel's own r2d2 pool.

use driver_of_diesel::Opts;
use test_servers::{TestEnv, blocking};
use token_source::TokenCache;
use token_source_diesel::{
    Connector, SyncConnection,
    diesel::{
        connection::SimpleConnection,
        r2d2::{ConnectionManager, ManageConnection, Pool},
    },
    diesel_async::{AsyncMysqlConnection, async_connection_wrapper::AsyncConnectionWrapper},
};

use crate::{
    diesel::{connect, tuned},
    login::{self, behind},
    pool::{BlockingPooled, CONNECTIONS},
    subject::{Pair, Secret, Subject},
};

/// diesel-async's connections as they are used without async.
type NativeConnection = AsyncConnectionWrapper<AsyncMysqlConnection>;

pub(crate) struct DieselSync {
    connector: Connector,
    alone: Pair<Opts>,
}

impl Subject for DieselSync {
    const NAME: &'static str = "diesel, sync";

    async fn new(env: &TestEnv, port: u16) -> anyhow::Result<Self> {
        let settings = behind(&env.settings(), port)?;
        Ok(Self {
            connector: Connector::with_tokens(&settings, login::tokens(env).await?),
            alone: Pair::of(env, |login| tuned(login, port))?,
        })
    }

    async fn with_adapter(&self) -> anyhow::Result<()> {
        let connector = self.connector.clone();
        blocking(move || {
            drop(connector.blocking_connect()?);
            Ok(())
        })
        .await
    }

    /// On a runtime of its own, as diesel-async's wrapper opens one.
    async fn alone(&self, with: Secret) -> anyhow::Result<()> {
        let options = self.alone.with(with).clone();
        blocking(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            drop(runtime.block_on(connect(options))?);
            Ok(())
        })
        .await
    }
}

/// diesel's pool with the adapter's manager.
pub(crate) async fn pool(env: &TestEnv, tokens: TokenCache) -> anyhow::Result<Pool<Connector>> {
    let connector = Connector::with_tokens(&env.settings(), tokens);
    blocking(move || pool_of(connector)).await
}

/// diesel's pool with diesel's manager. Its URL has no place for the certificate that must be
/// trusted; how the server was verified makes no difference to connections that are open.
pub(crate) async fn native_pool(
    env: &TestEnv,
) -> anyhow::Result<Pool<ConnectionManager<NativeConnection>>> {
    let login = login::password_login(env)?;
    let url = format!(
        "mysql://{}:{}@localhost:{}/{}?require_ssl=true&verify_ca=false&verify_identity=false\
         &prefer_socket=false",
        login.settings.user(),
        login.secret.replace(' ', "%20"),
        env.address().port,
        login.settings.database().unwrap_or_default(),
    );
    blocking(move || pool_of(ConnectionManager::new(url))).await
}

fn pool_of<M: ManageConnection>(manager: M) -> anyhow::Result<Pool<M>> {
    #[expect(clippy::cast_possible_truncation, reason = "it is a small constant")]
    let pool = Pool::builder().max_size(CONNECTIONS as u32);
    Ok(pool.build(manager)?)
}

impl BlockingPooled for Pool<Connector> {
    fn select_one(&self) -> anyhow::Result<()> {
        let mut connection = self.get()?;
        Ok(SyncConnection::batch_execute(&mut connection, "SELECT 1")?)
    }
}

impl BlockingPooled for Pool<ConnectionManager<NativeConnection>> {
    fn select_one(&self) -> anyhow::Result<()> {
        Ok(self.get()?.batch_execute("SELECT 1")?)
    }
}
