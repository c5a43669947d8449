//! Whoever a program runs as, the token that its credential fetches logs it in.
//!
//! Credentials read the process's environment. So each login happens in a process of its own, which
//! has what the platform would set there and nothing else.

use std::{collections::BTreeMap, sync::LazyLock};

use azure_mysql::{ClientType, Settings};
use azure_mysql_emulator::{AzureCli as StandIn, Principal};
use test_servers::{Sandbox, ServerKind};
use token_source::{
    TokenCache,
    entra::{AzureCli, Chain},
};
use tokio::sync::Mutex;

use crate::{Adapter, child, run::Check, shared};

/// Whom the program must find itself to be.
const USER: &str = "ADAPTER_CONFORMANCE_USER";

/// Who logs in.
#[derive(Clone, Copy)]
enum Identity {
    SystemAssigned,
    UserAssigned,
    ServicePrincipal,
    Certificate,
    ServiceAccount,
    AzureCli,
    /// Neither a secret nor a federated token is there; a managed identity is.
    Chain,
}

const ALL: [Identity; 7] = [
    Identity::SystemAssigned,
    Identity::UserAssigned,
    Identity::ServicePrincipal,
    Identity::Certificate,
    Identity::ServiceAccount,
    Identity::AzureCli,
    Identity::Chain,
];

static PRINCIPALS: LazyLock<[Principal; ALL.len()]> = LazyLock::new(|| ALL.map(Identity::somebody));

/// Held during a login, so that it is known who was given the token.
static ALONE: Mutex<()> = Mutex::const_new(());

pub(super) fn checks<A: Adapter>() -> Vec<Check> {
    let check = |identity: Identity| {
        let name = format!("logs_in_with::{}", identity.name());
        Check::any(name, move |server| logs_in::<A>(server, identity))
    };
    ALL.map(check).into()
}

pub(super) fn everybody() -> &'static [Principal] {
    &*PRINCIPALS
}

async fn logs_in<A: Adapter>(server: ServerKind, identity: Identity) {
    if child::is_inside() {
        return inside::<A>(identity).await;
    }
    let sandbox = shared::everybody(server).await;
    let principal = &PRINCIPALS[identity as usize];
    let _alone = ALONE.lock().await;
    let before = sandbox.emulator().tokens_issued_to(principal);

    let (mut variables, _az) = identity.environment(&sandbox, principal);
    variables.insert(USER.to_owned(), principal.mysql_user().to_owned());
    let name = format!("{}::logs_in_with::{}", A::NAME, identity.name());
    child::run_with(&name, variables).await;

    let given = sandbox.emulator().tokens_issued_to(principal) - before;
    assert_eq!(given, 1, "one token was fetched, by the credential");
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

impl Identity {
    fn name(self) -> &'static str {
        match self {
            Self::SystemAssigned => "system_assigned",
            Self::UserAssigned => "user_assigned",
            Self::ServicePrincipal => "service_principal",
            Self::Certificate => "certificate",
            Self::ServiceAccount => "workload_identity",
            Self::AzureCli => "azure_cli",
            Self::Chain => "chain",
        }
    }

    fn somebody(self) -> Principal {
        match self {
            Self::SystemAssigned => Principal::system_assigned("aad_system"),
            Self::UserAssigned => Principal::user_assigned("aad_shared"),
            Self::ServicePrincipal => Principal::service_principal("aad_secret", "s3cret"),
            Self::Certificate => Principal::service_principal_with_certificate("aad_certificate"),
            Self::ServiceAccount => Principal::workload_identity("aad_pod"),
            Self::AzureCli => Principal::user("ada@example.com"),
            Self::Chain => Principal::user_assigned("aad_chain"),
        }
    }

    /// What the program finds, and what must last until it has ended.
    fn environment(
        self,
        sandbox: &Sandbox,
        principal: &Principal,
    ) -> (BTreeMap<String, String>, Option<StandIn>) {
        let mut variables = sandbox.environment(ClientType::Other, principal);
        let mut stand_in = None;
        match self {
            Self::AzureCli => {
                let az = sandbox.emulator().azure_cli(principal).unwrap();
                // The rest is for the shell that the SDK runs it with.
                let path = format!("{}:/usr/bin:/bin", az.folder().display());
                variables.insert("PATH".to_owned(), path);
                stand_in = Some(az);
            }
            // The chain is told which identity as other SDKs are, and not by Service Connector.
            Self::Chain => {
                variables.remove("AZURE_MYSQL_CLIENTID");
                variables.extend(sandbox.emulator().identity_environment(principal));
            }
            _ => {}
        }
        (variables, stand_in)
    }

    /// The settings' own cache, unless they have no words for the identity.
    fn tokens(self, settings: &Settings) -> TokenCache {
        match self {
            Self::AzureCli => TokenCache::new(AzureCli::new(settings.cloud())),
            Self::Chain => TokenCache::new(Chain::new(settings.cloud())),
            _ => settings.token_cache(),
        }
    }
}
