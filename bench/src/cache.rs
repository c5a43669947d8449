//! The cache against the one inside `azure_identity`, without a network.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use azure_core::credentials::TokenCredential;
use token_source::TokenCache;

use crate::{
    endpoint::{Endpoint, a_credential},
    figure::{Figure, Goal, median},
    interleaved::milliseconds,
};

const SCOPES: &[&str] = &["https://ossrdbms-aad.database.windows.net/.default"];
const ROUNDS: usize = 41;
const READS: u32 = 20_000;
const CROWD: usize = 10_000;
/// Of the endpoint that the crowd waits for.
const LATENCY: Duration = Duration::from_millis(200);

/// A token that is there already.
pub(crate) async fn read() -> anyhow::Result<Figure> {
    let (cache, credential) = (TokenCache::new(Endpoint::default()), a_credential());
    let our_read = async || {
        black_box(cache.token().await)?;
        anyhow::Ok(())
    };
    let their_read = async || {
        black_box(credential.get_token(SCOPES, None).await)?;
        anyhow::Ok(())
    };
    let (mut ratios, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (our, their) = (
            nanoseconds(&our_read).await?,
            nanoseconds(&their_read).await?,
        );
        ratios.push(our / their);
        ours.push(our);
        theirs.push(their);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    Ok(Figure::new(
        "read of a fresh token ÷ azure_identity's",
        "token-source",
        median(ratios),
    )
    .goal(Goal::AtMost(0.1))
    .made_of(format!("{ours:.0} ns / {theirs:.0} ns")))
}

/// The mean of one of many reads.
async fn nanoseconds(read: &impl AsyncFn() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let started = Instant::now();
    for _ in 0..READS {
        read().await?;
    }
    Ok(started.elapsed().as_secs_f64() * 1e9 / f64::from(READS))
}

/// Many who find an empty cache.
pub(crate) async fn first_callers() -> anyhow::Result<Figure> {
    let endpoint = Endpoint::slow(LATENCY);
    let cache = TokenCache::new(endpoint.clone());
    let started = Instant::now();
    let callers: Vec<_> = (0..CROWD)
        .map(|_| {
            let cache = cache.clone();
            tokio::spawn(async move { cache.token().await.map(drop) })
        })
        .collect();
    for caller in callers {
        caller.await??;
    }
    let time = milliseconds(started.elapsed());
    #[expect(clippy::cast_precision_loss, reason = "a count of fetches is small")]
    let fetches = endpoint.fetches() as f64;
    Ok(
        Figure::new("fetches for 10,000 first callers", "token-source", fetches)
            .goal(Goal::AtMost(1.0))
            .made_of(format!(
                "the last was served after {time:.0} ms, the endpoint takes {} ms",
                LATENCY.as_millis()
            )),
    )
}
