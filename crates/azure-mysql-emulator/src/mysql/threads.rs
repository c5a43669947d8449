use std::{io, sync::Arc, thread};

use tokio::{sync::Semaphore, task::spawn_blocking};

/// As many sessions at once work on the runtime's threads for what blocks, of which it has 512.
const SHARED: usize = 256;

/// Threads for sessions, which block.
///
/// Those that wait for a lock keep theirs, and whoever holds the lock needs one to let it go. So there
/// always is one more: beyond what the runtime can spare, each piece of work has a thread of its own.
#[derive(Debug)]
pub(crate) struct Threads(Arc<Semaphore>);

impl Default for Threads {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(SHARED)))
    }
}

impl Threads {
    /// Does a piece of work, while nobody waits for it.
    ///
    /// # Errors
    ///
    /// If the system has no more threads.
    pub(crate) fn run(&self, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        if let Ok(permit) = Arc::clone(&self.0).try_acquire_owned() {
            spawn_blocking(move || {
                work();
                drop(permit);
            });
        } else {
            thread::Builder::new().spawn(work)?;
        }
        Ok(())
    }
}
