//! The connector behind diesel-async's pools.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use diesel::{
    IntoSql, QueryResult,
    result::{DatabaseErrorKind, Error as DieselError},
    select,
    sql_types::BigInt,
};
use diesel_async::{
    AsyncMysqlConnection, RunQueryDsl,
    pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, PoolError, RecyclingMethod},
};

use crate::{Connector, Error};

/// How long the check of a pooled connection may take before another one is opened in its place. It
/// is one round trip, and a caller waits for it; a peer that vanished would keep it for many minutes.
const CHECK_TIMEOUT: Duration = Duration::from_secs(5);

impl Connector {
    /// For the pools of diesel-async: each connection that they open comes from this connector.
    ///
    /// A connection that is taken out again is checked with a query, as is diesel-async's default, but
    /// for no longer than 5 s. For another [`RecyclingMethod`] make the manager yourself:
    ///
    /// ```
    /// use token_source_diesel::{
    ///     Connector,
    ///     diesel_async::pooled_connection::{AsyncDieselConnectionManager, RecyclingMethod},
    /// };
    ///
    /// # fn manager(connector: &Connector) -> AsyncDieselConnectionManager<token_source_diesel::diesel_async::AsyncMysqlConnection> {
    /// let mut config = connector.manager_config();
    /// config.recycling_method = RecyclingMethod::Fast;
    /// AsyncDieselConnectionManager::new_with_config("", config)
    /// # }
    /// ```
    pub fn manager(&self) -> AsyncDieselConnectionManager<AsyncMysqlConnection> {
        AsyncDieselConnectionManager::new_with_config(String::new(), self.manager_config())
    }

    /// What [`manager`](Self::manager) is made of. The URL that goes with it is not looked at.
    pub fn manager_config(&self) -> ManagerConfig<AsyncMysqlConnection> {
        let connector = self.clone();
        let mut config = ManagerConfig::default();
        config.custom_setup = Box::new(move |_url| {
            let connector = connector.clone();
            Box::pin(async move { Ok(connector.connect().await?) })
        });
        config.recycling_method =
            RecyclingMethod::CustomFunction(Box::new(|connection| Box::pin(check(connection))));
        config
    }
}

/// Whether the server still answers, and answers this question. A caller that gave up, in a query of
/// its own or in this check, leaves an answer behind that nobody has read; diesel-async does not
/// notice, and bb8 hands such a connection to the next caller, whose questions would get the answers
/// to earlier ones.
async fn check(connection: &mut AsyncMysqlConnection) -> QueryResult<()> {
    let question = RandomState::new().hash_one(()).cast_signed();
    let query = select(question.into_sql::<BigInt>());
    let answer = tokio::time::timeout(CHECK_TIMEOUT, query.get_result::<i64>(connection));
    match answer.await {
        Ok(Ok(answer)) if answer == question => Ok(()),
        Ok(Ok(_another)) => Err(closed("the answer is that to an earlier query")),
        Ok(Err(error)) => Err(error),
        Err(_elapsed) => Err(closed("the server does not answer")),
    }
}

fn closed(reason: &str) -> DieselError {
    DieselError::DatabaseError(
        DatabaseErrorKind::ClosedConnection,
        Box::new(reason.to_owned()),
    )
}

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::ConnectionError(error) => error.into(),
            PoolError::QueryError(error) => Self::broken(error),
        }
    }
}

#[cfg(feature = "deadpool")]
impl From<diesel_async::pooled_connection::deadpool::PoolError> for Error {
    fn from(error: diesel_async::pooled_connection::deadpool::PoolError) -> Self {
        use deadpool::managed::{PoolError, TimeoutType};

        use crate::ErrorKind;

        match error {
            PoolError::Backend(error) => error.into(),
            PoolError::Closed => Self::new(ErrorKind::PoolClosed, "the pool is closed; make a new one".to_owned()),
            PoolError::Timeout(TimeoutType::Wait) => Self::new(
                ErrorKind::Timeout,
                "no connection of the pool became free in time; allow it more connections, or hold \
                 them for less long"
                    .to_owned(),
            ),
            error @ PoolError::Timeout(TimeoutType::Create | TimeoutType::Recycle) => Self::new(
                ErrorKind::Timeout,
                format!("{error}; check network and firewall rules, or give the pool longer"),
            ),
            error @ PoolError::NoRuntimeSpecified => Self::new(
                ErrorKind::Connection,
                format!("{error}; give the pool's builder `Runtime::Tokio1`, or no time limits"),
            ),
            PoolError::PostCreateHook(error) => Self::new(
                ErrorKind::Connection,
                format!("the `post_create` hook that the pool was built with has failed: {error}"),
            ),
        }
    }
}

#[cfg(feature = "bb8")]
impl From<diesel_async::pooled_connection::bb8::RunError> for Error {
    fn from(error: diesel_async::pooled_connection::bb8::RunError) -> Self {
        use crate::ErrorKind;

        match error {
            bb8::RunError::User(error) => error.into(),
            bb8::RunError::TimedOut => Self::new(
                ErrorKind::Timeout,
                "no connection came in time; the pool's error sink is told why".to_owned(),
            ),
        }
    }
}
