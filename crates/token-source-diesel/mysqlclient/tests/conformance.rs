//! The suite that all adapters pass, for `MysqlConnection` in diesel's r2d2 pool.

use std::{error::Error as _, process::ExitCode, sync::Mutex};

use adapter_conformance::{
    Abandoned, Adapter, BlockingConnection, BlockingPool, Failure, FailureKind, Suite,
};
use diesel::{
    Connection, MysqlConnection, QueryableByName, RunQueryDsl,
    connection::{AnsiTransactionManager, InstrumentationEvent, TransactionManager},
    mysql::Mysql,
    r2d2::{self, CustomizeConnection, ManageConnection},
    sql_query,
    sql_types::Text,
};
use test_servers::blocking;
use token_source_diesel::{
    Error, ErrorKind, azure_mysql::Settings, mysqlclient, token_source::TokenCache,
};

type ConnectionManager = mysqlclient::ConnectionManager<MysqlConnection>;

struct DieselMysqlclient;

/// diesel reads columns by name. This one is called as in `SHOW STATUS`.
#[derive(QueryableByName)]
#[diesel(check_for_backend(Mysql))]
struct Answer {
    #[diesel(sql_type = Text, column_name = "Value")]
    value: String,
}

/// What diesel has told the connections' instrumentation. There must be no default one, which would
/// be told the token.
static EVENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[derive(Debug)]
struct Listener;

impl CustomizeConnection<MysqlConnection, Error> for Listener {
    fn on_acquire(&self, connection: &mut MysqlConnection) -> Result<(), Error> {
        connection.set_instrumentation(|event: InstrumentationEvent<'_>| {
            EVENTS.lock().unwrap().push(format!("{event:?}"));
        });
        Ok(())
    }
}

fn pool_of(manager: ConnectionManager, max_size: u32) -> BlockingPool<ConnectionManager> {
    let builder = r2d2::Pool::builder()
        .max_size(max_size)
        .connection_customizer(Box::new(Listener));
    BlockingPool::new(builder, manager, |error: &Error| {
        let of_query = error
            .source()
            .and_then(|cause| cause.downcast_ref::<diesel::result::Error>());
        // In the place of a connection that cannot be used again r2d2 opens another one.
        of_query.is_none().then(|| failure(error))
    })
}

async fn ask(
    connection: &mut BlockingConnection<ConnectionManager>,
    query: String,
) -> Result<String, Failure> {
    let ask = |connection: &mut MysqlConnection| sql_query(query).get_result(connection);
    let answer: Result<Answer, _> = connection.with(ask).await;
    let answer = answer.map(|it| it.value);
    answer.map_err(|error| Failure::new(FailureKind::Other, &error))
}

impl Adapter for DieselMysqlclient {
    const NAME: &'static str = "diesel_mysqlclient";
    const ABANDONED: Abandoned = Abandoned::OpenedAndClosed;
    const TELLS_DETAILS: bool = false;
    const ENDS_WHAT_HANGS: bool = false;
    const DRIVER_LOGS: &'static str = "";

    type Pool = BlockingPool<ConnectionManager>;
    type Connection = BlockingConnection<ConnectionManager>;

    async fn start(settings: &Settings) -> Result<(), Failure> {
        let settings = settings.clone();
        let manager = blocking(move || ConnectionManager::new(&settings)).await;
        let manager = manager.map_err(|error| failure(&error))?;
        pool_of(manager, 1).get().await.map(drop)
    }

    async fn connect(settings: &Settings, tokens: TokenCache) -> Result<(), Failure> {
        let settings = settings.clone();
        let connection = blocking(move || {
            ConnectionManager::with_tokens(&settings, tokens).and_then(|manager| manager.connect())
        });
        let connection = connection.await.map(drop);
        connection.map_err(|error| failure(&error))
    }

    async fn pool(
        settings: &Settings,
        tokens: TokenCache,
        max_size: u32,
    ) -> Result<Self::Pool, Failure> {
        let settings = settings.clone();
        let manager = blocking(move || ConnectionManager::with_tokens(&settings, tokens)).await;
        let manager = manager.map_err(|error| failure(&error))?;
        Ok(pool_of(manager, max_size))
    }

    async fn get(pool: &Self::Pool) -> Result<Self::Connection, Failure> {
        pool.get().await
    }

    async fn text(connection: &mut Self::Connection, query: &str) -> Result<String, Failure> {
        ask(connection, format!("{query} AS Value")).await
    }

    async fn status(connection: &mut Self::Connection, name: &str) -> Result<String, Failure> {
        ask(connection, format!("SHOW STATUS LIKE '{name}'")).await
    }

    /// r2d2 lets go of a connection only if it is broken, and one that is left in a transaction is.
    async fn close(connection: Self::Connection) {
        let leave = |connection: &mut MysqlConnection| {
            // A server that has gone away need not be told.
            let _ = AnsiTransactionManager::begin_transaction(connection);
        };
        connection.last(leave).await;
    }

    fn shown(pool: &Self::Pool, _: &Self::Connection) -> String {
        format!("{pool:?}")
    }

    fn listen() -> Option<fn() -> String> {
        Some(|| EVENTS.lock().unwrap().join("\n"))
    }
}

fn failure(error: &Error) -> Failure {
    let kind = match error.kind() {
        ErrorKind::Token => FailureKind::Token,
        ErrorKind::Tls => FailureKind::Tls,
        ErrorKind::LoginRefused => FailureKind::LoginRefused,
        ErrorKind::Server => FailureKind::Server,
        ErrorKind::Connection => FailureKind::Connection,
        ErrorKind::Timeout => FailureKind::Timeout,
        _ => FailureKind::Other,
    };
    Failure::new(kind, error)
}

fn main() -> ExitCode {
    adapter_conformance::main([Suite::of::<DieselMysqlclient>()])
}
