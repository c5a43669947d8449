//! The suite that all adapters pass.

#[cfg(feature = "bb8")]
mod bb8;
mod deadpool;
#[cfg(feature = "sync")]
mod sync;

use std::{process::ExitCode, sync::Mutex};

use adapter_conformance::{Failure, FailureKind, Suite};
use token_source_diesel::{
    Connector, Error, ErrorKind,
    azure_mysql::Settings,
    diesel::{
        self, QueryableByName,
        connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation},
        mysql::Mysql,
        sql_query,
        sql_types::Text,
    },
    diesel_async::{AsyncMysqlConnection, RunQueryDsl},
    token_source::TokenCache,
};

/// What the driver tells of a query: diesel prepares each.
const DRIVER_LOGS: &str = "mysql_async::prepare";

/// diesel reads columns by name. This one is called as in `SHOW STATUS`.
#[derive(QueryableByName)]
#[diesel(check_for_backend(Mysql))]
struct Answer {
    #[diesel(sql_type = Text, column_name = "Value")]
    value: String,
}

fn named(query: &str) -> String {
    format!("{query} AS Value")
}

fn status_of(name: &str) -> String {
    format!("SHOW STATUS LIKE '{name}'")
}

async fn connect(settings: &Settings, tokens: TokenCache) -> Result<(), Failure> {
    let connection = Connector::with_tokens(settings, tokens).connect().await;
    connection.map(drop).map_err(|error| failure(&error))
}

async fn ask(connection: &mut AsyncMysqlConnection, query: String) -> Result<String, Failure> {
    let answer: Result<Answer, _> = sql_query(query).get_result(connection).await;
    answer.map(|it| it.value).map_err(|error| of_query(&error))
}

fn of_query(error: &diesel::result::Error) -> Failure {
    Failure::new(FailureKind::Other, error)
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

/// What diesel has told its instrumentation.
static EVENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn listen() -> fn() -> String {
    set_default_instrumentation(recorder).unwrap();
    || EVENTS.lock().unwrap().join("\n")
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "diesel wants a function of this type"
)]
fn recorder() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(|event: InstrumentationEvent<'_>| {
        EVENTS.lock().unwrap().push(format!("{event:?}"));
    }))
}

fn main() -> ExitCode {
    adapter_conformance::main([
        Suite::of::<deadpool::DieselDeadpool>(),
        #[cfg(feature = "bb8")]
        Suite::of::<bb8::DieselBb8>(),
        #[cfg(feature = "sync")]
        Suite::of::<sync::DieselSync>(),
    ])
}
