use std::sync::atomic::{AtomicU64, Ordering};

/// How often programs asked the emulator's endpoints for a token, and what became of their logins to
/// its MySQL server, since it started.
///
/// Tokens made by [`Emulator::token`](crate::Emulator::token) are not counted: no program asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Tokens given by the managed identity endpoint.
    pub managed_identity: u64,
    /// Tokens given by the Entra token endpoint for a client secret.
    pub client_secret: u64,
    /// Tokens given by the Entra token endpoint for an assertion signed by a certificate's key.
    pub client_certificate: u64,
    /// Tokens given by the Entra token endpoint for a cluster's service account token.
    pub federated: u64,
    /// Requests that either endpoint refused.
    pub refused: u64,
    /// Connections to the MySQL server.
    pub connections: u64,
    /// Connections to the MySQL server that are open now, logged in or not.
    pub open_connections: u64,
    /// Logins to the MySQL server that it accepted, changes of the user on an open connection among
    /// them.
    pub logins_accepted: u64,
    /// Logins to the MySQL server that it refused; see
    /// [`Emulator::login_refusals`](crate::Emulator::login_refusals).
    pub logins_refused: u64,
    /// Passwords that reached the MySQL server, good tokens or not, over TLS or not. While it is 0,
    /// no byte of a token has left a client.
    pub tokens_received: u64,
    /// How many of them were different. It counts no further than 10,000.
    pub distinct_tokens: u64,
    /// Statements that the MySQL server ran, prepared or not.
    pub statements: u64,
}

/// The counters as the endpoints keep them.
#[derive(Debug, Default)]
pub(crate) struct LiveCounters {
    managed_identity: AtomicU64,
    client_secret: AtomicU64,
    client_certificate: AtomicU64,
    federated: AtomicU64,
    refused: AtomicU64,
}

impl LiveCounters {
    pub(crate) fn count_managed_identity(&self) {
        self.managed_identity.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_client_secret(&self) {
        self.client_secret.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_client_certificate(&self) {
        self.client_certificate.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_federated(&self) {
        self.federated.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Counters {
        Counters {
            managed_identity: self.managed_identity.load(Ordering::Relaxed),
            client_secret: self.client_secret.load(Ordering::Relaxed),
            client_certificate: self.client_certificate.load(Ordering::Relaxed),
            federated: self.federated.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            ..Counters::default()
        }
    }
}
