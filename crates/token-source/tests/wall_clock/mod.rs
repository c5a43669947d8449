//! A wall clock for tests of time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime},
};

use token_source::Clock;
use tokio::time::Instant;

/// Tells the time by tokio's paused clock, and can be set.
#[derive(Clone)]
pub(crate) struct WallClock {
    start: Instant,
    seconds_off: Arc<AtomicI64>,
}

impl WallClock {
    pub(crate) fn starting_now() -> Self {
        Self {
            start: Instant::now(),
            seconds_off: Arc::default(),
        }
    }

    /// Sets the clock forward, or back, as after the sleep of a machine or a correction.
    pub(crate) fn jumps(&self, seconds: i64) {
        self.seconds_off.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for WallClock {
    fn now(&self) -> SystemTime {
        // Far from the epoch, so that the clock can be set back.
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        shifted(
            start + self.start.elapsed(),
            self.seconds_off.load(Ordering::Relaxed),
        )
    }
}

pub(crate) fn shifted(time: SystemTime, seconds: i64) -> SystemTime {
    let by = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { time - by } else { time + by }
}
