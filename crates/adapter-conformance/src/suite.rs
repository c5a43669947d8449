//! All checks, run as tests.

use std::{process::ExitCode, sync::Mutex};

use libtest_mimic::{Arguments, Trial};
use test_servers::{ServerKind, TestEnv, temporary};
use tokio::runtime::{Builder, Runtime};

use crate::{Adapter, check::Check, checks};

/// All checks, for one adapter.
#[expect(missing_debug_implementations, reason = "it is made of functions")]
pub struct Suite {
    adapter: &'static str,
    checks: Vec<Check>,
}

impl Suite {
    /// The checks for `A`.
    pub fn of<A: Adapter>() -> Self {
        Self {
            adapter: A::NAME,
            checks: checks::all::<A>(),
        }
    }

    fn trials(self, server: ServerKind) -> impl Iterator<Item = Trial> {
        let checks = self.checks.into_iter();
        checks
            .filter(move |check| check.is_for(server))
            .map(move |check| {
                let name = format!("{}::{}", self.adapter, check.name);
                Trial::test(name, move || {
                    let _alone = check.is_busy.then(|| BUSY.lock());
                    runtime().block_on((check.run)(server));
                    Ok(())
                })
            })
    }
}

/// Held by a check that keeps the machine busy. Two of them would only be in each other's way, and
/// logins have a time limit.
static BUSY: Mutex<()> = Mutex::new(());

/// Checks wait more than they work, so more of them are made at once than there are cores.
const THREADS: usize = 4;

/// Runs suites against the server that `TEST_SERVER` names, the embedded one unless it is set. The
/// command line is that of any test binary.
///
/// # Panics
///
/// If `TEST_SERVER` names no server, or if a server does not stop.
pub fn main(suites: impl IntoIterator<Item = Suite>) -> ExitCode {
    let server = ServerKind::from_env().expect("TEST_SERVER is a server");
    temporary::begin();
    let mut trials: Vec<_> = suites
        .into_iter()
        .flat_map(|suite| suite.trials(server).enumerate())
        .collect();
    // The first check of all adapters, then the second, so that those wait together that wait.
    trials.sort_by_key(|(place, _)| *place);
    let trials = trials.into_iter().map(|(_, trial)| trial).collect();
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(THREADS));
    let conclusion = libtest_mimic::run(&arguments, trials);
    TestEnv::stop_shared().expect("the servers stop");
    temporary::end();
    conclusion.exit_code()
}

/// Where an adapter knows no async, each of a thousand callers blocks one, and the embedded server
/// needs some for its sessions.
const BLOCKING_THREADS: usize = 1200;

fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_all()
        .build()
        .expect("there is a runtime")
}
