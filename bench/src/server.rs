//! How the server counts its connections.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use token_source_mysql_async::mysql_async::{Conn, prelude::Queryable};

use test_servers::TestEnv;

use crate::{login, mysql_async};

/// With these still open there is room for two pools.
const FEW: i64 = 10;
const DEADLINE: Duration = Duration::from_secs(15);

/// A connection that looks at the server.
pub(crate) struct Server(Conn);

/// As the server counts them.
pub(crate) struct Connections {
    pub(crate) since_start: i64,
    pub(crate) open: i64,
}

impl Server {
    pub(crate) async fn connect(env: &TestEnv) -> anyhow::Result<Self> {
        let options = mysql_async::tuned(&login::password_login(env)?, env.address().port);
        Ok(Self(Conn::new(options).await?))
    }

    /// <https://dev.mysql.com/doc/refman/8.4/en/server-status-variables.html>
    pub(crate) async fn connections(&mut self) -> anyhow::Result<Connections> {
        Ok(Connections {
            since_start: self.status("Connections").await?,
            open: self.status("Threads_connected").await?,
        })
    }

    /// Waits until those of a pool that was dropped are closed, so that there is room for the next.
    pub(crate) async fn until_quiet(&mut self) -> anyhow::Result<()> {
        let started = Instant::now();
        while self.connections().await?.open > FEW {
            ensure!(started.elapsed() < DEADLINE, "connections stay open");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    async fn status(&mut self, name: &str) -> anyhow::Result<i64> {
        let row: Option<(String, i64)> = self
            .0
            .query_first(format!("SHOW GLOBAL STATUS LIKE '{name}'"))
            .await?;
        let (_, value) = row.context("the server has no such status")?;
        Ok(value)
    }
}
