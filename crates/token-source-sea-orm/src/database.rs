use std::{fmt, ops::Deref, sync::Arc};

use azure_mysql::Settings;
use sea_orm::{ConnectOptions, DatabaseConnection, DbErr, RuntimeErr, SqlxMySqlConnector};
use token_source_sqlx::{
    Connector, Pool, azure_mysql,
    sqlx::{
        self,
        mysql::{MySqlConnectOptions, MySqlPoolOptions},
    },
    token_source::TokenCache,
};

use crate::Error;

/// A [`DatabaseConnection`] that logs in with tokens. Each new connection of its pool uses one that is
/// valid at that moment; open ones live on when their token expires, since the server looks at it
/// only at login.
///
/// It dereferences to [`DatabaseConnection`], and can be given to queries itself. It is a handle:
/// clones share the connections.
///
/// ```no_run
/// use token_source_sea_orm::{
///     Database,
///     azure_mysql::Settings,
///     sea_orm::{ConnectOptions, ConnectionTrait},
/// };
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let mut options = ConnectOptions::new("mysql://");
/// options.max_connections(20).sqlx_logging(false);
/// let database = Database::connect(&Settings::from_env()?, options).await?;
/// database.execute_unprepared("DO 1").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Database {
    pub(crate) connection: DatabaseConnection,
    pub(crate) pool: Pool,
}

impl Database {
    /// Connects with sea-orm's options: pool, time limits, logging, and the functions that were given
    /// to them.
    ///
    /// Where to connect, as whom, with which password and over which TLS is what the settings say,
    /// whatever the options' URL says about it; `mysql://` is enough.
    ///
    /// # Errors
    ///
    /// If the options cannot be used, there is no token, or the first connection cannot be opened.
    /// With `connect_lazy` none is opened yet; the token is fetched all the same.
    pub async fn connect(settings: &Settings, options: ConnectOptions) -> Result<Self, Error> {
        Self::connect_with(Connector::new(settings), options).await
    }

    /// The same over a connector, for instance one with a token cache of your own.
    ///
    /// What [`Connector::map_connect_options`] has changed in it is replaced by what sea-orm makes of
    /// `options`, which begins anew: such changes go into `ConnectOptions::map_sqlx_mysql_opts`.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn connect_with(
        connector: Connector,
        options: ConnectOptions,
    ) -> Result<Self, Error> {
        let driver_options = driver_options(&options).await?;
        let connector = connector.map_connect_options(|_| driver_options)?;
        let connection = connector
            .open(|connect_options| connect_natively(options.clone(), connect_options))
            .await?
            .map_err(Error::from_after_connect)?;
        let pool = connection.get_mysql_connection_pool().clone();
        Ok(Self {
            pool: Pool::follow(connector, pool),
            connection,
        })
    }

    /// The pool behind it.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// The cache that the tokens come from.
    pub fn tokens(&self) -> &TokenCache {
        self.pool.tokens()
    }
}

impl Deref for Database {
    type Target = DatabaseConnection;

    fn deref(&self) -> &DatabaseConnection {
        &self.connection
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("pool", &self.pool)
            .finish_non_exhaustive()
    }
}

/// What sea-orm makes of its options for the driver: logging, what the URL says, and what the options'
/// own function changes. It alone can tell, so it makes a pool that opens nothing.
async fn driver_options(options: &ConnectOptions) -> Result<MySqlConnectOptions, Error> {
    let mut options = options.clone();
    options
        .connect_lazy(true)
        .after_connect(|_| Box::pin(async { Ok(()) }))
        // No connections to maintain, so no task for it.
        .map_sqlx_mysql_pool_opts(|_| {
            MySqlPoolOptions::new()
                .idle_timeout(None)
                .max_lifetime(None)
        });
    let unused = SqlxMySqlConnector::connect(options)
        .await
        .map_err(Error::from_options)?;
    let driver_options = unused.get_mysql_connection_pool().connect_options();
    Ok(MySqlConnectOptions::clone(&driver_options))
}

/// Connects with the driver's options as they are, by the only way in that sea-orm has.
async fn connect_natively(
    mut options: ConnectOptions,
    connect_options: MySqlConnectOptions,
) -> sqlx::Result<Result<DatabaseConnection, DbErr>> {
    options.map_sqlx_mysql_opts(move |_| connect_options.clone());
    with_driver_error(SqlxMySqlConnector::connect(options).await)
}

/// Takes the driver's error out of sea-orm's, if it is about the connection and not about what was
/// done with it.
pub(crate) fn with_driver_error<T>(result: Result<T, DbErr>) -> sqlx::Result<Result<T, DbErr>> {
    match result {
        Err(DbErr::Conn(RuntimeErr::SqlxError(error))) => match Arc::try_unwrap(error) {
            Ok(error) => Err(error),
            Err(shared) => Ok(Err(DbErr::Conn(RuntimeErr::SqlxError(shared)))),
        },
        other => Ok(other),
    }
}
