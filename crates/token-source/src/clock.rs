use std::time::SystemTime;

/// The wall clock of a cache.
///
/// The default is the system's. Tests bring their own, so that a token's hour passes in no time.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> SystemTime;
}

pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}
