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
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}
