use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use aad_auth::{Account, Verifier};
use rustls::ServerConfig;
use tokio::task::AbortHandle;

use super::{
    fault::{Latency, LoginFault},
    greeting::VERSION,
    log::Log,
    metrics::Metrics,
};
use crate::{
    Counters, Faults, backend,
    clock::Clock,
    sql::{Database, ServerInformation},
};

/// More than any test has, and less than the memory of a small machine.
pub(crate) const MOST_CONNECTIONS: usize = 5_000;

/// What all connections of one server share.
pub(crate) struct State {
    pub(crate) accounts: HashMap<String, Account>,
    pub(crate) verifier: Verifier,
    pub(crate) clock: Arc<Clock>,
    pub(crate) certificates: Certificates,
    pub(crate) answers: Answers,
    pub(crate) faults: Faults<LoginFault>,
    latency: Mutex<Latency>,
    pub(crate) log: Log,
    pub(crate) metrics: Metrics,
    started: Instant,
    connections: Mutex<HashMap<u32, AbortHandle>>,
}

/// What answers SQL.
pub(crate) enum Answers {
    SmallSql(Database),
    Server(Box<backend::Server>),
}

/// The certificate that clients should see, and those that they must not take.
pub(crate) struct Certificates {
    pub(crate) own: Arc<ServerConfig>,
    pub(crate) other_authority: Arc<ServerConfig>,
    pub(crate) other_host_name: Arc<ServerConfig>,
}

impl State {
    pub(crate) fn new(
        accounts: HashMap<String, Account>,
        verifier: Verifier,
        clock: Arc<Clock>,
        certificates: Certificates,
        answers: Answers,
    ) -> Self {
        Self {
            accounts,
            verifier,
            clock,
            certificates,
            answers,
            faults: Faults::default(),
            latency: Mutex::default(),
            log: Log::default(),
            metrics: Metrics::default(),
            started: Instant::now(),
            connections: Mutex::default(),
        }
    }

    pub(crate) fn latency(&self) -> MutexGuard<'_, Latency> {
        self.latency.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The open connections, by id. Whoever is not in it has ended or is about to.
    pub(crate) fn connections(&self) -> MutexGuard<'_, HashMap<u32, AbortHandle>> {
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn count(&self, counters: &mut Counters) {
        self.metrics.add_to(counters);
        counters.open_connections = self.connections().len() as u64;
    }
}

impl ServerInformation for State {
    fn version(&self) -> &str {
        VERSION
    }

    fn uptime(&self) -> u64 {
        self.started.elapsed().as_secs()
    }

    fn connections(&self) -> u64 {
        self.metrics.connections()
    }

    fn open_connections(&self) -> u64 {
        Self::connections(self).len() as u64
    }

    fn most_connections(&self) -> usize {
        MOST_CONNECTIONS
    }

    fn kill(&self, connection_id: u32) -> bool {
        let connection = Self::connections(self).get(&connection_id).cloned();
        if let Some(connection) = &connection {
            connection.abort();
        }
        connection.is_some()
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("faults", &self.faults)
            .field("latency", &self.latency)
            .finish_non_exhaustive()
    }
}
