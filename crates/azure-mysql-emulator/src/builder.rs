use std::{
    io::Write as _,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use tempfile::NamedTempFile;

use crate::{
    CertificateAuthority, ClientCertificate, Emulator, Error, Principal,
    clock::Clock,
    cluster::Cluster,
    counters::LiveCounters,
    directory::{Directory, check_principals},
    entra, managed_identity, mysql, openid,
    principal::{PrincipalKind, random_guid},
    server::Server,
    signing_key::SigningKey,
};

/// Entra's app tokens live 60 to 90 minutes, and Azure Database for MySQL documents 60 as the
/// most.
const DEFAULT_TOKEN_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Far more than any token request with a secret or an assertion needs.
const LARGEST_BODY: usize = 16 * 1024;

/// The database that the page's samples use has no fixed name; this one says what is in it.
const DEFAULT_DATABASE: &str = "orders";

/// Describes an [`Emulator`]; made by [`Emulator::builder`].
#[derive(Clone, Debug)]
#[must_use = "call `start` to get an emulator"]
pub struct EmulatorBuilder {
    principals: Vec<Principal>,
    tenant_id: Option<String>,
    token_lifetime: Duration,
    database: String,
}

impl EmulatorBuilder {
    pub(crate) fn new() -> Self {
        Self {
            principals: Vec::new(),
            tenant_id: None,
            token_lifetime: DEFAULT_TOKEN_LIFETIME,
            database: DEFAULT_DATABASE.to_owned(),
        }
    }

    /// Adds somebody to the tenant. Managed identities are assigned to the box.
    pub fn principal(mut self, principal: Principal) -> Self {
        self.principals.push(principal);
        self
    }

    /// Sets the tenant's id, a GUID. It is a random one unless set.
    pub fn tenant_id(mut self, tenant_id: impl Into<String>) -> Self {
        self.tenant_id = Some(tenant_id.into());
        self
    }

    /// Sets how long tokens live: `exp` minus `iat`, in whole seconds, a second at least.
    ///
    /// One hour unless set: Entra's tokens for applications live 60 to 90 minutes, and
    /// [Azure Database for MySQL](https://learn.microsoft.com/azure/mysql/flexible-server/security-how-to-entra)
    /// documents an hour as the most. Managed identity tokens live about a day in Azure.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// Sets the name of the database that the MySQL server has: `orders` unless set. It is empty at
    /// the start.
    pub fn database(mut self, name: impl Into<String>) -> Self {
        self.database = name.into();
        self
    }

    /// Makes keys and certificates, and starts the servers on free ports of 127.0.0.1.
    ///
    /// The servers run as tasks of the current tokio runtime.
    ///
    /// # Errors
    ///
    /// When the principals contradict each other, when tokens are to live less than a second,
    /// when no port or temporary file can be had, or when the cryptographic library fails.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime that has I/O and time enabled.
    pub async fn start(self) -> Result<Emulator, Error> {
        check_principals(&self.principals)?;
        if self.token_lifetime.as_secs() == 0 {
            return Err(Error::new(
                "the token lifetime is shorter than a second: give it at least one second",
            ));
        }
        let certificate_authority = CertificateAuthority::new()?;
        let ca_file = write_file("ca", certificate_authority.certificate_pem())?;
        let tls = certificate_authority.issue("localhost")?.tls_config()?;
        let principals = self.principals.clone();
        let keys = tokio::task::spawn_blocking(move || Keys::generate(&principals))
            .await
            .map_err(|cause| Error::caused_by("the signing keys could not be made", cause))??;
        let identity_files = write_identity_files(&self.principals, &keys)?;
        let (identity_listener, _) = bind()?;
        let (entra_listener, entra_address) = bind()?;

        let directory = Arc::new(Directory {
            tenant_id: self.tenant_id.unwrap_or_else(random_guid),
            principals: self.principals,
            token_lifetime: self.token_lifetime,
            // Azure's is such a GUID without its hyphens, in capitals.
            identity_header: random_guid().replace('-', "").to_uppercase(),
            authority_host: format!("https://localhost:{}/", entra_address.port()),
            signing_key: keys.signing_key,
            certificates: keys.certificates,
            cluster: keys.cluster,
            counters: LiveCounters::default(),
        });
        let mysql = mysql::start(
            &certificate_authority,
            (
                &directory.tenant_id,
                &directory.signing_key.key_set().to_string(),
            ),
            &directory.principals,
            Arc::new(Clock::default()),
            &self.database,
        )?;
        let identity_routes = Router::new()
            .route(managed_identity::PATH, get(managed_identity::token))
            .with_state(Arc::clone(&directory));
        let entra_routes = Router::new()
            .route(entra::PATH, post(entra::token))
            .route(openid::CONFIGURATION_PATH, get(openid::configuration))
            .route(openid::KEYS_PATH, get(openid::keys))
            .layer(DefaultBodyLimit::max(LARGEST_BODY))
            .with_state(Arc::clone(&directory));

        Ok(Emulator {
            managed_identity: Server::start(identity_listener, None, identity_routes)?,
            entra: Server::start(entra_listener, Some(tls), entra_routes)?,
            mysql,
            database: self.database,
            directory,
            certificate_authority,
            ca_file,
            identity_files,
        })
    }
}

fn bind() -> Result<(TcpListener, SocketAddr), Error> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    bound.map_err(|cause| {
        Error::caused_by(
            "no port on 127.0.0.1 could be opened: look at the limits of this process",
            cause,
        )
    })
}

/// All keys that take long to make.
struct Keys {
    signing_key: SigningKey,
    certificates: Vec<(String, ClientCertificate)>,
    cluster: Option<Cluster>,
}

impl Keys {
    fn generate(principals: &[Principal]) -> Result<Self, Error> {
        let has_cluster = principals
            .iter()
            .any(|principal| principal.federated_subject().is_some());
        Ok(Self {
            signing_key: SigningKey::generate()?,
            certificates: principals
                .iter()
                .filter(|principal| {
                    matches!(principal.kind, PrincipalKind::CertificateServicePrincipal)
                })
                .map(|principal| {
                    let certificate = ClientCertificate::new(principal.name())?;
                    Ok((principal.client_id().to_owned(), certificate))
                })
                .collect::<Result<_, Error>>()?,
            cluster: has_cluster.then(Cluster::new).transpose()?,
        })
    }
}

fn write_identity_files(
    principals: &[Principal],
    keys: &Keys,
) -> Result<Vec<(String, NamedTempFile)>, Error> {
    let certificates = keys
        .certificates
        .iter()
        .map(|(client_id, certificate)| (client_id.clone(), certificate.pem()));
    let tokens = principals.iter().filter_map(|principal| {
        let token = keys.cluster.as_ref()?.token(principal)?.build();
        Some((principal.client_id().to_owned(), token))
    });
    certificates
        .chain(tokens)
        .map(|(client_id, text)| Ok((client_id, write_file("identity", &text)?)))
        .collect()
}

/// Only this user may read the file: temporary files are made so.
fn write_file(kind: &str, text: &str) -> Result<NamedTempFile, Error> {
    let written = tempfile::Builder::new()
        .prefix(&format!("azure-mysql-emulator-{kind}-"))
        .suffix(".pem")
        .tempfile()
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            Ok(file)
        });
    written.map_err(|cause| {
        Error::caused_by(
            "a file with a certificate or a token could not be written: look at the folder for temporary files",
            cause,
        )
    })
}
