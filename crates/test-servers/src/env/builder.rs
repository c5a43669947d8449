//! What a test environment is made of.

use std::time::Duration;

use azure_mysql_emulator::{
    Backend, CertificateAuthority, Emulator, LoginFault, Principal, ServerCertificate,
};
use secrecy::{ExposeSecret, SecretString};

use super::{
    kind::ServerKind,
    test_env::{Services, TestEnv},
};
use crate::{
    Error, blocking,
    provision::Product,
    server::{Server, ServerOptions},
};

/// What the certificate of a server is for: clients connect by one or the other.
const LOOPBACK_NAMES: [&str; 2] = ["127.0.0.1", "localhost"];

/// Who creates the tenant's users in a server behind the emulator.
const ADMINISTRATOR: &str = "administrator";
const ADMINISTRATOR_PASSWORD: &str = "only-on-loopback";

const DATABASE: &str = "orders";

/// Says what is in a [`TestEnv`].
#[derive(Debug)]
pub struct TestEnvBuilder {
    kind: ServerKind,
    principals: Vec<Principal>,
    password_account: Option<(String, SecretString)>,
    token_lifetime: Option<Duration>,
    tls: ServerTls,
    host_name: Option<String>,
    backend: Backend,
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

impl TestEnv {
    /// Describes an environment with a server of its own. Unless others are added, the one principal
    /// is the system-assigned identity `aad_app`.
    pub fn builder(kind: ServerKind) -> TestEnvBuilder {
        TestEnvBuilder {
            kind,
            principals: Vec::new(),
            password_account: None,
            token_lifetime: None,
            tls: ServerTls::Trusted,
            host_name: None,
            backend: Backend::small_sql(),
        }
    }
}

impl TestEnvBuilder {
    /// Adds somebody who may get tokens and log in.
    #[must_use]
    pub fn principal(mut self, principal: Principal) -> Self {
        self.principals.push(principal);
        self
    }

    /// Adds everybody in this list.
    #[must_use]
    pub fn principals(mut self, principals: impl IntoIterator<Item = Principal>) -> Self {
        self.principals.extend(principals);
        self
    }

    /// Adds a user who logs in with a password. Only servers with the plugin have one.
    #[must_use]
    pub fn password_account(
        mut self,
        user: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        self.password_account = Some((user.into(), password.into().into()));
        self
    }

    /// How long the tokens of the endpoints live. Defaults to the emulator's default.
    #[must_use]
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = Some(lifetime);
        self
    }

    /// Adds a name of 127.0.0.1 to the certificate, by which clients connect.
    #[must_use]
    pub fn host_name(mut self, name: impl Into<String>) -> Self {
        self.host_name = Some(name.into());
        self
    }

    /// What answers SQL behind the login of [`ServerKind::Embedded`], if it is not the small SQL.
    #[must_use]
    pub fn backend(mut self, backend: Backend) -> Self {
        self.backend = backend;
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
    /// If one of them does not start, or if the server cannot have what it was asked for.
    pub async fn start(mut self) -> Result<TestEnv, Error> {
        if self.principals.is_empty() {
            self.principals.push(Principal::system_assigned("aad_app"));
        }
        let principal = self.principals[0].clone();
        let (emulator, server) = match self.kind {
            ServerKind::Embedded => (
                self.start_emulator_with_faults(self.backend.clone())
                    .await?,
                None,
            ),
            ServerKind::Mysql => self.start_with_plugin(Product::Mysql).await?,
            ServerKind::Mariadb => self.start_with_plugin(Product::Mariadb).await?,
            ServerKind::BackendMysql => self.start_with_backend(Product::Mysql).await?,
            ServerKind::BackendMariadb => self.start_with_backend(Product::Mariadb).await?,
        };
        let services = Services {
            kind: self.kind,
            emulator,
            server,
            principals: self.principals,
            password_account: self.password_account,
        };
        Ok(TestEnv::new(services, principal))
    }

    async fn start_emulator(&self, backend: Backend) -> Result<Emulator, Error> {
        let mut emulator = Emulator::builder().database(DATABASE).backend(backend);
        for principal in &self.principals {
            emulator = emulator.principal(principal.clone());
        }
        if let Some(name) = &self.host_name {
            emulator = emulator.host_name(name);
        }
        if let Some(lifetime) = self.token_lifetime {
            emulator = emulator.token_lifetime(lifetime);
        }
        emulator.start().await.map_err(not_started)
    }

    /// The emulator checks tokens, and plays the server that a client must not trust.
    async fn start_emulator_with_faults(&self, backend: Backend) -> Result<Emulator, Error> {
        if self.password_account.is_some() {
            return Err(Error::new(
                "the emulator's login knows no passwords: use `mysql` or `mariadb`",
            ));
        }
        let emulator = self.start_emulator(backend).await?;
        let fault = match self.tls {
            ServerTls::Trusted => return Ok(emulator),
            ServerTls::Off => LoginFault::NoTls,
            ServerTls::UnknownRoot => LoginFault::OtherAuthority,
            ServerTls::OtherHost => LoginFault::OtherHostName,
        };
        emulator.login_faults().always(fault);
        Ok(emulator)
    }

    /// The emulator issues tokens and checks them, and a real server answers SQL.
    async fn start_with_backend(
        &self,
        product: Product,
    ) -> Result<(Emulator, Option<Server>), Error> {
        let options = ServerOptions::new()
            .database(DATABASE)
            .administrator(ADMINISTRATOR, ADMINISTRATOR_PASSWORD);
        let server = blocking(move || Server::start(product, options)).await?;
        let url = format!(
            "mysql://{ADMINISTRATOR}:{ADMINISTRATOR_PASSWORD}@{}:{}/{DATABASE}",
            server.host(),
            server.port()
        );
        let backend = Backend::server(url).with_tenant_users();
        let emulator = self.start_emulator_with_faults(backend).await?;
        Ok((emulator, Some(server)))
    }

    /// The emulator issues tokens, and a plugin in a real server checks them.
    async fn start_with_plugin(
        &self,
        product: Product,
    ) -> Result<(Emulator, Option<Server>), Error> {
        let emulator = self.start_emulator(Backend::small_sql()).await?;
        let mut options = ServerOptions::new()
            .database(DATABASE)
            .entra_login(emulator.jwks_json(), emulator.tenant_id());
        if let Some((user, password)) = &self.password_account {
            options = options.password_account(user, password.expose_secret());
        }
        for (user, account) in emulator.accounts() {
            options = options.account(user, account.to_string());
        }
        let ca = emulator.certificate_authority();
        if let Some(certificate) = self.certificate(ca)? {
            options = options.require_tls(true).tls(
                certificate.certificate_pem(),
                certificate.private_key_pem(),
                ca.certificate_pem(),
            );
        }
        let server = blocking(move || Server::start(product, options)).await?;
        Ok((emulator, Some(server)))
    }

    fn certificate(&self, ca: &CertificateAuthority) -> Result<Option<ServerCertificate>, Error> {
        let names: Vec<_> = self
            .host_name
            .as_deref()
            .into_iter()
            .chain(LOOPBACK_NAMES)
            .collect();
        let certificate = match self.tls {
            ServerTls::Trusted => ca.issue(&names),
            ServerTls::Off => return Ok(None),
            ServerTls::UnknownRoot => {
                CertificateAuthority::new().and_then(|other| other.issue(&names))
            }
            ServerTls::OtherHost => ca.issue(&["db.example.com"]),
        };
        certificate.map(Some).map_err(not_started)
    }
}

fn not_started(error: azure_mysql_emulator::Error) -> Error {
    Error::caused_by("the emulator did not start", std::io::Error::other(error))
}
