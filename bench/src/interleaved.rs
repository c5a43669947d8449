//! Things that are compared are done in turn, so that whatever else the machine does meets them alike.

use std::time::{Duration, Instant};

use crate::figure::median;

/// How often two things are done, at most and at least.
const MOST: usize = 1_000;
const LEAST: usize = 15;
/// Between the two it is this long that decides.
const TIME: Duration = Duration::from_secs(5);
const WARM_UP: usize = 10;

/// The medians of what some things take, in milliseconds. The order changes from turn to turn: what
/// comes right after another thing pays for what that one left to do, such as the end of its session.
pub(crate) async fn interleaved<const N: usize>(
    mut one: impl AsyncFnMut(usize) -> anyhow::Result<()>,
) -> anyhow::Result<[f64; N]> {
    for turn in 0..WARM_UP * N {
        one(turn % N).await?;
    }
    let mut times = [const { Vec::new() }; N];
    let mut order: [usize; N] = std::array::from_fn(|which| which);
    let started = Instant::now();
    for turn in 0..MOST {
        if turn >= LEAST && started.elapsed() > TIME {
            break;
        }
        fastrand::shuffle(&mut order);
        for which in order {
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
    async fn each_thing_is_done_once_in_a_turn_and_has_its_own_median() {
        let mut done = Vec::new();
        let [quick, slow] = interleaved(async |which| {
            done.push(which);
            if which == 1 {
                std::thread::sleep(Duration::from_micros(200));
            }
            anyhow::Ok(())
        })
        .await
        .unwrap();
        assert!(quick < 0.2 && slow >= 0.2, "{quick} {slow}");
        assert!(
            done.chunks(2)
                .all(|turn| turn.contains(&0) && turn.contains(&1))
        );
    }
}
