//! Transactions, whose statements wait for locks without blocking a thread.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::{
    sync::Notify,
    time::{Duration, Instant, timeout_at},
};

use super::{
    error::{Result, deadlock, lock_wait_timeout},
    locks::Owner,
    storage::{Stop, Storage},
};

/// All databases of one server. They are gone with the last handle.
#[derive(Clone, Debug)]
pub(crate) struct Database(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    storage: Mutex<Storage>,
    /// Some lock was released.
    released: Notify,
}

/// What a session may have one of, open or not.
#[derive(Debug)]
pub(super) struct Transaction {
    shared: Arc<Shared>,
    owner: Owner,
    /// Otherwise each statement is committed by itself.
    pub(super) open: bool,
}

impl Database {
    /// Makes databases of these names, all of them empty.
    pub(crate) fn new(names: &[&str]) -> Self {
        Self(Arc::new(Shared {
            storage: Mutex::new(Storage::new(names)),
            released: Notify::new(),
        }))
    }
}

impl Shared {
    fn storage(&self) -> MutexGuard<'_, Storage> {
        // A statement that panicked is the whole connection's end, which rolls it back.
        self.storage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Transaction {
    pub(super) fn new(database: &Database) -> Self {
        let shared = Arc::clone(&database.0);
        let owner = shared.storage().new_id();
        Self {
            shared,
            owner,
            open: false,
        }
    }

    /// Does what needs no lock.
    pub(super) fn at_once<T>(&self, act: impl FnOnce(&mut Storage, Owner) -> T) -> T {
        act(&mut self.shared.storage(), self.owner)
    }

    /// Tries until no lock is in the way. Outside of an open transaction, what was done is committed.
    pub(super) async fn run<T>(
        &mut self,
        patience: Duration,
        mut attempt: impl FnMut(&mut Storage, Owner) -> Result<T, Stop>,
    ) -> Result<T> {
        let shared = Arc::clone(&self.shared);
        let deadline = Instant::now() + patience;
        let result = loop {
            let mut released = std::pin::pin!(shared.released.notified());
            released.as_mut().enable();
            let attempted = {
                let mut storage = shared.storage();
                if storage.was_victim(self.owner) {
                    break Err(deadlock());
                }
                let attempted = attempt(&mut storage, self.owner);
                if storage.has_victims() {
                    shared.released.notify_waiters();
                }
                attempted
            };
            match attempted {
                Ok(done) => break Ok(done),
                Err(Stop::Fail(error)) => break Err(error),
                Err(Stop::Wait) if timeout_at(deadline, released).await.is_err() => {
                    break Err(lock_wait_timeout());
                }
                Err(Stop::Wait) => {}
            }
        };
        // For a lock that turned out not to be needed, or that did not come.
        if shared.storage().locks.stop_waiting(self.owner) {
            shared.released.notify_waiters();
        }
        match &result {
            Err(error) if error.number == 1213 => self.end(false),
            _ if self.open => {}
            _ => self.end(result.is_ok()),
        }
        result
    }

    pub(super) fn end(&mut self, commit: bool) {
        let mut storage = self.shared.storage();
        storage.was_victim(self.owner);
        storage.end(self.owner, commit);
        drop(storage);
        self.open = false;
        self.shared.released.notify_waiters();
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        self.end(false);
    }
}
