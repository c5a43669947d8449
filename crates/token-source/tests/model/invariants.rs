use std::sync::{Arc, Mutex};

/// What was found broken.
#[derive(Clone, Default)]
pub(crate) struct Invariants(Arc<Mutex<Vec<String>>>);

impl Invariants {
    pub(crate) fn check(&self, holds: bool, otherwise: impl Into<String>) {
        if !holds {
            self.0.lock().unwrap().push(otherwise.into());
        }
    }

    pub(crate) fn broken(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}
