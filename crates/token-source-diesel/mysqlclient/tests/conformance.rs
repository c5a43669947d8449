//! The suite that all adapters pass, for `MysqlConnection` in diesel's r2d2 pool.
//!
//! Its calls block, so each is made on a thread for that. The pool opens connections in threads of
//! its own. It tries again and again, and tells its error handler why; a caller gets, once its
//! time-out is over, the last error's text alone. So the handler is listened to here. A caller who
//! gives up does not end the call: the connection goes to the pool when it comes.

use std::{
    error::Error as _,
    io,
    process::ExitCode,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use adapter_conformance::{Abandoned, Adapter, Failure, FailureKind, Overheard, Suite};
use diesel::{
    Connection, MysqlConnection, QueryableByName, RunQueryDsl,
    connection::{AnsiTransactionManager, InstrumentationEvent, TransactionManager},
    mysql::Mysql,
    r2d2::{self, CustomizeConnection, HandleError, ManageConnection, PooledConnection},
    sql_query,
    sql_types::Text,
};
use token_source_diesel::{
    Error, ErrorKind, azure_mysql::Settings, mysqlclient, token_source::TokenCache,
};
use tokio::sync::oneshot;

/// Much longer than the adapter's own patience, so that its error comes first: the pool opens no more
/// than three connections at a time.
const PATIENCE: Duration = Duration::from_secs(150);

/// How long it takes at most until it is noticed that the pool has told the handler something. The pool
/// tries again after 200 ms, and by then it should be gone.
const GLANCE: Duration = Duration::from_millis(100);

/// After how long the pool is asked to open one more: somebody else may have closed the last one.
const AGAIN: Duration = Duration::from_secs(5);

type ConnectionManager = mysqlclient::ConnectionManager<MysqlConnection>;

struct DieselMysqlclient;

#[derive(Clone, Debug)]
struct Pool {
    connections: r2d2::Pool<ConnectionManager>,
    overheard: Overheard,
}

/// Out of here only while a thread asks it something.
struct Pooled(Option<PooledConnection<ConnectionManager>>);

/// diesel reads columns by name. This one is called as in `SHOW STATUS`.
#[derive(QueryableByName)]
#[diesel(check_for_backend(Mysql))]
struct Answer {
    #[diesel(sql_type = Text, column_name = "Value")]
    value: String,
}

#[derive(Debug)]
struct Handler(Overheard);

impl HandleError<Error> for Handler {
    /// In the place of a connection that cannot be used again r2d2 opens another one.
    fn handle_error(&self, error: Error) {
        let of_query = error
            .source()
            .and_then(|cause| cause.downcast_ref::<diesel::result::Error>());
        if of_query.is_none() {
            self.0.tell(failure(&error));
        }
    }
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

impl Pool {
    /// Opens no connection yet.
    fn of(manager: ConnectionManager, max_size: u32) -> Self {
        let overheard = Overheard::default();
        let connections = r2d2::Pool::builder()
            .max_size(max_size)
            .min_idle(Some(0))
            .connection_timeout(PATIENCE)
            .connection_customizer(Box::new(Listener))
            .error_handler(Box::new(Handler(overheard.clone())))
            .build_unchecked(manager);
        Self {
            connections,
            overheard,
        }
    }

    fn get(&self) -> Result<Pooled, Failure> {
        self.overheard.forget();
        let started = Instant::now();
        let mut asked = None;
        while started.elapsed() < PATIENCE {
            // To ask is to have one more connection opened, if there is room.
            let connection = if asked.is_none_or(|it: Instant| it.elapsed() > AGAIN) {
                asked = Some(Instant::now());
                self.connections.get_timeout(GLANCE).ok()
            } else {
                thread::sleep(GLANCE / 2);
                self.connections.try_get()
            };
            if connection.is_some() {
                return Ok(Pooled(connection));
            }
            if let Some(failure) = self.overheard.take() {
                return Err(failure);
            }
        }
        Err(Failure::new(
            FailureKind::Timeout,
            &io::Error::from(io::ErrorKind::TimedOut),
        ))
    }
}

impl Pooled {
    async fn ask(&mut self, query: String) -> Result<String, Failure> {
        let mut connection = self.0.take().expect("nobody asks it anything");
        let (connection, answer) = blocking(move || {
            let answer: Result<Answer, _> = sql_query(query).get_result(&mut connection);
            (connection, answer)
        })
        .await;
        self.0 = Some(connection);
        let answer = answer.map(|it| it.value);
        answer.map_err(|error| Failure::new(FailureKind::Other, &error))
    }
}

impl Adapter for DieselMysqlclient {
    const NAME: &'static str = "diesel_mysqlclient";
    const ABANDONED: Abandoned = Abandoned::OpenedAndClosed;
    const TELLS_DETAILS: bool = false;
    const ENDS_WHAT_HANGS: bool = false;
    const DRIVER_LOGS: &'static str = "";

    type Pool = Pool;
    type Connection = Pooled;

    async fn start(settings: &Settings) -> Result<(), Failure> {
        let settings = settings.clone();
        let got = blocking(move || {
            let manager = ConnectionManager::new(&settings).map_err(|error| failure(&error))?;
            Pool::of(manager, 1).get()
        });
        got.await.map(drop)
    }

    async fn connect(settings: &Settings, tokens: TokenCache) -> Result<(), Failure> {
        let settings = settings.clone();
        let connection = blocking(move || {
            ConnectionManager::with_tokens(&settings, tokens).and_then(|manager| manager.connect())
        });
        let connection = connection.await.map(drop);
        connection.map_err(|error| failure(&error))
    }

    async fn pool(settings: &Settings, tokens: TokenCache, max_size: u32) -> Result<Pool, Failure> {
        let settings = settings.clone();
        let manager = blocking(move || ConnectionManager::with_tokens(&settings, tokens)).await;
        let manager = manager.map_err(|error| failure(&error))?;
        Ok(Pool::of(manager, max_size))
    }

    async fn get(pool: &Pool) -> Result<Pooled, Failure> {
        let pool = pool.clone();
        blocking(move || pool.get()).await
    }

    async fn text(connection: &mut Pooled, query: &str) -> Result<String, Failure> {
        connection.ask(format!("{query} AS Value")).await
    }

    async fn status(connection: &mut Pooled, name: &str) -> Result<String, Failure> {
        connection.ask(format!("SHOW STATUS LIKE '{name}'")).await
    }

    /// r2d2 lets go of a connection only if it is broken, and one that is left in a transaction is.
    async fn close(connection: Pooled) {
        blocking(|| {
            let mut connection = connection.0.expect("nobody asks it anything");
            // A server that has gone away need not be told.
            let _ = AnsiTransactionManager::begin_transaction(&mut *connection);
        })
        .await;
    }

    fn shown(pool: &Pool, _: &Pooled) -> String {
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

/// Runs what blocks on a thread of its own. tokio has 512 for that, and the emulator's server, which is
/// in this process, needs them too: if all wait for it, it waits for them.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = oneshot::channel();
    thread::spawn(move || {
        // Nobody waits any more if the caller has given up.
        let _ = sender.send(work());
    });
    receiver.await.expect("no panic, or it has been shown")
}

fn main() -> ExitCode {
    adapter_conformance::main([Suite::of::<DieselMysqlclient>()])
}
