//! A read of a fresh token against a read from `azure_identity`'s own cache, and the crowd that
//! finds an empty cache. Ratios of this one run are printed at the end.

mod endpoint;
mod samples;

use std::{
    env,
    hint::black_box,
    sync::Barrier,
    thread,
    time::{Duration, Instant, SystemTime},
};

use azure_core::credentials::TokenCredential;
use criterion::{Criterion, SamplingMode};
use endpoint::{Endpoint, a_credential};
use samples::Samples;
use token_source::TokenCache;
use tokio::runtime::Runtime;

/// The latency of the endpoint that the crowd waits for.
const LATENCY: Duration = Duration::from_millis(200);
const CROWD: usize = 10_000;
const SCOPES: &[&str] = &["https://ossrdbms-aad.database.windows.net/.default"];

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    let runtime = Runtime::new().expect("threads can be started");
    let cores = thread::available_parallelism().map_or(1, usize::from);

    let one = reads(&mut criterion, &runtime, 1);
    let all = reads(&mut criterion, &runtime, cores);
    let crowd = first_callers(&mut criterion, &runtime);
    criterion.final_summary();

    // Under `cargo test` each part runs once, which measures nothing.
    if !env::args().any(|argument| argument == "--bench") {
        return;
    }
    let print = |what: String, ratio: Option<f64>| {
        if let Some(ratio) = ratio {
            println!("{ratio:>8.3}  {what}");
        }
    };
    println!("\nratios (reads: means; the crowd: its slowest)");
    print(
        "fresh read ÷ azure_identity's, one reader".into(),
        one.ours.over(&one.theirs),
    );
    print(
        format!("fresh read ÷ azure_identity's, {cores} readers"),
        all.ours.over(&all.theirs),
    );
    print(
        format!("fresh read, {cores} readers ÷ one"),
        all.ours.over(&one.ours),
    );
    print(
        format!("azure_identity's read, {cores} readers ÷ one"),
        all.theirs.over(&one.theirs),
    );
    print(
        format!("nothing shared, {cores} readers ÷ one: above 1 the machine is busy"),
        all.nothing_shared.over(&one.nothing_shared),
    );
    print(
        format!("{CROWD} first callers ÷ the endpoint's {LATENCY:?}; one fetch each time"),
        crowd.slowest().map(|time| time / LATENCY.as_secs_f64()),
    );
}

#[derive(Default)]
struct Reads {
    ours: Samples,
    theirs: Samples,
    /// What the machine itself makes of so many readers.
    nothing_shared: Samples,
}

/// `readers` threads that read a fresh token: ours, and that of `azure_identity`.
fn reads(criterion: &mut Criterion, runtime: &Runtime, readers: usize) -> Reads {
    let samples = Reads::default();
    let cache = TokenCache::new(Endpoint::default());
    let credential = a_credential();
    let our_read = async || {
        black_box(cache.token().await.expect("the endpoint is up"));
    };
    let their_read = async || {
        black_box(credential.get_token(SCOPES, None).await).expect("the endpoint is up");
    };

    let clock_read = async || {
        black_box(SystemTime::now());
    };

    let mut group = criterion.benchmark_group(format!("fresh read, {readers} at once"));
    group.bench_function("token-source", |bencher| {
        bencher.iter_custom(|times| {
            let time = time_of(runtime, readers, times, &our_read);
            samples.ours.add(times, time)
        });
    });
    group.bench_function("azure_identity", |bencher| {
        bencher.iter_custom(|times| {
            let time = time_of(runtime, readers, times, &their_read);
            samples.theirs.add(times, time)
        });
    });
    group.bench_function("nothing shared", |bencher| {
        bencher.iter_custom(|times| {
            let time = time_of(runtime, readers, times, &clock_read);
            samples.nothing_shared.add(times, time)
        });
    });
    group.finish();
    samples
}

/// How long the slowest of `readers` threads takes to `read` so many `times`.
fn time_of(
    runtime: &Runtime,
    readers: usize,
    times: u64,
    read: &(impl AsyncFn() + Sync),
) -> Duration {
    // So that what is timed are reads of a fresh token alone.
    runtime.block_on(read());
    let start = Barrier::new(readers);
    let reader = || {
        runtime.block_on(async {
            start.wait();
            let started = Instant::now();
            for _ in 0..times {
                read().await;
            }
            started.elapsed()
        })
    };
    thread::scope(|scope| {
        let readers: Vec<_> = (0..readers).map(|_| scope.spawn(reader)).collect();
        readers
            .into_iter()
            .map(|reader| reader.join().expect("a reader does not panic"))
            .max()
            .unwrap_or_default()
    })
}

/// From the first caller of an empty cache to the last one served.
fn first_callers(criterion: &mut Criterion, runtime: &Runtime) -> Samples {
    let samples = Samples::default();
    let mut group = criterion.benchmark_group("empty cache");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    group.bench_function(format!("{CROWD} first callers"), |bencher| {
        bencher.iter_custom(|times| {
            let crowds = (0..times).map(|_| runtime.block_on(one_crowd()));
            samples.add(times, crowds.sum())
        });
    });
    group.finish();
    samples
}

async fn one_crowd() -> Duration {
    let endpoint = Endpoint::slow(LATENCY);
    let cache = TokenCache::new(endpoint.clone());
    let started = Instant::now();
    let callers: Vec<_> = (0..CROWD)
        .map(|_| {
            let cache = cache.clone();
            tokio::spawn(async move { cache.token().await })
        })
        .collect();
    for caller in callers {
        let served = caller.await.expect("a caller does not panic");
        black_box(served).expect("the endpoint is up");
    }
    let took = started.elapsed();
    assert_eq!(endpoint.fetches(), 1, "one fetch serves the crowd");
    took
}
