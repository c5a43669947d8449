use std::{future::Future, pin::Pin, process::ExitCode, sync::Mutex};

use libtest_mimic::{Arguments, Trial};
use test_servers::ServerKind;
use tokio::runtime::{Builder, Runtime};

use crate::{Adapter, checks, shared, temporary};

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
        self.checks
            .into_iter()
            .filter(move |check| check.needs == Needs::AnyServer || server == ServerKind::Embedded)
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

/// A check, and where it can be made.
pub(crate) struct Check {
    name: String,
    needs: Needs,
    is_busy: bool,
    run: Run,
}

/// Held by a check that keeps the machine busy. Two of them would only be in each other's way, and
/// logins have a time limit.
static BUSY: Mutex<()> = Mutex::new(());

type Run = Box<dyn FnOnce(ServerKind) -> Pin<Box<dyn Future<Output = ()>>> + Send>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    AnyServer,
    /// The emulator's own server alone can be told to misbehave.
    Embedded,
}

impl Check {
    /// A check that any server can be used for.
    pub(crate) fn any<F>(
        name: impl Into<String>,
        run: impl FnOnce(ServerKind) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + 'static,
    {
        Self::new(name.into(), Needs::AnyServer, run)
    }

    /// A check that takes a server that can be told to misbehave.
    pub(crate) fn embedded<F>(
        name: impl Into<String>,
        run: impl FnOnce(ServerKind) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + 'static,
    {
        Self::new(name.into(), Needs::Embedded, run)
    }

    /// The same check, which keeps the machine busy.
    pub(crate) fn busy(mut self) -> Self {
        self.is_busy = true;
        self
    }

    fn new<F>(
        name: String,
        needs: Needs,
        run: impl FnOnce(ServerKind) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + 'static,
    {
        Self {
            name,
            needs,
            is_busy: false,
            run: Box::new(move |server| Box::pin(run(server))),
        }
    }
}

/// Checks wait more than they work, so more of them are made at once than there are cores.
const THREADS: usize = 4;

/// Runs suites against the server that `TEST_SERVER` names, the embedded one unless it is set. The
/// command line is that of any test binary.
///
/// # Panics
///
/// If `TEST_SERVER` names no server.
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
    shared::stop();
    temporary::end();
    conclusion.exit_code()
}

/// Where an adapter knows no async, each of a thousand callers blocks one, and the embedded server
/// needs some for its sessions.
const BLOCKING_THREADS: usize = 1200;

pub(crate) fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_all()
        .build()
        .expect("there is a runtime")
}
