//! Token endpoints and a server that belong together.

use std::{collections::BTreeMap, time::Duration};

use azure_mysql::{ClientType, Settings};
use azure_mysql_emulator::{
    CertificateAuthority, Emulator, LoginFault, Principal, ServerAddress, ServerCertificate,
};
use secrecy::{ExposeSecret, SecretString};

use crate::{Error, Product, Server, ServerKind, ServerOptions, blocking};

/// A box that looks like Azure from within: the emulator's token endpoints, and a server that
/// accepts their tokens over TLS alone.
///
/// All of it stops when this is stopped or dropped.
#[derive(Debug)]
pub struct Sandbox {
    emulator: Emulator,
    /// `None` where the emulator's own server is used.
    server: Option<Server>,
}

/// Says what is in a [`Sandbox`].
#[derive(Debug)]
pub struct SandboxBuilder {
    server: ServerKind,
    principals: Vec<Principal>,
    password_account: Option<(String, SecretString)>,
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
            password_account: None,
            token_lifetime: None,
            tls: ServerTls::Trusted,
        }
    }

    /// The token endpoints, and the emulator's own server, which is not used where there is a real
    /// one.
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// Where the server is.
    pub fn address(&self) -> ServerAddress {
        match &self.server {
            None => self.emulator.address().clone(),
            Some(server) => {
                let database = &self.emulator.address().database;
                ServerAddress::new(server.host(), server.port(), database)
            }
        }
    }

    /// The server's log so far: a line for each token that reached it, and one for what it made of
    /// it, in the same words whatever the server.
    pub fn log(&self) -> String {
        match &self.server {
            None => self.emulator.log(),
            Some(server) => server.log(),
        }
    }

    /// The number of the error for a token that belongs to somebody else: Azure's own from the
    /// embedded server. The plugin of a real one cannot choose, so there it is that of any refusal.
    pub fn other_principal_error(&self) -> u16 {
        match &self.server {
            None => 9106,
            Some(_) => 1045,
        }
    }

    /// The variables that a program finds that runs as `principal`: those of the platform, and those
    /// that Service Connector sets for the client type.
    pub fn environment(
        &self,
        client_type: ClientType,
        principal: &Principal,
    ) -> BTreeMap<String, String> {
        self.emulator
            .environment_at(&self.address(), client_type, principal)
    }

    /// The settings that a program has that runs as `principal`.
    ///
    /// # Panics
    ///
    /// If the settings are not what the library understands.
    pub fn settings(&self, principal: &Principal) -> Settings {
        self.emulator.settings_at(&self.address(), principal)
    }

    /// Stops the server and the endpoints, and waits until they have.
    ///
    /// # Errors
    ///
    /// If the server does not stop.
    pub async fn stop(self) -> Result<(), Error> {
        let stopped = match self.server {
            None => Ok(()),
            Some(server) => blocking(|| server.stop()).await,
        };
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

    /// Adds somebody who logs in with a password, to compare logins. Only real servers have such
    /// accounts: the embedded one knows tokens alone.
    #[must_use]
    pub fn password_account(
        mut self,
        user: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        self.password_account = Some((user.into(), password.into().into()));
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
        let server = match self.server.product() {
            None => {
                if self.password_account.is_some() {
                    return Err(Error::new(
                        "the embedded server knows no passwords: use `mysql` or `mariadb`",
                    ));
                }
                if let Some(fault) = fault(self.tls) {
                    emulator.login_faults().always(fault);
                }
                None
            }
            Some(product) => {
                let mut options = ServerOptions::new();
                if let Some((user, password)) = self.password_account {
                    options = options.password_account(user, password.expose_secret());
                }
                Some(start(product, options, &emulator, self.tls).await?)
            }
        };
        Ok(Sandbox { emulator, server })
    }
}

/// What the emulator's own server must do so that a client finds this.
fn fault(tls: ServerTls) -> Option<LoginFault> {
    match tls {
        ServerTls::Trusted => None,
        ServerTls::Off => Some(LoginFault::NoTls),
        ServerTls::UnknownRoot => Some(LoginFault::OtherAuthority),
        ServerTls::OtherHost => Some(LoginFault::OtherHostName),
    }
}

/// Starts a real server for everybody in the emulator's tenant.
async fn start(
    product: Product,
    options: ServerOptions,
    emulator: &Emulator,
    tls: ServerTls,
) -> Result<Server, Error> {
    let mut options = options
        .database(&emulator.address().database)
        .entra_login(emulator.jwks_json(), emulator.tenant_id());
    for (user, account) in emulator.accounts() {
        options = options.account(user, account.to_string());
    }
    let ca = emulator.certificate_authority();
    if let Some(certificate) = certificate(tls, ca)? {
        options = options.require_tls(true).tls(
            certificate.certificate_pem(),
            certificate.private_key_pem(),
            ca.certificate_pem(),
        );
    }
    blocking(move || Server::start(product, options)).await
}

/// What clients on this machine connect to.
const LOOPBACK_NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

fn certificate(
    tls: ServerTls,
    ca: &CertificateAuthority,
) -> Result<Option<ServerCertificate>, Error> {
    let certificate = match tls {
        ServerTls::Trusted => ca.issue(&LOOPBACK_NAMES),
        ServerTls::Off => return Ok(None),
        ServerTls::UnknownRoot => {
            CertificateAuthority::new().and_then(|other| other.issue(&LOOPBACK_NAMES))
        }
        ServerTls::OtherHost => ca.issue(&["db.example.com"]),
    };
    certificate.map(Some).map_err(not_started)
}

fn not_started(error: azure_mysql_emulator::Error) -> Error {
    Error::caused_by("the emulator did not start", std::io::Error::other(error))
}
