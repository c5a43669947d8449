//! How fast a pool hands out connections.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use test_servers::blocking;

use crate::figure::{Figure, Goal, median};

/// How many a pool may have. The server has room for two such pools, and for whoever looks at it.
pub(crate) const CONNECTIONS: usize = 64;

/// Each pool in turn, this often and for this long: many short rounds tell more on a busy machine
/// than few long ones. With a third of them, the median moves by twice what is asked for.
const ROUNDS: usize = 91;
const ROUND: Duration = Duration::from_millis(80);
/// The first rounds open the connections.
const WARM_UP: usize = 5;
/// The many come first, so that the few have many connections to take turns with: the thread of a
/// single one can be out of luck with its core for as long as it is measured.
const WORKERS: [usize; 3] = [64, 8, 1];

/// A pool that is asked for a connection, which asks `SELECT 1` and goes back.
pub(crate) trait Pooled: Clone + Send + Sync + 'static {
    fn select_one(&self) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// The same for threads.
pub(crate) trait BlockingPooled: Clone + Send + 'static {
    fn select_one(&self) -> anyhow::Result<()>;
}

pub(crate) async fn throughput(
    name: &str,
    ours: &impl Pooled,
    native: &impl Pooled,
) -> anyhow::Result<Vec<Figure>> {
    let ours = async |workers| rate(ours, workers).await;
    compare(name, ours, async |workers| rate(native, workers).await).await
}

pub(crate) async fn blocking_throughput(
    name: &str,
    ours: &impl BlockingPooled,
    native: &impl BlockingPooled,
) -> anyhow::Result<Vec<Figure>> {
    let ours = async |workers| blocking_rate(ours, workers).await;
    let native = async |workers| blocking_rate(native, workers).await;
    compare(name, ours, native).await
}

/// A pool of ours against the native one, at several numbers of workers. What is compared are the
/// two rates of one round: a machine's mood changes from round to round.
async fn compare(
    name: &str,
    ours: impl AsyncFn(usize) -> anyhow::Result<f64>,
    native: impl AsyncFn(usize) -> anyhow::Result<f64>,
) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for workers in WORKERS {
        let (mut ratios, mut our_rates, mut native_rates) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..WARM_UP + ROUNDS {
            let (our, their) = if round % 2 == 0 {
                let our = ours(workers).await?;
                (our, native(workers).await?)
            } else {
                let their = native(workers).await?;
                (ours(workers).await?, their)
            };
            if round >= WARM_UP {
                ratios.push(our / their);
                our_rates.push(our);
                native_rates.push(their);
            }
        }
        let (our, their) = (median(our_rates), median(native_rates));
        let subject = format!("{name}, {workers} workers").replace("1 workers", "1 worker");
        figures.push(
            Figure::new("pool: ours ÷ native throughput", subject, median(ratios))
                .goal(Goal::AtLeast(0.97))
                .made_of(format!("{our:.0} / {their:.0} a second")),
        );
    }
    figures.reverse();
    Ok(figures)
}

/// When to stop, and how much was done until then.
#[derive(Clone, Default)]
struct Round {
    over: Arc<AtomicBool>,
    done: Arc<AtomicU64>,
}

impl Round {
    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    fn one_more(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// Lets the workers work, and returns how often a second they did.
    async fn rate(
        self,
        workers: impl IntoIterator<Item = impl Future<Output = anyhow::Result<()>>>,
    ) -> anyhow::Result<f64> {
        let started = Instant::now();
        tokio::time::sleep(ROUND).await;
        self.over.store(true, Ordering::Relaxed);
        for worker in workers {
            worker.await?;
        }
        #[expect(clippy::cast_precision_loss, reason = "a count of a round is small")]
        let done = self.done.load(Ordering::Relaxed) as f64;
        Ok(done / started.elapsed().as_secs_f64())
    }
}

async fn rate(pool: &impl Pooled, workers: usize) -> anyhow::Result<f64> {
    let round = Round::default();
    let workers: Vec<_> = (0..workers)
        .map(|_| {
            let (pool, round) = (pool.clone(), round.clone());
            let task = tokio::spawn(async move {
                while !round.is_over() {
                    pool.select_one().await?;
                    round.one_more();
                }
                Ok(())
            });
            async { task.await? }
        })
        .collect();
    round.rate(workers).await
}

async fn blocking_rate(pool: &impl BlockingPooled, workers: usize) -> anyhow::Result<f64> {
    let round = Round::default();
    let workers: Vec<_> = (0..workers)
        .map(|_| {
            let (pool, round) = (pool.clone(), round.clone());
            let thread = std::thread::spawn(move || {
                while !round.is_over() {
                    pool.select_one()?;
                    round.one_more();
                }
                Ok(())
            });
            blocking(move || match thread.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            })
        })
        .collect();
    round.rate(workers).await
}
