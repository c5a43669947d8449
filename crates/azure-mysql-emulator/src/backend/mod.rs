//! What answers SQL once Azure's login has let a client in.

#[cfg(unix)]
mod installed;
mod server;
mod sql_text;
mod url;
mod users;

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};

pub(crate) use server::{Opened, Server, lost};

use crate::Error;

/// What stands behind Azure's login and answers SQL.
///
/// The small SQL of the emulator's own needs no set-up, and refuses whatever it does not know in full.
/// A real server answers everything, because it is MySQL.
///
/// ```no_run
/// use azure_mysql_emulator::{Backend, Emulator};
///
/// # async fn start() -> Result<(), azure_mysql_emulator::Error> {
/// let emulator = Emulator::builder()
///     .backend(Backend::server("mysql://root@127.0.0.1:3306/test"))
///     .start()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Backend(Kind);

#[derive(Clone)]
enum Kind {
    SmallSql,
    Server {
        url: SecretString,
        tenant_users: bool,
    },
    Installed,
}

impl Backend {
    /// The small SQL of the emulator's own, in memory. The default.
    pub fn small_sql() -> Self {
        Self(Kind::SmallSql)
    }

    /// A running MySQL or MariaDB, such as the one of your `docker-compose.yml`:
    /// `mysql://USER:PASSWORD@HOST:PORT/DATABASE`. The port is 3306 unless set, and there need not be a
    /// password. Special characters are percent-encoded.
    ///
    /// After Azure's login the emulator logs in there as that user and copies the session, so
    /// `CURRENT_USER()` and privileges are that user's; see [`with_tenant_users`](Self::with_tenant_users).
    /// The connection has no TLS: use a server on this machine, or in a network of its own.
    ///
    /// What is wrong with the URL, or with the server, is an error when the emulator starts.
    pub fn server(url: impl Into<String>) -> Self {
        Self(Kind::Server {
            url: url.into().into(),
            tenant_users: false,
        })
    }

    /// A server that is installed on this machine: the first `mysqld` or `mariadbd` on the `PATH` and in
    /// the folders where systems keep them. It runs in a temporary folder, on a free port of 127.0.0.1,
    /// and ends with the emulator. It has the tenant's users.
    pub fn installed() -> Self {
        Self(Kind::Installed)
    }

    /// Lets the emulator create the tenant's users in the server, so that `CURRENT_USER()` is the user
    /// that the client has logged in as, as in Azure. Each has a random password and all privileges on
    /// the URL's database and on databases whose names begin with `test_`.
    ///
    /// The user in the URL needs the privileges to create users and to grant. Users of the same names
    /// are replaced, and stay when the emulator ends.
    ///
    /// Only for [`server`](Self::server): the others have them anyway.
    #[must_use]
    pub fn with_tenant_users(mut self) -> Self {
        if let Kind::Server { tenant_users, .. } = &mut self.0 {
            *tenant_users = true;
        }
        self
    }

    /// Starts what has to be started, and logs in once. `None` is the small SQL.
    ///
    /// # Errors
    ///
    /// If the URL is not understood, or the server cannot be found, started or logged in to.
    pub(crate) async fn start(
        &self,
        database: &str,
        users: &[String],
    ) -> Result<Option<Server>, Error> {
        match &self.0 {
            Kind::SmallSql => Ok(None),
            Kind::Server { url, tenant_users } => {
                let address = url::parse(url.expose_secret())?;
                let users = if *tenant_users { users } else { &[] };
                Server::connect(address, users).await.map(Some)
            }
            #[cfg(not(unix))]
            Kind::Installed => Err(Error::new(
                "a server that is installed can only be run on Unix: start one, and name it with \
                 `Backend::server`",
            )),
            #[cfg(unix)]
            Kind::Installed => {
                let (process, address) = installed::start(database).await?;
                let server = Server::connect(address, users).await?;
                Ok(Some(server.owning(process)))
            }
        }
    }
}

impl Default for Backend {
    fn default() -> Self {
        Self::small_sql()
    }
}

/// Without the URL, which may hold a password.
impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::SmallSql => f.write_str("SmallSql"),
            Kind::Installed => f.write_str("Installed"),
            Kind::Server { tenant_users, .. } => f
                .debug_struct("Server")
                .field("tenant_users", tenant_users)
                .finish_non_exhaustive(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_is_not_in_debug() {
        let backend = Backend::server("mysql://root:s3cret@db/test").with_tenant_users();
        assert_eq!(format!("{backend:?}"), "Server { tenant_users: true, .. }");
    }
}
