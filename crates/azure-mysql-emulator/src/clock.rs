use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The last second of the year 9999, which is the latest time that most programs can represent.
const LAST: Duration = Duration::from_secs(253_402_300_799);

/// The emulator's time: the machine's, plus what a test has advanced it by.
///
/// Tokens are issued, and logins checked, by this clock.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    ahead: Mutex<Duration>,
}

impl Clock {
    pub(crate) fn now(&self) -> SystemTime {
        let ahead = *self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        later(SystemTime::now(), ahead)
    }

    pub(crate) fn advance(&self, by: Duration) {
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        *ahead = ahead.saturating_add(by);
    }
}

/// `time` plus `by`, at most the end of the year 9999.
pub(crate) fn later(time: SystemTime, by: Duration) -> SystemTime {
    let last = UNIX_EPOCH + LAST;
    time.checked_add(by).map_or(last, |time| time.min(last))
}

/// `time` minus `by`, at least 1970, where the seconds in tokens begin.
pub(crate) fn earlier(time: SystemTime, by: Duration) -> SystemTime {
    time.checked_sub(by)
        .map_or(UNIX_EPOCH, |time| time.max(UNIX_EPOCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advances_add_up_to_the_end_of_time() {
        let clock = Clock::default();
        clock.advance(Duration::from_secs(60));
        clock.advance(Duration::from_secs(40));
        let ahead = clock.now().duration_since(SystemTime::now()).unwrap();
        assert!(ahead > Duration::from_secs(99), "{ahead:?}");

        clock.advance(Duration::MAX);
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), UNIX_EPOCH + LAST);
        assert_eq!(earlier(clock.now(), Duration::MAX), UNIX_EPOCH);
    }
}
