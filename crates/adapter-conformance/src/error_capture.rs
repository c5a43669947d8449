use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use crate::failure::Failure;

/// Why connections could not be opened, as some pools tell it: not the caller who waits for one, but
/// a sink or a handler that the program gave them.
#[derive(Clone, Debug, Default)]
pub struct ErrorCapture {
    failures: Arc<Mutex<VecDeque<Failure>>>,
    told: Arc<Notify>,
}

impl ErrorCapture {
    /// Takes in one more.
    pub fn tell(&self, failure: Failure) {
        self.failures().push_back(failure);
        self.told.notify_one();
    }

    /// Forgets those that came before somebody waits for a connection.
    pub fn forget(&self) {
        self.failures().clear();
    }

    /// The next one, if there is one.
    pub fn take(&self) -> Option<Failure> {
        self.failures().pop_front()
    }

    /// The next one, whenever it comes.
    pub async fn next(&self) -> Failure {
        loop {
            if let Some(failure) = self.take() {
                return failure;
            }
            self.told.notified().await;
        }
    }

    fn failures(&self) -> MutexGuard<'_, VecDeque<Failure>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
