use std::time::SystemTime;

/// The wall clock that a cache looks at.
///
/// The default is the system's. Tests bring their own, so that a token's hour passes in no time.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> SystemTime;
}

pub(crate) struct SystemClock;

impl Clock for SystemClock {
    /// The time of the kernel's last tick: a few milliseconds old at most, and read in a quarter of
    /// the time, which is most of what a read of a fresh token costs.
    #[cfg(target_os = "linux")]
    fn now(&self) -> SystemTime {
        use rustix::time::{ClockId, clock_gettime};

        let time = clock_gettime(ClockId::RealtimeCoarse);
        let since_1970 = std::time::Duration::try_from(time).unwrap_or_default();
        SystemTime::UNIX_EPOCH + since_1970
    }

    #[cfg(not(target_os = "linux"))]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_clock_is_the_systems() {
        let before = SystemTime::now();
        let now = SystemClock.now();
        let off = now
            .duration_since(before)
            .unwrap_or_else(|earlier| earlier.duration());
        // A tick is 10 ms at most; a machine that stops between the two lines may need longer.
        assert!(off < Duration::from_secs(60), "{off:?}");
    }
}
