//! How a statement that runs is ended from elsewhere.

use std::{
    cell::RefCell,
    fmt,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Ends what a session does, for `KILL` and for a client that goes away.
#[derive(Clone, Default)]
pub(crate) struct Interrupt(Arc<State>);

#[derive(Default)]
struct State {
    asked: AtomicBool,
    waiting: Mutex<()>,
    woken: Condvar,
}

thread_local! {
    /// Of the statement that this thread runs: SQLite asks it now and then, and our `SLEEP` looks.
    static CURRENT: RefCell<Option<(Interrupt, Instant, Duration)>> = const { RefCell::new(None) };
}

impl Interrupt {
    /// The statement fails with error 1317, unless it is over before it looks. So does each that the
    /// session has still to run: nobody can know which of them has begun.
    pub(crate) fn interrupt(&self) {
        let _waiting = self
            .0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.0.asked.store(true, Ordering::SeqCst);
        self.0.woken.notify_all();
    }

    pub(crate) fn asked(&self) -> bool {
        self.0.asked.load(Ordering::SeqCst)
    }

    /// From now until the guard goes, the statement that this thread runs can be interrupted.
    pub(crate) fn watch(&self, lock_wait: Duration) -> Watch {
        CURRENT.set(Some((self.clone(), Instant::now(), lock_wait)));
        Watch(())
    }

    /// Waits, at most so long; tells whether it was interrupted.
    pub(crate) fn sleep(&self, duration: Duration) -> bool {
        let waiting = self
            .0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (_waiting, _) = self
            .0
            .woken
            .wait_timeout_while(waiting, duration, |()| !self.asked())
            .unwrap_or_else(PoisonError::into_inner);
        self.asked()
    }
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interrupt").finish_non_exhaustive()
    }
}

pub(crate) struct Watch(());

impl Drop for Watch {
    fn drop(&mut self) {
        CURRENT.set(None);
    }
}

/// The interrupt of the statement that this thread runs.
pub(crate) fn current() -> Option<Interrupt> {
    CURRENT.with_borrow(|current| current.as_ref().map(|(interrupt, _, _)| interrupt.clone()))
}

/// Whether the statement that this thread runs has to end.
pub(crate) fn is_asked() -> bool {
    CURRENT.with_borrow(|current| {
        current
            .as_ref()
            .is_some_and(|(interrupt, ..)| interrupt.asked())
    })
}

/// Waits for a lock that another session holds: `SQLite` asks whether to go on.
pub(crate) fn wait_for_lock(tries: i32) -> bool {
    let Some((interrupt, since, limit)) = CURRENT.with_borrow(Clone::clone) else {
        return false;
    };
    if since.elapsed() >= limit {
        return false;
    }
    let pause = if tries < 20 { 1 } else { 5 };
    !interrupt.sleep(Duration::from_millis(pause))
}
