//! A check, and where it can be made.

use std::{future::Future, pin::Pin};

use test_servers::ServerKind;

/// A check, which the suite runs as a test.
pub(crate) struct Check {
    pub(crate) name: String,
    needs: Needs,
    pub(crate) is_busy: bool,
    pub(crate) run: Run,
}

type Run = Box<dyn FnOnce(ServerKind) -> Pin<Box<dyn Future<Output = ()>>> + Send>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    AnyServer,
    /// Only the emulator's login can be told to misbehave.
    EmulatedLogin,
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

    /// A check that takes a login that can be told to misbehave.
    pub(crate) fn emulated<F>(
        name: impl Into<String>,
        run: impl FnOnce(ServerKind) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + 'static,
    {
        Self::new(name.into(), Needs::EmulatedLogin, run)
    }

    /// The same check, which keeps the machine busy.
    pub(crate) fn busy(mut self) -> Self {
        self.is_busy = true;
        self
    }

    /// Whether it can be made on this server.
    pub(crate) fn is_for(&self, server: ServerKind) -> bool {
        match self.needs {
            Needs::AnyServer => true,
            Needs::EmulatedLogin => server.has_emulated_login(),
        }
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
