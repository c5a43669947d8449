use std::{future::Future, pin::Pin, process::ExitCode};

use libtest_mimic::{Arguments, Trial};
use test_servers::ServerKind;

use crate::{Adapter, checks};

/// A check, and where it can be made.
pub(crate) struct Check {
    name: &'static str,
    needs: Needs,
    run: Run,
}

type Run = Box<dyn FnOnce(ServerKind) -> Pin<Box<dyn Future<Output = ()>>> + Send>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    AnyServer,
    /// The emulator's own server alone can be told to misbehave.
    Embedded,
}

impl Check {
    /// A check that any server can be used for.
    pub(crate) fn any<F>(name: &'static str, run: fn(ServerKind) -> F) -> Self
    where
        F: Future<Output = ()> + 'static,
    {
        Self::new(name, Needs::AnyServer, run)
    }

    /// A check that takes a server that can be told to misbehave.
    pub(crate) fn embedded<F>(name: &'static str, run: fn(ServerKind) -> F) -> Self
    where
        F: Future<Output = ()> + 'static,
    {
        Self::new(name, Needs::Embedded, run)
    }

    fn new<F>(name: &'static str, needs: Needs, run: fn(ServerKind) -> F) -> Self
    where
        F: Future<Output = ()> + 'static,
    {
        Self {
            name,
            needs,
            run: Box::new(move |server| Box::pin(run(server))),
        }
    }
}

/// Runs the suite for an adapter against the server that `TEST_SERVER` names, the embedded one
/// unless it is set. The command line is that of any test binary.
///
/// # Panics
///
/// If `TEST_SERVER` names no server.
pub fn main<A: Adapter>() -> ExitCode {
    let server = ServerKind::from_env().expect("TEST_SERVER is a server");
    let trials = checks::all::<A>()
        .into_iter()
        .filter(|check| check.needs == Needs::AnyServer || server == ServerKind::Embedded)
        .map(|check| {
            Trial::test(check.name, move || {
                tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(2)
                    .enable_all()
                    .build()?
                    .block_on((check.run)(server));
                Ok(())
            })
        })
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
