use std::sync::atomic::{AtomicU64, Ordering};

/// How often programs asked the emulator's endpoints for a token, and what became of their logins to
/// its MySQL server, since it started.
///
/// Tokens made by [`Emulator::token`](crate::Emulator::token) are not counted: no program asked.
/// An answer that a fault then breaks off is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Tokens given by the managed identity endpoint of App Service.
    pub managed_identity: u64,
    /// Tokens given by the metadata service of a virtual machine.
    pub imds: u64,
    /// Tokens given by the Entra token endpoint for a client secret.
    pub client_secret: u64,
    /// Tokens given by the Entra token endpoint for an assertion signed by a certificate's key.
    pub client_certificate: u64,
    /// Tokens given by the Entra token endpoint for a cluster's service account token.
    pub federated: u64,
    /// Tokens given by a stand-in for the Azure CLI.
    pub azure_cli: u64,
    /// Requests for a token that were refused.
    pub refused: u64,
    /// [Faults](crate::TokenFault) of token endpoints that were played.
    pub faults: u64,
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
    pub(crate) managed_identity: Counter,
    pub(crate) imds: Counter,
    pub(crate) client_secret: Counter,
    pub(crate) client_certificate: Counter,
    pub(crate) federated: Counter,
    pub(crate) azure_cli: Counter,
    pub(crate) refused: Counter,
    pub(crate) faults: Counter,
}

#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl LiveCounters {
    pub(crate) fn read(&self) -> Counters {
        Counters {
            managed_identity: self.managed_identity.read(),
            imds: self.imds.read(),
            client_secret: self.client_secret.read(),
            client_certificate: self.client_certificate.read(),
            federated: self.federated.read(),
            azure_cli: self.azure_cli.read(),
            refused: self.refused.read(),
            faults: self.faults.read(),
            ..Counters::default()
        }
    }
}
