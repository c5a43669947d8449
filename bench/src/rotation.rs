//! Whether a pool loses connections because tokens come and go.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use anyhow::ensure;
use test_servers::{TestEnv, blocking};
use token_source::{Error, Token, TokenCache, TokenSource};

use crate::{
    diesel, diesel_sync,
    figure::{Figure, Goal},
    login, mysql_async,
    pool::{BlockingPooled, Pooled},
    server::Server,
    sqlx,
};

const ROTATIONS: usize = 100;
/// So short that the cache fetches the next one about every tenth of a second.
const LIFE: Duration = Duration::from_millis(250);
/// A hundred of those take 13 s.
const DEADLINE: Duration = Duration::from_secs(40);
/// How many of each pool's connections are in use at once.
const WORKERS: usize = 4;

/// The pools of all adapters at once, in use while the cache behind them goes through a hundred
/// tokens.
///
/// The server counts the connections that were opened since its start, and those that are open. A
/// pool that closes one has fewer of them open, or opens another.
pub(crate) async fn figure(env: &TestEnv) -> anyhow::Result<Figure> {
    let given = Arc::new(AtomicUsize::new(0));
    let tokens = TokenCache::new(Rotating {
        tokens: (0..2 * ROTATIONS).map(|_| login::token(env)).collect(),
        given: Arc::clone(&given),
    });
    let mysql_async = mysql_async::pool(env, tokens.clone());
    let sqlx = sqlx::pool(env, tokens.clone());
    let deadpool = diesel::deadpool(env, tokens.clone());
    let bb8 = diesel::bb8(env, tokens.clone()).await?;
    let r2d2 = diesel_sync::pool(env, tokens).await?;
    let use_all = async || {
        let threads: Vec<_> = (0..WORKERS)
            .map(|_| {
                let r2d2 = r2d2.clone();
                tokio::spawn(blocking(move || r2d2.select_one()))
            })
            .collect();
        use_once(&mysql_async).await?;
        use_once(&sqlx).await?;
        use_once(&deadpool).await?;
        use_once(&bb8).await?;
        for thread in threads {
            thread.await??;
        }
        anyhow::Ok(())
    };
    use_all().await?;

    let mut server = Server::connect(env).await?;
    let before = server.connections().await?;
    let (first, started) = (given.load(Ordering::Relaxed), Instant::now());
    while given.load(Ordering::Relaxed) < first + ROTATIONS {
        ensure!(started.elapsed() < DEADLINE, "tokens do not rotate");
        use_all().await?;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let after = server.connections().await?;
    let opened = after.since_start - before.since_start;
    let closed = opened - (after.open - before.open);
    #[expect(
        clippy::cast_precision_loss,
        reason = "a count of connections is small"
    )]
    let closed = closed as f64;
    Ok(Figure::new(
        "connections closed by 100 rotations",
        "all adapters' pools",
        closed,
    )
    .goal(Goal::AtMost(0.0))
    .made_of(format!(
        "{} open before, {} after, in use all the time",
        before.open, after.open
    )))
}

/// Has several connections of a pool in use at once.
async fn use_once(pool: &impl Pooled) -> anyhow::Result<()> {
    let workers: Vec<_> = (0..WORKERS)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { pool.select_one().await })
        })
        .collect();
    for worker in workers {
        worker.await??;
    }
    Ok(())
}

/// Gives out one token after the other, and says that each is at its end soon. To the server they are
/// good for longer than any run.
struct Rotating {
    tokens: Vec<String>,
    given: Arc<AtomicUsize>,
}

#[async_trait::async_trait]
impl TokenSource for Rotating {
    async fn fetch(&self) -> Result<Token, Error> {
        let number = self.given.fetch_add(1, Ordering::Relaxed);
        let token = &self.tokens[number % self.tokens.len()];
        Ok(Token::new(token.clone(), SystemTime::now() + LIFE))
    }
}
