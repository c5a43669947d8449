//! `GET_LOCK`: locks with a name, held by a session across transactions.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::interrupt::Interrupt;

#[derive(Debug, Default)]
pub(crate) struct Locks(Mutex<HashMap<String, (u32, usize)>>);

impl Locks {
    fn held(&self) -> MutexGuard<'_, HashMap<String, (u32, usize)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// 1 if the lock is held now, 0 after the time, `None` if interrupted. No time is no limit.
    pub(crate) fn acquire(
        &self,
        name: &str,
        owner: u32,
        timeout: Option<Duration>,
        interrupt: Option<&Interrupt>,
    ) -> Option<i64> {
        let start = Instant::now();
        loop {
            {
                let mut held = self.held();
                let entry = held.entry(name.to_lowercase()).or_insert((owner, 0));
                if entry.0 == owner {
                    entry.1 += 1;
                    return Some(1);
                }
            }
            if timeout.is_some_and(|timeout| start.elapsed() >= timeout) {
                return Some(0);
            }
            if interrupt?.sleep(Duration::from_millis(5)) {
                return None;
            }
        }
    }

    /// 1 if it was held by this session, 0 if by another, `None` if by nobody.
    pub(crate) fn release(&self, name: &str, owner: u32) -> Option<i64> {
        let mut held = self.held();
        let key = name.to_lowercase();
        let entry = held.get_mut(&key)?;
        if entry.0 != owner {
            return Some(0);
        }
        entry.1 -= 1;
        if entry.1 == 0 {
            held.remove(&key);
        }
        Some(1)
    }

    pub(crate) fn release_all(&self, owner: u32) -> i64 {
        let mut held = self.held();
        let of_owner: usize = held
            .values()
            .filter(|entry| entry.0 == owner)
            .map(|entry| entry.1)
            .sum();
        held.retain(|_, entry| entry.0 != owner);
        i64::try_from(of_owner).unwrap_or(i64::MAX)
    }

    pub(crate) fn owner(&self, name: &str) -> Option<u32> {
        self.held().get(&name.to_lowercase()).map(|entry| entry.0)
    }
}
