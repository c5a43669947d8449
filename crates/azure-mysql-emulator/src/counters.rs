use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many tokens the emulator's endpoints have issued, and what became of the logins to its MySQL
/// server, since it started.
///
/// Tokens made by [`Emulator::token`](crate::Emulator::token) are not counted: no program requested
/// them. A token is counted even if a fault then breaks off the response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Tokens issued by the managed identity endpoint of App Service.
    pub managed_identity: u64,
    /// Tokens issued by the metadata service of virtual machines.
    pub imds: u64,
    /// Tokens issued by the Entra token endpoint for a client secret.
    pub client_secret: u64,
    /// Tokens issued by the Entra token endpoint for an assertion signed with a certificate's key.
    pub client_certificate: u64,
    /// Tokens issued by the Entra token endpoint for a cluster's service account token.
    pub federated: u64,
    /// Tokens issued by a stand-in for the Azure CLI.
    pub azure_cli: u64,
    /// Requests for a token that were refused.
    pub refused: u64,
    /// [Faults](crate::TokenFault) of token endpoints that requests ran into.
    pub faults: u64,
    /// Connections to the MySQL server.
    pub connections: u64,
    /// Connections to the MySQL server that are open now, logged in or not.
    pub open_connections: u64,
    /// Logins that the MySQL server accepted, including changes of user on an open connection.
    pub logins_accepted: u64,
    /// Logins that the MySQL server refused; see
    /// [`Emulator::login_refusals`](crate::Emulator::login_refusals).
    pub logins_refused: u64,
    /// Passwords that reached the MySQL server, valid tokens or not, over TLS or not. While it is 0,
    /// no byte of a token has left a client.
    pub tokens_received: u64,
    /// How many of them were distinct. It counts no further than 10,000.
    pub distinct_tokens: u64,
    /// Statements that the MySQL server ran, prepared or not.
    pub statements: u64,
}

/// The counters of the token endpoints.
#[derive(Debug, Default)]
pub(crate) struct LiveCounters(Mutex<Counters>);

impl LiveCounters {
    pub(crate) fn update(&self, update: impl FnOnce(&mut Counters)) {
        update(&mut self.lock());
    }

    pub(crate) fn read(&self) -> Counters {
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, Counters> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
