use std::fmt;

use azure_mysql::Settings;
use token_source::TokenCache;

use crate::failure::{Failure, FailureKind};

/// How an adapter does what all of them can.
pub trait Adapter: 'static {
    /// What the names of its checks begin with.
    const NAME: &'static str;

    /// What becomes of a connection that is being opened when its pool goes.
    const ABANDONED: Abandoned = Abandoned::GivenUp;

    /// Whether the driver tells the number of a server's error, and what is wrong with a certificate.
    /// A C client library has a text of its own instead.
    const TELLS_DETAILS: bool = true;

    /// Whether an attempt that is given up, because the server hangs, is ended too. A C client library
    /// cannot be told to: a thread of its own waits on, for as long as the server does.
    const ENDS_WHAT_HANGS: bool = true;

    /// What a server that is not there is to [`connect`](Self::connect). sqlx's pool asks such a one
    /// again and again, until that has taken too long.
    const NOT_THERE: FailureKind = FailureKind::Connection;

    /// What is in this process's log at TRACE when a query was asked, if the driver's own log is in
    /// it. Empty if the driver has none.
    const DRIVER_LOGS: &'static str;

    /// A handle to a pool: clones share the connections.
    type Pool: Clone + fmt::Debug + Send + Sync + 'static;
    /// A connection of a pool. It goes back when it is dropped.
    type Connection: Send + 'static;

    /// What a user begins with who has settings and nothing else. It opens a connection.
    fn start(settings: &Settings) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Opens one connection, without a pool if the adapter can, and closes it.
    fn connect(
        settings: &Settings,
        tokens: TokenCache,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

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

    /// The second column of the one row that `SHOW STATUS LIKE 'name'` gives, which is called
    /// `Value`.
    fn status(
        connection: &mut Self::Connection,
        name: &str,
    ) -> impl Future<Output = Result<String, Failure>> + Send;

    /// Ends a connection, so that it does not go back to its pool.
    fn close(connection: Self::Connection) -> impl Future<Output = ()> + Send;

    /// What `{:?}` shows of all that the adapter has handed out.
    fn shown(pool: &Self::Pool, connection: &Self::Connection) -> String;

    /// Listens to what the driver tells besides its log, such as diesel's instrumentation. The
    /// function that is returned gives what has been told so far. `None` if there is no such thing.
    fn listen() -> Option<fn() -> String> {
        None
    }
}

/// What becomes of a connection that is being opened when nobody wants it any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Abandoned {
    /// Opening it ends there and then: nothing is sent any more.
    GivenUp,
    /// It is opened all the same, and closed at once. Some pools open their connections in tasks or
    /// threads of their own, which nothing ends.
    OpenedAndClosed,
}
