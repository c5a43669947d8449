//! Token endpoints and a real server that belong together.

use std::{collections::BTreeMap, time::Duration};

use azure_mysql::{Environment, Settings, python};
use azure_mysql_emulator::{CertificateAuthority, Emulator, Principal, ServerCertificate};

use crate::{Error, Server, ServerKind, ServerOptions};

const DATABASE: &str = "orders";

/// A box that looks like Azure from within: the emulator's token endpoints, and a real server that
/// accepts their tokens over TLS alone.
///
/// Both stop when this is stopped or dropped.
#[derive(Debug)]
pub struct Sandbox {
    emulator: Emulator,
    server: Server,
}

/// Says what is in a [`Sandbox`].
#[derive(Debug)]
pub struct SandboxBuilder {
    server: ServerKind,
    principals: Vec<Principal>,
    token_lifetime: Option<Duration>,
    tls: ServerTls,
}

/// What a client finds that verifies the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerTls {
    /// TLS, and a certificate that is as it should be. The default.
    Trusted,
    /// No TLS.
    Off,
    /// A certificate from an authority that nobody trusts.
    UnknownRoot,
    /// A certificate for another host name.
    OtherHost,
}

impl Sandbox {
    /// Describes a sandbox with a server of a kind, and nobody who may log in to it.
    pub fn builder(server: ServerKind) -> SandboxBuilder {
        SandboxBuilder {
            server,
            principals: Vec::new(),
            token_lifetime: None,
            tls: ServerTls::Trusted,
        }
    }

    /// The token endpoints.
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// The database server.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The variables that a program finds that runs as `principal`: those of the platform, and those
    /// that Service Connector sets for the client type Python.
    pub fn environment(&self, principal: &Principal) -> BTreeMap<String, String> {
        let mut environment = self.emulator.platform_environment();
        let mut set = |name: &str, value: &str| {
            environment.insert(format!("AZURE_MYSQL_{name}"), value.to_owned());
        };
        set("HOST", self.server.host());
        set("PORT", &self.server.port().to_string());
        set("NAME", DATABASE);
        set("USER", principal.name());
        set("SSL_CA", &self.emulator.ca_pem_path().display().to_string());
        if let Some(client_secret) = principal.client_secret() {
            set("CLIENTID", principal.client_id());
            set("CLIENTSECRET", client_secret);
            set("TENANTID", self.emulator.tenant_id());
        } else if principal.is_user_assigned() {
            set("CLIENTID", principal.client_id());
        }
        environment
    }

    /// The settings that such a program makes of them.
    ///
    /// # Panics
    ///
    /// If the variables are not what the library understands.
    pub fn settings(&self, principal: &Principal) -> Settings {
        let environment = Environment::from_iter(self.environment(principal));
        python::from_environment(&environment).expect("the sandbox sets usable variables")
    }

    /// Stops the server and the endpoints, and waits until they have.
    ///
    /// # Errors
    ///
    /// If the server does not stop.
    pub async fn stop(self) -> Result<(), Error> {
        let stopped = blocking(|| self.server.stop()).await;
        self.emulator.stop().await;
        stopped
    }
}

impl SandboxBuilder {
    /// Adds somebody who may get tokens and log in.
    #[must_use]
    pub fn principal(mut self, principal: Principal) -> Self {
        self.principals.push(principal);
        self
    }

    /// How long tokens live. Defaults to the emulator's default.
    #[must_use]
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = Some(lifetime);
        self
    }

    /// What a client finds that verifies the server.
    #[must_use]
    pub fn tls(mut self, tls: ServerTls) -> Self {
        self.tls = tls;
        self
    }

    /// Starts the endpoints and the server.
    ///
    /// # Errors
    ///
    /// If one of them does not start.
    pub async fn start(self) -> Result<Sandbox, Error> {
        let mut emulator = Emulator::builder();
        for principal in &self.principals {
            emulator = emulator.principal(principal.clone());
        }
        if let Some(lifetime) = self.token_lifetime {
            emulator = emulator.token_lifetime(lifetime);
        }
        let emulator = emulator.start().await.map_err(not_started)?;

        let mut options = ServerOptions::new()
            .database(DATABASE)
            .entra_login(emulator.jwks_json(), emulator.tenant_id());
        for principal in &self.principals {
            options = options.account(principal.name(), principal.account().to_string());
        }
        let ca = emulator.certificate_authority();
        if let Some(certificate) = certificate(self.tls, ca)? {
            options = options.require_tls(true).tls(
                certificate.certificate_pem(),
                certificate.private_key_pem(),
                ca.certificate_pem(),
            );
        }
        let server = blocking(move || Server::start(self.server, options)).await?;
        Ok(Sandbox { emulator, server })
    }
}

fn certificate(
    tls: ServerTls,
    ca: &CertificateAuthority,
) -> Result<Option<ServerCertificate>, Error> {
    let certificate = match tls {
        ServerTls::Trusted => ca.issue("localhost"),
        ServerTls::Off => return Ok(None),
        ServerTls::UnknownRoot => {
            CertificateAuthority::new().and_then(|other| other.issue("localhost"))
        }
        ServerTls::OtherHost => ca.issue("db.example.com"),
    };
    certificate.map(Some).map_err(not_started)
}

fn not_started(error: azure_mysql_emulator::Error) -> Error {
    Error::caused_by("the emulator did not start", std::io::Error::other(error))
}

/// Runs what blocks where it may, and goes on with its panic if it panics.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
