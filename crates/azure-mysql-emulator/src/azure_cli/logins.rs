use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{Principal, tenant::random_guid};

/// Who is logged in to each stand-in, by its key.
#[derive(Default)]
pub(crate) struct Logins(Mutex<HashMap<String, Arc<Login>>>);

/// The state of one stand-in.
pub(crate) struct Login {
    pub(super) user: Principal,
    /// Whoever knows it gets tokens of the user.
    pub(super) key: String,
    pub(super) subscription: String,
    is_logged_in: AtomicBool,
    calls: Mutex<Vec<String>>,
}

impl Logins {
    pub(super) fn log_in(&self, user: &Principal) -> Arc<Login> {
        let login = Arc::new(Login {
            user: user.clone(),
            key: random_guid(),
            subscription: random_guid(),
            is_logged_in: AtomicBool::new(true),
            calls: Mutex::default(),
        });
        lock(&self.0).insert(login.key.clone(), Arc::clone(&login));
        login
    }

    pub(super) fn remove(&self, key: &str) {
        lock(&self.0).remove(key);
    }

    pub(super) fn find(&self, key: &str) -> Option<Arc<Login>> {
        lock(&self.0).get(key).cloned()
    }
}

impl Login {
    pub(super) fn record_call(&self, arguments: &[&str]) {
        lock(&self.calls).push(arguments.join(" "));
    }

    pub(super) fn calls(&self) -> Vec<String> {
        lock(&self.calls).clone()
    }

    pub(super) fn log_out(&self) {
        self.is_logged_in.store(false, Ordering::Relaxed);
    }

    pub(super) fn is_logged_in(&self) -> bool {
        self.is_logged_in.load(Ordering::Relaxed)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
