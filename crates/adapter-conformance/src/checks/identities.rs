//! Whoever a program runs as, the token that its credential fetches logs it in.
//!
//! Credentials read the process's environment. So each login happens in a process of its own, which
//! has what the platform would set there and nothing else.

use azure_mysql::Settings;
use azure_mysql_emulator::Principal;
use test_servers::{ServerKind, TestEnv};
use tokio::sync::Mutex;

use crate::{
    adapter::Adapter,
    check::Check,
    child, connect,
    identity::{ALL, Identity},
};

/// Whom the program must find itself to be.
const USER: &str = "ADAPTER_CONFORMANCE_USER";

/// Held during a login, so that it is known who was given the token.
static ALONE: Mutex<()> = Mutex::const_new(());

pub(super) fn checks<A: Adapter>() -> Vec<Check> {
    let check = |identity: Identity| {
        let name = format!("logs_in_with::{}", identity.name());
        Check::any(name, move |server| logs_in::<A>(server, identity))
    };
    ALL.map(check).into()
}

async fn logs_in<A: Adapter>(server: ServerKind, identity: Identity) {
    if child::is_inside() {
        return inside::<A>(identity).await;
    }
    let principal = identity.principal();
    let env = env_of(server, principal).await;
    let _alone = ALONE.lock().await;
    let before = env.emulator().tokens_issued_to(principal);

    let (mut variables, _az) = identity.environment(&env);
    variables.insert(USER.to_owned(), principal.mysql_user().to_owned());
    let name = format!("{}::logs_in_with::{}", A::NAME, identity.name());
    child::run_with(&name, variables).await;

    let issued = env.emulator().tokens_issued_to(principal) - before;
    assert_eq!(issued, 1, "one token was fetched, by the credential");
}

/// A server that knows this principal: a real one knows everybody.
async fn env_of(server: ServerKind, principal: &Principal) -> TestEnv {
    if server.has_emulated_login() {
        let env = TestEnv::builder(server).principal(principal.clone());
        return env.start().await.expect("the server starts");
    }
    connect::shared_env(server).await
}

/// The program: it has its environment and nothing else.
async fn inside<A: Adapter>(identity: Identity) {
    let settings = Settings::from_env().unwrap();
    let tokens = identity.tokens(&settings);
    let pool = A::pool(&settings, tokens, 1).await.unwrap();
    let mut connection = A::get(&pool).await.unwrap();
    let user = A::text(&mut connection, "SELECT CURRENT_USER()").await;
    assert_eq!(user.unwrap(), format!("{}@%", std::env::var(USER).unwrap()));
    A::close(connection).await;
}
