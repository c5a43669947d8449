use std::{error::Error, fmt};

use azure_mysql::Settings;
use token_source::TokenCache;

/// How an adapter does what all of them can.
pub trait Adapter: 'static {
    /// What the names of its checks begin with.
    const NAME: &'static str;

    /// A handle to a pool: clones share the connections.
    type Pool: Clone + fmt::Debug + Send + Sync + 'static;
    /// A connection of a pool. It goes back when it is dropped.
    type Connection: Send + 'static;

    /// A pool of up to `max_size` connections that takes its tokens from `tokens`. It need not open
    /// one yet.
    fn pool(
        settings: &Settings,
        tokens: TokenCache,
        max_size: u32,
    ) -> impl Future<Output = Result<Self::Pool, Failure>> + Send;

    /// Takes a connection, and opens one if none is idle and there is room.
    fn get(pool: &Self::Pool) -> impl Future<Output = Result<Self::Connection, Failure>> + Send;

    /// Asks a query whose answer is one row with one text.
    fn text(
        connection: &mut Self::Connection,
        query: &str,
    ) -> impl Future<Output = Result<String, Failure>> + Send;

    /// Ends a connection, so that it does not go back to its pool.
    fn close(connection: Self::Connection) -> impl Future<Output = ()> + Send;
}

/// An adapter's error, in terms that they share.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Which step failed.
    pub kind: FailureKind,
    /// All that the error shows: its text, its `Debug`, and both of each cause.
    pub shown: String,
}

/// Which step failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// No token could be had.
    Token,
    /// The server could not be verified.
    Tls,
    /// The server refused the login.
    LoginRefused,
    /// Anything else.
    Other,
}

impl Failure {
    /// What an error shows, with the step that the adapter says has failed.
    pub fn new(kind: FailureKind, error: &(dyn Error + 'static)) -> Self {
        let shown = std::iter::successors(Some(error), |&error| error.source())
            .map(|error| format!("{error} {error:?}"))
            .collect::<Vec<_>>()
            .join(" | ");
        Self { kind, shown }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.shown)
    }
}
