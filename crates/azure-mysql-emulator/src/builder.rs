use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};

#[cfg(unix)]
use crate::azure_cli;
use crate::{
    Backend, CertificateAuthority, Emulator, Error, Faults, Group, Platform, Principal,
    ServerAddress, TokenFault,
    clock::Clock,
    counters::LiveCounters,
    entra::{openid, token_endpoint},
    files::{self, IdentityFiles},
    http::{Server, bind},
    keys::Keys,
    managed_identity::{address, app_service, imds},
    mysql::{self, Answers},
    sql::Database,
    tenant::{self, Directory, IssuedTokens, random_guid},
};

/// Entra's tokens for applications live 60 to 90 minutes, and Azure Database for MySQL documents 60
/// as the maximum.
const DEFAULT_TOKEN_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Far more than any token request with a secret or an assertion needs.
const MAX_BODY_BYTES: usize = 16 * 1024;

const ANY_PORT: SocketAddr = imds::DEFAULT_ADDRESS;
/// The names that every certificate of the emulator's servers has.
const LOOPBACK_NAMES: [&str; 2] = ["127.0.0.1", "localhost"];

/// The page's samples have no fixed name for the database; this one says what is in it.
const DEFAULT_DATABASE: &str = "orders";

/// Describes an [`Emulator`]; made by [`Emulator::builder`].
#[derive(Clone, Debug)]
#[must_use = "call `start` to get an emulator"]
pub struct EmulatorBuilder {
    principals: Vec<Principal>,
    groups: Vec<Group>,
    tenant_id: Option<String>,
    token_lifetime: Duration,
    token_faults: Vec<TokenFault>,
    platform: Platform,
    imds_address: SocketAddr,
    database: String,
    host_names: Vec<String>,
    backend: Backend,
}

impl Emulator {
    /// Describes an emulator, without principals at first.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder {
            principals: Vec::new(),
            groups: Vec::new(),
            tenant_id: None,
            token_lifetime: DEFAULT_TOKEN_LIFETIME,
            token_faults: Vec::new(),
            platform: Platform::default(),
            imds_address: imds::DEFAULT_ADDRESS,
            database: DEFAULT_DATABASE.to_owned(),
            host_names: Vec::new(),
            backend: Backend::default(),
        }
    }
}

impl EmulatorBuilder {
    /// Adds a principal to the tenant, with a MySQL user. Managed identities are assigned to the host.
    pub fn principal(mut self, principal: Principal) -> Self {
        self.principals.push(principal);
        self
    }

    /// Adds a group to the tenant, with a MySQL user.
    pub fn group(mut self, group: Group) -> Self {
        self.groups.push(group);
        self
    }

    /// Sets the tenant's id, a GUID. The default is a random one.
    pub fn tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.tenant_id = Some(tenant_id.into());
        self
    }

    /// Sets how long tokens live: `exp` minus `iat`, in whole seconds, at least one.
    ///
    /// The default is an hour: Entra's tokens for applications live 60 to 90 minutes, and
    /// [Azure Database for MySQL](https://learn.microsoft.com/azure/mysql/flexible-server/security-how-to-entra)
    /// documents an hour as the maximum. Managed identity tokens live about a day in Azure.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// Sets the faults of the first requests for tokens, one for each. More can be added while the
    /// emulator runs: [`Emulator::token_faults`].
    pub fn token_faults(mut self, script: impl IntoIterator<Item = TokenFault>) -> Self {
        self.token_faults = script.into_iter().collect();
        self
    }

    /// Sets the kind of host on which programs run. The default is [`Platform::AppService`].
    pub fn platform(mut self, platform: Platform) -> Self {
        self.platform = platform;
        self
    }

    /// Sets the address of the metadata service of virtual machines: a loopback address, or Azure's
    /// own `169.254.169.254:80`. The default is a free port of 127.0.0.1.
    ///
    /// SDKs always use Azure's own address. It is accepted only in a Linux network namespace where
    /// only the loopback interface is up, and has the address: `unshare --net`, then
    /// `ip link set lo up` and `ip addr add 169.254.169.254/32 dev lo`. No other machine can reach
    /// it there.
    pub fn imds_address(mut self, address: SocketAddr) -> Self {
        self.imds_address = address;
        self
    }

    /// Sets the name of the MySQL server's database, which is empty at first. The default is
    /// `orders`.
    pub fn database(mut self, name: impl Into<String>) -> Self {
        self.database = name.into();
        self
    }

    /// Adds a DNS name or an IP address by which clients connect. May be called several times.
    ///
    /// The emulator's certificates are for `localhost`, `127.0.0.1` and all names added. The first
    /// one added is the MySQL server's host in [`Emulator::address`] and thereby in
    /// `AZURE_MYSQL_HOST`. Without one that is `127.0.0.1`, because PHP and Ruby take `localhost` to
    /// mean a Unix socket. The servers listen on 127.0.0.1 in any case: clients must be able to
    /// reach that address by the name.
    pub fn host_name(mut self, name: impl Into<String>) -> Self {
        self.host_names.push(name.into());
        self
    }

    /// Sets what answers SQL behind Azure's login. The default is the small SQL of the emulator's own.
    ///
    /// With [`Backend::server`] the database is that of its URL, whatever [`database`](Self::database)
    /// says.
    pub fn backend(mut self, backend: Backend) -> Self {
        self.backend = backend;
        self
    }

    /// Creates keys and certificates, and starts the servers on free ports of 127.0.0.1.
    ///
    /// The servers run as tasks of the current tokio runtime.
    ///
    /// # Errors
    ///
    /// When principals and groups conflict or have a name that MySQL does not allow, when the token
    /// lifetime is less than a second, when the tenant id is empty, when MySQL does not allow the
    /// database's name, when a host name is invalid, when the metadata service would be reachable from
    /// other machines, when the backend cannot be found, started or logged in to, when a port or a temporary file cannot be opened, or when the cryptographic
    /// library fails.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with I/O and time enabled.
    pub async fn start(self) -> Result<Emulator, Error> {
        tenant::validate(&self.principals, &self.groups)?;
        address::validate(self.imds_address)?;
        if self.token_lifetime.as_secs() == 0 {
            return Err(Error::new(
                "the token lifetime is less than a second: set at least one second",
            ));
        }
        validate_database(&self.database)?;
        let mut host_names = self.host_names;
        host_names.extend(LOOPBACK_NAMES.map(str::to_owned));
        let certificate_authority = CertificateAuthority::new()?;
        let ca_file = files::write("ca", certificate_authority.certificate_pem())?;
        let tls = certificate_authority
            .issue(&host_names)?
            .https_tls_config()?;
        let principals = self.principals.clone();
        let keys = tokio::task::spawn_blocking(move || Keys::generate(&principals))
            .await
            .map_err(|cause| Error::caused_by("could not create the signing keys", cause))??;
        let (app_service_listener, _) = bind(ANY_PORT)?;
        let (imds_listener, _) = bind(self.imds_address)?;
        let (entra_listener, entra_address) = bind(ANY_PORT)?;

        let token_faults = Faults::default();
        for fault in self.token_faults {
            token_faults.once(fault);
        }
        let directory = Arc::new(Directory {
            tenant_id: self.tenant_id.unwrap_or_else(random_guid),
            principals: self.principals,
            groups: self.groups,
            clock: Arc::new(Clock::default()),
            token_lifetime: self.token_lifetime,
            // Azure's is a GUID without hyphens, in capitals.
            identity_header: random_guid().replace('-', "").to_uppercase(),
            authority_host: format!("https://localhost:{}/", entra_address.port()),
            signing_key: keys.signing_key,
            certificates: keys.certificates,
            cluster: keys.cluster,
            #[cfg(unix)]
            azure_cli: azure_cli::Logins::default(),
            token_faults,
            counters: LiveCounters::default(),
            issued_tokens: IssuedTokens::default(),
        });
        let users: Vec<_> = directory
            .accounts()
            .map(|(user, _)| user.to_owned())
            .collect();
        let (answers, database) = match self.backend.start(&self.database, &users).await? {
            Some(server) => {
                let database = server.database().to_owned();
                (Answers::Server(Box::new(server)), database)
            }
            None => (
                Answers::SmallSql(Database::new(&[&self.database])),
                self.database,
            ),
        };
        let mysql = mysql::start(&certificate_authority, &host_names, &directory, answers)?;
        let identity_files = IdentityFiles::write(&directory)?;
        let app_service_routes = Router::new().route(app_service::PATH, get(app_service::token));
        #[cfg(unix)]
        let app_service_routes =
            app_service_routes.route(azure_cli::PATH, post(azure_cli::respond));
        let imds_routes = Router::new().route(imds::PATH, get(imds::token));
        let entra_routes = Router::new()
            .route(token_endpoint::PATH, post(token_endpoint::token))
            .route(openid::CONFIGURATION_PATH, get(openid::configuration))
            .route(openid::KEYS_PATH, get(openid::keys));
        let with_state = |routes: Router<Arc<Directory>>| {
            routes
                .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
                .with_state(Arc::clone(&directory))
        };

        Ok(Emulator {
            app_service: Server::start(app_service_listener, None, with_state(app_service_routes))?,
            imds: Server::start(imds_listener, None, with_state(imds_routes))?,
            entra: Server::start(entra_listener, Some(tls), with_state(entra_routes))?,
            platform: self.platform,
            address: ServerAddress::new(&host_names[0], mysql.address().port(), database),
            mysql,
            directory,
            certificate_authority,
            ca_file,
            identity_files,
        })
    }
}

/// The names that MySQL gives to its own databases.
const SYSTEM_DATABASES: [&str; 4] = ["information_schema", "mysql", "performance_schema", "sys"];

/// How many characters MySQL allows for a name.
const LONGEST_NAME: usize = 64;

/// <https://dev.mysql.com/doc/refman/8.4/en/identifiers.html>
fn validate_database(name: &str) -> Result<(), Error> {
    let is_allowed = (1..=LONGEST_NAME).contains(&name.chars().count())
        && !name.ends_with(' ')
        && !name.contains('\0')
        && !SYSTEM_DATABASES.contains(&name.to_lowercase().as_str());
    if is_allowed {
        return Ok(());
    }
    Err(Error::new(format!(
        "the database cannot be called {name:?}: give it 1 to {LONGEST_NAME} characters, no space at the \
         end, and no name of MySQL's own"
    )))
}
