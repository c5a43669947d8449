use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

/// The time in the emulated Azure: the machine's, and as much later as a test has asked for.
///
/// Tokens are issued by it, and logins are checked by it.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    ahead: Mutex<Duration>,
}

impl Clock {
    pub(crate) fn now(&self) -> SystemTime {
        SystemTime::now() + *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn advance(&self, by: Duration) {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advances_add_up() {
        let clock = Clock::default();
        clock.advance(Duration::from_secs(60));
        clock.advance(Duration::from_secs(40));
        let ahead = clock.now().duration_since(SystemTime::now()).unwrap();
        assert!(ahead > Duration::from_secs(99), "{ahead:?}");
    }
}
