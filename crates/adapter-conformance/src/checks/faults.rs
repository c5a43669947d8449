//! Whatever the server does, there is an answer in time, and no connection is left behind.

use std::time::Duration;

use azure_mysql::Settings;
use azure_mysql_emulator::{LoginFault, LoginStep};
use test_servers::{ServerKind, TestEnv};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinSet,
    time::timeout,
};

use crate::{
    adapter::{Abandoned, Adapter},
    check::Check,
    connect::{self, ConnectPath},
    failure::{Failure, FailureKind},
    sources::{EmulatorTokens, Sequence},
};

const HOUR: Duration = Duration::from_secs(3600);

/// Longer than any adapter waits for a connection that is being opened.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn checks<A: Adapter>() -> Vec<Check> {
    vec![
        Check::emulated("a_server_that_hangs_is_given_up", hangs::<A>),
        Check::emulated("a_server_that_goes_away_is_an_error", drops::<A>),
        Check::emulated("a_server_that_talks_nonsense_is_an_error", nonsense::<A>),
        Check::emulated("a_single_refusal_is_overcome", single_refusal::<A>),
        Check::any("a_server_that_is_not_there_is_an_error", not_there::<A>),
        Check::any("a_server_of_something_else_hears_no_token", other::<A>),
    ]
}

/// Meets each fault with a connection of a pool and with one without a pool, all at the same time: hanging
/// ones take the adapter's whole patience.
async fn meets<A: Adapter>(
    server: ServerKind,
    faults: impl IntoIterator<Item = (LoginFault, FailureKind)>,
) {
    let mut meetings = JoinSet::new();
    for (fault, kind) in faults {
        meetings.spawn(meets_one::<A>(server, fault, kind));
    }
    meetings.join_all().await;
}

/// Meets one fault, and then none.
async fn meets_one<A: Adapter>(server: ServerKind, fault: LoginFault, kind: FailureKind) {
    let env = connect::shared_env(server).await;
    let pool = empty_pool::<A>(&env).await;
    env.emulator().login_faults().always(fault.clone());
    let settings = env.settings();
    let direct = ConnectPath::Direct.log_in::<A>(&settings, EmulatorTokens::new(&env, HOUR));
    let (pooled, direct) =
        tokio::join!(timeout(PATIENCE, A::get(&pool)), timeout(PATIENCE, direct),);
    for met in [pooled.map(|it| it.map(drop)), direct] {
        let met = met.unwrap_or_else(|_| panic!("{fault:?}: no answer in time"));
        let Err(failure) = met else {
            panic!("{fault:?}: it is not noticed");
        };
        assert_eq!(failure.kind, kind, "{fault:?}: {failure}");
        failure.is(kind);
    }
    env.emulator().login_faults().clear();
    let connection = match A::get(&pool).await {
        // The pool had begun to open it before.
        Err(_) if A::ABANDONED == Abandoned::OpenedAndClosed => A::get(&pool).await,
        other => other,
    };
    let mut connection = connection.unwrap();
    A::text(&mut connection, "SELECT 'x'").await.unwrap();
    A::close(connection).await;
    drop(pool);
    if A::ENDS_WHAT_HANGS || !matches!(fault, LoginFault::HangAt(_)) {
        connect::nobody_is_left(&env).await;
    }
}

/// A pool in which no connection is idle, so that the next one has to be opened.
async fn empty_pool<A: Adapter>(env: &TestEnv) -> A::Pool {
    let pool = connect::pool::<A>(env, EmulatorTokens::new(env, HOUR), 1)
        .await
        .unwrap();
    A::close(A::get(&pool).await.unwrap()).await;
    pool
}

async fn hangs<A: Adapter>(server: ServerKind) {
    let faults = LoginStep::ALL.map(LoginFault::HangAt);
    meets::<A>(server, faults.map(|it| (it, FailureKind::Timeout))).await;
}

async fn drops<A: Adapter>(server: ServerKind) {
    let faults = LoginStep::ALL.map(LoginFault::DropAt);
    meets::<A>(server, faults.map(|it| (it, FailureKind::Connection))).await;
}

async fn nonsense<A: Adapter>(server: ServerKind) {
    let faults = [
        (LoginFault::GarbageGreeting, FailureKind::Connection),
        (
            LoginFault::OtherPlugin("dialog".to_owned()),
            FailureKind::Connection,
        ),
        (LoginFault::NoTls, FailureKind::Tls),
        (LoginFault::OtherAuthority, FailureKind::Tls),
        (LoginFault::OtherHostName, FailureKind::Tls),
        (LoginFault::Refused, FailureKind::LoginRefused),
    ];
    meets::<A>(server, faults).await;
}

async fn single_refusal<A: Adapter>(server: ServerKind) {
    let env = connect::shared_env(server).await;
    let pool = empty_pool::<A>(&env).await;
    let before = env.tokens_received();
    env.emulator().login_faults().once(LoginFault::Refused);
    A::get(&pool).await.unwrap();
    assert_eq!(env.tokens_received(), before + 2);
}

const CANARY: &str = "canary";

/// Asks a port of this machine for a connection.
async fn fails_at<A: Adapter>(path: ConnectPath, port: u16) -> Failure {
    let settings = Settings::builder()
        .host("localhost")
        .port(port)
        .user("aad_app")
        .build()
        .unwrap();
    let login = path.log_in::<A>(&settings, Sequence::new([CANARY]));
    let failure = timeout(PATIENCE, login).await.expect("an answer in time");
    let failure = failure.unwrap_err();
    assert!(!failure.shown.contains(CANARY), "{failure}");
    failure
}

async fn not_there<A: Adapter>(_: ServerKind) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let failure = fails_at::<A>(ConnectPath::Direct, port).await;
    failure.is(A::NOT_THERE);
    failure.says(&port.to_string());
}

/// It greets as a web server does that did not like the request, and listens on.
async fn other<A: Adapter>(_: ServerKind) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let greeting = b"HTTP/1.1 400 Bad Request\r\n\r\n";
        client.write_all(greeting).await.unwrap();
        let mut heard = Vec::new();
        // An error is a client that hangs up with a reset, which ends what it says as well.
        let _ = client.read_to_end(&mut heard).await;
        heard
    });
    fails_at::<A>(ConnectPath::Direct, port).await;
    let heard = String::from_utf8_lossy(&heard.await.unwrap()).into_owned();
    assert!(!heard.contains(CANARY), "{heard}");
}
