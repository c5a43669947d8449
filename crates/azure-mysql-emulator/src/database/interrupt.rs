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

use rusqlite::{Connection, InterruptHandle};

/// Ends the statement that a session runs, for `KILL` and for a client that goes away.
///
/// Without one running it does nothing: the next statement is not touched.
#[derive(Clone, Default)]
pub(crate) struct Interrupt(Arc<State>);

#[derive(Default)]
struct State {
    asked: AtomicBool,
    running: Mutex<Option<InterruptHandle>>,
    woken: Condvar,
}

thread_local! {
    /// Of the statement that this thread runs: SQLite's handler of busy locks and our `SLEEP` look.
    static CURRENT: RefCell<Option<(Interrupt, Instant, Duration)>> = const { RefCell::new(None) };
}

impl Interrupt {
    /// The statement fails with error 1317.
    pub(crate) fn interrupt(&self) {
        let running = self
            .0
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = running.as_ref() {
            self.0.asked.store(true, Ordering::SeqCst);
            handle.interrupt();
        }
        self.0.woken.notify_all();
    }

    pub(crate) fn asked(&self) -> bool {
        self.0.asked.load(Ordering::SeqCst)
    }

    /// From now until the guard goes, the statement on this connection can be interrupted.
    pub(crate) fn watch(&self, connection: &Connection, lock_wait: Duration) -> Watch {
        self.0.asked.store(false, Ordering::SeqCst);
        *self.running() = Some(connection.get_interrupt_handle());
        CURRENT.set(Some((self.clone(), Instant::now(), lock_wait)));
        Watch(self.clone())
    }

    /// Waits, at most so long; tells whether it was interrupted.
    pub(crate) fn sleep(&self, duration: Duration) -> bool {
        let running = self.running();
        let (_running, _) = self
            .0
            .woken
            .wait_timeout_while(running, duration, |_| !self.asked())
            .unwrap_or_else(PoisonError::into_inner);
        self.asked()
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Option<InterruptHandle>> {
        self.0
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interrupt").finish_non_exhaustive()
    }
}

pub(crate) struct Watch(Interrupt);

impl Drop for Watch {
    fn drop(&mut self) {
        *self.0.running() = None;
        CURRENT.set(None);
    }
}

/// The interrupt of the statement that this thread runs.
pub(crate) fn current() -> Option<Interrupt> {
    CURRENT.with_borrow(|current| current.as_ref().map(|(interrupt, _, _)| interrupt.clone()))
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
