//! The two pools that live through an outage, in a process of their own.

use std::{sync::Arc, time::Duration};

use anyhow::anyhow;
use azure_core::credentials::TokenCredential;
use azure_identity::ManagedIdentityCredential;
use azure_mysql::Settings;
use deadpool::managed::{Manager, Metrics, Object, RecycleResult};
use serde::{Deserialize, Serialize};
use token_source_mysql_async::{
    Pool, PoolOptions,
    mysql_async::{Conn, Opts, OptsBuilder},
};
use tokio::{task::JoinSet, time::Instant};

use crate::mysql_async;

/// What is printed once both pools have logged in for the first time.
pub(crate) const READY: &str = "ready";
/// After that a login has failed.
pub(crate) const LOGIN_LIMIT: Duration = Duration::from_secs(1);
/// From one new connection of a pool to the next.
const PACE: Duration = Duration::from_millis(50);
const CONNECTIONS: usize = 64;
const SCOPES: &[&str] = &["https://ossrdbms-aad.database.windows.net/.default"];

/// What became of a pool's logins.
#[derive(Default, Deserialize, Serialize)]
pub(crate) struct Tally {
    pub(crate) logins: u32,
    pub(crate) failed: u32,
}

/// Opens connections in both pools for a while, then prints the two tallies.
pub(crate) async fn run(time: Duration) -> anyhow::Result<()> {
    let settings = Settings::from_env()?;
    let options = PoolOptions::default().with_max_size(CONNECTIONS);
    let ours = Pool::connect_with(&settings, options).await?;
    let theirs = deadpool::managed::Pool::builder(OnAzureIdentityAlone::new(&settings)?)
        .max_size(CONNECTIONS)
        .build()?;
    log_in_to(&theirs).await?;
    println!("{READY}");

    // Taken out, so that the next one has to be opened.
    let ours = log_in_at_a_pace(time, || {
        let pool = ours.clone();
        async move { Ok(pool.get_conn().await?.take().disconnect().await?) }
    });
    let theirs = log_in_at_a_pace(time, || {
        let pool = theirs.clone();
        async move { log_in_to(&pool).await }
    });
    let tallies = tokio::try_join!(ours, theirs)?;
    println!("{}", serde_json::to_string(&tallies)?);
    Ok(())
}

async fn log_in_to(pool: &deadpool::managed::Pool<OnAzureIdentityAlone>) -> anyhow::Result<()> {
    let connection = pool.get().await.map_err(|error| anyhow!("{error:?}"))?;
    Ok(Object::take(connection).disconnect().await?)
}

/// A login that hangs does not keep the next one from being tried.
async fn log_in_at_a_pace<F>(time: Duration, log_in: impl Fn() -> F) -> anyhow::Result<Tally>
where
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let (mut logins, end) = (JoinSet::new(), Instant::now() + time);
    let mut ticks = tokio::time::interval(PACE);
    while Instant::now() < end {
        ticks.tick().await;
        logins.spawn(tokio::time::timeout(LOGIN_LIMIT, log_in()));
    }
    let mut tally = Tally::default();
    while let Some(login) = logins.join_next().await {
        tally.logins += 1;
        if !matches!(login?, Ok(Ok(()))) {
            tally.failed += 1;
        }
    }
    Ok(tally)
}

/// Asks a credential for a token for each connection, as programs do without an adapter.
struct OnAzureIdentityAlone {
    credential: Arc<ManagedIdentityCredential>,
    base: Opts,
}

impl OnAzureIdentityAlone {
    fn new(settings: &Settings) -> anyhow::Result<Self> {
        Ok(Self {
            credential: ManagedIdentityCredential::new(None)?,
            base: mysql_async::tuned_for_tokens(settings),
        })
    }
}

impl Manager for OnAzureIdentityAlone {
    type Type = Conn;
    type Error = anyhow::Error;

    async fn create(&self) -> anyhow::Result<Conn> {
        let token = self.credential.get_token(SCOPES, None).await?;
        let options = OptsBuilder::from_opts(self.base.clone()).pass(Some(token.token.secret()));
        Ok(Conn::new(options).await?)
    }

    async fn recycle(&self, _: &mut Conn, _: &Metrics) -> RecycleResult<anyhow::Error> {
        Ok(())
    }
}
