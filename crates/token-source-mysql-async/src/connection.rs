use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use mysql_async::Conn;

/// An open connection: a [`mysql_async::Conn`] whose `Debug` does not show the token.
///
/// The driver keeps the password it logged in with in the connection's options and prints it with
/// `{:?}`, so the driver's own type is not handed out by value. It is reached by dereferencing:
/// all of `mysql_async`'s methods work on this one. But what those hand out (`opts()`, a transaction,
/// a query's result) shows the password in its own `Debug`: do not print it.
pub struct Connection(Conn);

impl Connection {
    pub(crate) fn new(conn: Conn) -> Self {
        Self(conn)
    }

    /// Says goodbye to the server and closes the connection.
    ///
    /// Dropping it does the same in the background, if the runtime lives long enough.
    ///
    /// # Errors
    ///
    /// If the server can no longer be reached.
    pub async fn disconnect(self) -> mysql_async::Result<()> {
        self.0.disconnect().await
    }
}

impl Deref for Connection {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("id", &self.0.id())
            .field("server_version", &self.0.server_version())
            .finish_non_exhaustive()
    }
}
