//! Things that are compared are done in turn, so that whatever else the machine does meets them alike.

use std::time::{Duration, Instant};

use crate::figure::median;

/// How often two things are done, at most and at least.
const MOST: usize = 1_000;
const LEAST: usize = 15;
/// Between the two it is this long that decides.
const TIME: Duration = Duration::from_secs(6);
const WARM_UP: usize = 10;

/// The medians of what some things take, in milliseconds. Each turn begins with another one of them.
pub(crate) async fn in_turn<const N: usize>(
    mut one: impl AsyncFnMut(usize) -> anyhow::Result<()>,
) -> anyhow::Result<[f64; N]> {
    for turn in 0..WARM_UP * N {
        one(turn % N).await?;
    }
    let mut times = [const { Vec::new() }; N];
    let started = Instant::now();
    for turn in 0..MOST {
        if turn >= LEAST && started.elapsed() > TIME {
            break;
        }
        for place in 0..N {
            let which = (turn + place) % N;
            let started = Instant::now();
            one(which).await?;
            times[which].push(milliseconds(started.elapsed()));
        }
    }
    Ok(times.map(median))
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_thing_has_its_own_median_and_each_is_first_in_turn() {
        let mut order = Vec::new();
        let [quick, slow] = in_turn(async |which| {
            order.push(which);
            anyhow::Ok(())
        })
        .await
        .unwrap();
        assert!(quick < 1_000.0 && slow < 1_000.0);
        assert_eq!(order[20..26], [0, 1, 1, 0, 0, 1]);
    }
}
