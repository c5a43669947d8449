use std::{
    collections::VecDeque,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What goes wrong, in which order: a script that each request, or each login, takes its next fault
/// from.
///
/// A fault that was asked for [`once`](Self::once) comes before one that holds
/// [`until it is cleared`](Self::always). Without either, all goes well.
pub struct Faults<F> {
    script: Mutex<Script<F>>,
}

struct Script<F> {
    queue: VecDeque<F>,
    standing: Option<F>,
}

impl<F: Clone> Faults<F> {
    /// Adds a fault for the next request that has none yet.
    pub fn once(&self, fault: F) {
        self.script().queue.push_back(fault);
    }

    /// Adds a fault for each of the next `count` requests that have none yet.
    pub fn times(&self, count: usize, fault: &F) {
        let faults = std::iter::repeat_n(fault, count).cloned();
        self.script().queue.extend(faults);
    }

    /// Sets the fault of every request that has none of its own, until it is
    /// [cleared](Self::clear).
    pub fn always(&self, fault: F) {
        self.script().standing = Some(fault);
    }

    /// Forgets all faults: from now on all goes well.
    pub fn clear(&self) {
        *self.script() = Script::default();
    }

    pub(crate) fn next(&self) -> Option<F> {
        let mut script = self.script();
        script.queue.pop_front().or_else(|| script.standing.clone())
    }
}

impl<F> Faults<F> {
    fn script(&self) -> MutexGuard<'_, Script<F>> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F> Default for Script<F> {
    fn default() -> Self {
        Self {
            queue: VecDeque::new(),
            standing: None,
        }
    }
}

impl<F> Default for Faults<F> {
    fn default() -> Self {
        Self {
            script: Mutex::default(),
        }
    }
}

impl<F: fmt::Debug> fmt::Debug for Faults<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let script = self.script();
        f.debug_struct("Faults")
            .field("queue", &script.queue)
            .field("standing", &script.standing)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_played_in_order_and_then_the_standing_fault() {
        let faults = Faults::default();
        faults.always("standing");
        faults.once("first");
        faults.times(2, &"second");
        let played: Vec<_> = (0..5).map(|_| faults.next().unwrap()).collect();
        assert_eq!(
            played,
            ["first", "second", "second", "standing", "standing"]
        );
        faults.clear();
        assert_eq!(faults.next(), None);
    }
}
