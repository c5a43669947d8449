use std::{
    collections::BTreeMap,
    fmt,
    io::Write as _,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
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
    CertificateAuthority, Counters, Error, Principal, TokenBuilder,
    counters::LiveCounters,
    directory::{Directory, check_principals},
    entra, managed_identity, openid,
    principal::random_guid,
    server::Server,
    signing_key::SigningKey,
};

/// Entra's app tokens live 60 to 90 minutes, and Azure Database for MySQL documents 60 as the
/// most.
const DEFAULT_TOKEN_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Far more than any token request with a secret needs.
const LARGEST_BODY: usize = 16 * 1024;

/// A tenant with its endpoints, running on loopback until it is stopped or dropped.
///
/// Dropping it asks the servers to stop, which they do at their next turn on the runtime;
/// [`stop`](Self::stop) waits until they have.
pub struct Emulator {
    directory: Arc<Directory>,
    certificate_authority: CertificateAuthority,
    ca_file: NamedTempFile,
    managed_identity: Server,
    entra: Server,
}

impl Emulator {
    /// Describes an emulator: nobody in it yet, tokens that live an hour.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder {
            principals: Vec::new(),
            tenant_id: None,
            token_lifetime: DEFAULT_TOKEN_LIFETIME,
        }
    }

    /// The address of the managed identity endpoint, `http://127.0.0.1:PORT/msi/token`.
    pub fn identity_endpoint(&self) -> String {
        format!(
            "http://{}{}",
            self.managed_identity.address(),
            managed_identity::PATH
        )
    }

    /// What programs must send to the managed identity endpoint as `X-IDENTITY-HEADER`; another
    /// value at each start.
    pub fn identity_header(&self) -> &str {
        &self.directory.identity_header
    }

    /// The address that stands for `https://login.microsoftonline.com/`:
    /// `https://localhost:PORT/`. Its certificate is from
    /// [`certificate_authority`](Self::certificate_authority).
    pub fn authority_host(&self) -> String {
        self.directory.authority_host.clone()
    }

    /// The tenant that all principals are in.
    pub fn tenant_id(&self) -> &str {
        &self.directory.tenant_id
    }

    /// The authority that issued this emulator's certificate, and issues one for a database
    /// server.
    pub fn certificate_authority(&self) -> &CertificateAuthority {
        &self.certificate_authority
    }

    /// A file with the authority's certificate in PEM. It is removed when the emulator stops.
    pub fn ca_pem_path(&self) -> &Path {
        self.ca_file.path()
    }

    /// The JSON Web Key Set with the public key that verifies all good tokens.
    pub fn jwks_json(&self) -> String {
        self.directory.signing_key.key_set().to_string()
    }

    /// The variables that the Azure platform would set for a program on this box:
    /// `IDENTITY_ENDPOINT` and `IDENTITY_HEADER`, and, because this is not Azure,
    /// `AZURE_AUTHORITY_HOST` and `SSL_CERT_FILE` (the path of the authority's certificate).
    ///
    /// A program that trusts what `SSL_CERT_FILE` names trusts nothing else.
    pub fn environment(&self) -> BTreeMap<String, String> {
        [
            ("IDENTITY_ENDPOINT", self.identity_endpoint()),
            ("IDENTITY_HEADER", self.identity_header().to_owned()),
            ("AZURE_AUTHORITY_HOST", self.authority_host()),
            ("SSL_CERT_FILE", self.ca_pem_path().display().to_string()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
    }

    /// How many tokens programs have asked for until now.
    pub fn counters(&self) -> Counters {
        self.directory.counters.read()
    }

    /// A good token for `principal`, for the MySQL resource of the public cloud.
    ///
    /// The principal need not be known to the emulator, so that a test can show what becomes of a
    /// stranger.
    ///
    /// # Panics
    ///
    /// When the cryptographic library cannot sign.
    pub fn token_for(&self, principal: &Principal) -> String {
        self.token(principal).build()
    }

    /// Starts from a good token for `principal`, to make one that a server must refuse.
    pub fn token<'a>(&'a self, principal: &'a Principal) -> TokenBuilder<'a> {
        self.directory.token(principal)
    }

    /// Stops the servers, and returns when their ports are closed and their tasks have ended.
    /// Requests under way are cut off.
    pub async fn stop(mut self) {
        self.managed_identity.stop().await;
        self.entra.stop().await;
    }
}

/// Describes an [`Emulator`]; made by [`Emulator::builder`].
#[derive(Clone, Debug)]
#[must_use = "call `start` to get an emulator"]
pub struct EmulatorBuilder {
    principals: Vec<Principal>,
    tenant_id: Option<String>,
    token_lifetime: Duration,
}

impl EmulatorBuilder {
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
        let ca_file = write_ca_file(certificate_authority.certificate_pem())?;
        let tls = certificate_authority.issue("localhost")?.tls_config()?;
        let signing_key = tokio::task::spawn_blocking(SigningKey::generate)
            .await
            .map_err(|cause| Error::caused_by("the signing key could not be made", cause))??;
        let (identity_listener, _) = bind()?;
        let (entra_listener, entra_address) = bind()?;

        let directory = Arc::new(Directory {
            tenant_id: self.tenant_id.unwrap_or_else(random_guid),
            principals: self.principals,
            token_lifetime: self.token_lifetime,
            // Azure's is such a GUID without its hyphens, in capitals.
            identity_header: random_guid().replace('-', "").to_uppercase(),
            authority_host: format!("https://localhost:{}/", entra_address.port()),
            signing_key,
            counters: LiveCounters::default(),
        });
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
            directory,
            certificate_authority,
            ca_file,
        })
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("identity_endpoint", &self.identity_endpoint())
            .field("authority_host", &self.authority_host())
            .field("tenant_id", &self.tenant_id())
            .field("principals", &self.directory.principals)
            .field("counters", &self.counters())
            .finish_non_exhaustive()
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

fn write_ca_file(certificate_pem: &str) -> Result<NamedTempFile, Error> {
    let written = tempfile::Builder::new()
        .prefix("azure-mysql-emulator-ca-")
        .suffix(".pem")
        .tempfile()
        .and_then(|mut file| {
            file.write_all(certificate_pem.as_bytes())?;
            Ok(file)
        });
    written.map_err(|cause| {
        Error::caused_by(
            "the file with the authority's certificate could not be written: look at the folder for temporary files",
            cause,
        )
    })
}
