//! How fast a pool hands out connections, and whether rotation costs any.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crate::figure::{Figure, Goal, median};

/// Each pool in turn, this often and for this long.
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(1);
const WORKERS: [usize; 3] = [1, 8, 64];

/// A pool that is asked for a connection, which asks `SELECT 1` and goes back.
pub(crate) trait Pooled: Clone + Send + Sync + 'static {
    fn select_one(&self) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// A pool of ours against the native one, at several numbers of workers.
pub(crate) async fn throughput(
    name: &str,
    ours: &impl Pooled,
    native: &impl Pooled,
) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for workers in WORKERS {
        let (mut our_rates, mut native_rates) = (Vec::new(), Vec::new());
        // The first round opens the connections.
        for round in 0..=ROUNDS {
            let our = rate(ours, workers).await?;
            let their = rate(native, workers).await?;
            if round > 0 {
                our_rates.push(our);
                native_rates.push(their);
            }
        }
        let (our, native) = (median(our_rates), median(native_rates));
        figures.push(Figure {
            name: format!("{name}: pool throughput, ours / native, {workers} workers"),
            value: our / native,
            goal: Goal::AtLeast(0.97),
            detail: format!("{our:.0} / {native:.0} a second"),
        });
    }
    Ok(figures)
}

/// How many times a second.
async fn rate(pool: &impl Pooled, workers: usize) -> anyhow::Result<f64> {
    let (done, count) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let started = Instant::now();
    let tasks: Vec<_> = (0..workers)
        .map(|_| {
            let (pool, done, count) = (pool.clone(), Arc::clone(&done), Arc::clone(&count));
            tokio::spawn(async move {
                while !done.load(Ordering::Relaxed) {
                    pool.select_one().await?;
                    count.fetch_add(1, Ordering::Relaxed);
                }
                anyhow::Ok(())
            })
        })
        .collect();
    tokio::time::sleep(ROUND).await;
    done.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await??;
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of a second is small")]
    let count = count.load(Ordering::Relaxed) as f64;
    Ok(count / started.elapsed().as_secs_f64())
}
