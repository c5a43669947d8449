use std::{
    borrow::Cow,
    fmt,
    ops::{Deref, DerefMut},
    time::Duration,
};

use mysql_async::Conn;
use tokio::time::Instant;

/// An open connection: a [`mysql_async::Conn`] whose `Debug` does not show the token.
///
/// The driver keeps the password it logged in with in the connection's options and prints it with
/// `{:?}`, so the driver's own type is not handed out by value. It is reached by dereferencing:
/// all of `mysql_async`'s methods work on this one. But what those hand out (`opts()`, a transaction,
/// a query's result) shows the password in its own `Debug`: do not print it.
pub struct Connection {
    conn: Conn,
    opened_at: Instant,
    /// Since when it is idle, if it is one of a pool.
    pub(crate) idle_since: Instant,
    /// Whether nobody has used it since it was opened or reset.
    pub(crate) is_new_session: bool,
}

/// How long a connection may take to be reset before another one is opened in its place. It is one
/// round trip; a peer that vanished would keep it for many minutes.
const RESET_TIMEOUT: Duration = Duration::from_secs(5);

impl Connection {
    pub(crate) fn new(conn: Conn) -> Self {
        let now = Instant::now();
        Self {
            conn,
            opened_at: now,
            idle_since: now,
            is_new_session: true,
        }
    }

    pub(crate) fn age(&self) -> Duration {
        self.opened_at.elapsed()
    }

    /// Brings it into the state of a new session, unless it is in it already.
    ///
    /// # Errors
    ///
    /// Why it cannot be used again.
    pub(crate) async fn reset_session(&mut self) -> Result<(), Cow<'static, str>> {
        if self.conn.is_disconnected() {
            return Err("the connection is closed".into());
        }
        if self.is_new_session {
            return Ok(());
        }
        match tokio::time::timeout(RESET_TIMEOUT, self.conn.reset()).await {
            Ok(Ok(true)) => {
                self.is_new_session = true;
                self.idle_since = Instant::now();
                Ok(())
            }
            // The driver's own pool falls back to COM_CHANGE_USER here. That is a login, with the
            // token of back then.
            Ok(Ok(false)) => Err("the server cannot reset a session without a new login".into()),
            Ok(Err(error)) => Err(error.to_string().into()),
            Err(_elapsed) => Err("the server does not answer".into()),
        }
    }

    /// Says goodbye to the server and closes the connection.
    ///
    /// Dropping it does the same in the background, if the runtime lives long enough.
    ///
    /// # Errors
    ///
    /// If the server can no longer be reached.
    pub async fn disconnect(self) -> mysql_async::Result<()> {
        self.conn.disconnect().await
    }
}

impl Deref for Connection {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("id", &self.conn.id())
            .field("server_version", &self.conn.server_version())
            .finish_non_exhaustive()
    }
}
