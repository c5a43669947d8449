use std::{fmt, path::Path, sync::Arc, time::Duration};

use aad_auth::Account;
use tempfile::NamedTempFile;

#[cfg(unix)]
use crate::{AzureCli, Error};
use crate::{
    CertificateAuthority, ClientCertificate, Counters, Faults, LoginFault, LoginRefusal, Platform,
    Principal, ServerAddress, ServiceAccountTokenBuilder, TokenBuilder, TokenFault,
    files::IdentityFiles,
    http::Server,
    managed_identity::{app_service, imds},
    mysql::{Latency, MySqlServer},
    tenant::Directory,
};

/// A tenant with its endpoints, running on loopback until it is stopped or dropped.
///
/// Dropping it tells the servers to stop, which they do when the runtime next polls them;
/// [`stop`](Self::stop) waits until they have.
pub struct Emulator {
    pub(crate) directory: Arc<Directory>,
    pub(crate) certificate_authority: CertificateAuthority,
    pub(crate) ca_file: NamedTempFile,
    pub(crate) identity_files: IdentityFiles,
    pub(crate) platform: Platform,
    pub(crate) app_service: Server,
    pub(crate) imds: Server,
    pub(crate) entra: Server,
    pub(crate) mysql: MySqlServer,
    pub(crate) address: ServerAddress,
}

impl Emulator {
    /// The address of the managed identity endpoint of App Service,
    /// `http://127.0.0.1:PORT/msi/token`.
    pub fn identity_endpoint(&self) -> String {
        format!("http://{}{}", self.app_service.address(), app_service::PATH)
    }

    /// The value of `X-IDENTITY-HEADER` that programs must send to the managed identity endpoint; a new
    /// one at each start.
    pub fn identity_header(&self) -> &str {
        &self.directory.identity_header
    }

    /// The address of the metadata service's token endpoint, which replaces
    /// `http://169.254.169.254/metadata/identity/oauth2/token`.
    pub fn imds_endpoint(&self) -> String {
        format!("http://{}{}", self.imds.address(), imds::PATH)
    }

    /// The address that replaces `https://login.microsoftonline.com/`: `https://localhost:PORT/`. Its
    /// certificate is from
    /// [`certificate_authority`](Self::certificate_authority).
    pub fn authority_host(&self) -> String {
        self.directory.authority_host.clone()
    }

    /// The id of the tenant of all principals.
    pub fn tenant_id(&self) -> &str {
        &self.directory.tenant_id
    }

    /// The authority that issued this emulator's certificates, and can issue one for another database
    /// server.
    pub fn certificate_authority(&self) -> &CertificateAuthority {
        &self.certificate_authority
    }

    /// A file with the authority's certificate in PEM. It is removed when the emulator stops.
    pub fn ca_pem_path(&self) -> &Path {
        self.ca_file.path()
    }

    /// The JSON Web Key Set with the public key that verifies valid tokens.
    pub fn jwks_json(&self) -> String {
        self.directory.signing_key.key_set().to_string()
    }

    /// The MySQL users of all principals and groups, and the account behind each: what a database
    /// server needs in addition to the keys.
    pub fn accounts(&self) -> Vec<(String, Account)> {
        self.directory
            .accounts()
            .map(|(user, account)| (user.to_owned(), account))
            .collect()
    }

    /// The certificate and key that the emulator created for `principal`; `None` unless it is one of
    /// its service principals with a certificate.
    pub fn client_certificate(&self, principal: &Principal) -> Option<&ClientCertificate> {
        self.directory.certificate_of(principal)
    }

    /// Makes a service account token that the federated credential of `principal` trusts, or one that
    /// must be refused. `None` unless the principal is a workload identity and the emulator has one.
    pub fn service_account_token(
        &self,
        principal: &Principal,
    ) -> Option<ServiceAccountTokenBuilder<'_>> {
        let cluster = self.directory.cluster.as_ref()?;
        cluster.token(principal, self.directory.clock.now())
    }

    /// A stand-in for the Azure CLI in which `user` is logged in: its
    /// [folder](AzureCli::folder) must come first on the `PATH` of a program under test.
    ///
    /// The user need not be a principal of the emulator.
    ///
    /// # Errors
    ///
    /// When the program cannot be written.
    #[cfg(unix)]
    pub fn azure_cli(&self, user: &Principal) -> Result<AzureCli, Error> {
        AzureCli::new(&self.directory, user, self.app_service.address())
    }

    /// The faults of requests for tokens: one script for all endpoints except the Azure CLI's.
    pub fn token_faults(&self) -> &Faults<TokenFault> {
        &self.directory.token_faults
    }

    /// Advances the emulator's clock: tokens are issued, and assertions and logins checked, as if this
    /// much more time had passed. The files of service accounts get new tokens, as from a cluster.
    ///
    /// Programs under test are not affected: they use the machine's clock. So their certificates'
    /// assertions, which are valid for ten minutes, may be too old.
    ///
    /// # Panics
    ///
    /// When such a file cannot be written.
    pub fn advance_clock(&self, by: Duration) {
        self.directory.clock.advance(by);
        self.identity_files
            .rotate_tokens(&self.directory)
            .expect("writing these files worked at start");
    }

    /// The MySQL server's address: `127.0.0.1`, or the first
    /// [host name](crate::EmulatorBuilder::host_name) that was added, and another port at each start.
    /// It listens only on 127.0.0.1.
    pub fn address(&self) -> &ServerAddress {
        &self.address
    }

    /// The faults of connections to the MySQL server. Each connection takes its fault when it is
    /// accepted.
    pub fn login_faults(&self) -> &Faults<LoginFault> {
        &self.mysql.state().faults
    }

    /// Sets the latency of data to and from the MySQL server, one way each. It applies to connections
    /// opened from now on. The default is none.
    pub fn set_latency(&self, client_to_server: Duration, server_to_client: Duration) {
        *self.mysql.state().latency() = Latency {
            to_server: client_to_server,
            to_client: server_to_client,
        };
    }

    /// The MySQL server's log of logins, as in the error log of a real server with this project's
    /// plugin, the newest 10,000 lines:
    ///
    /// ```text
    /// aad_auth: token received for user 'app' (1187 bytes)
    /// aad_auth: refused user 'app': the token expired 30 s ago; log in with a fresh one
    /// ```
    ///
    /// It never contains a token.
    pub fn log(&self) -> String {
        self.mysql.state().log.read()
    }

    /// The logins that the MySQL server refused, the newest 1,000.
    pub fn login_refusals(&self) -> Vec<LoginRefusal> {
        self.mysql.state().metrics.refusals()
    }

    /// How many tokens the endpoints have issued so far, and what became of the logins.
    pub fn counters(&self) -> Counters {
        let mut counters = self.directory.counters.read();
        self.mysql.state().count(&mut counters);
        counters
    }

    /// How many tokens the endpoints have issued to `principal` so far.
    pub fn tokens_issued_to(&self, principal: &Principal) -> u64 {
        self.directory.issued_tokens.count(principal)
    }

    /// A valid token for `principal`, for the MySQL resource of the public cloud.
    ///
    /// The principal need not be one of the emulator's, so that a test can show how a stranger's login
    /// fails.
    ///
    /// # Panics
    ///
    /// When the cryptographic library cannot sign.
    pub fn token_for(&self, principal: &Principal) -> String {
        self.token(principal).build()
    }

    /// Makes a token for `principal`, valid unless the builder changes it.
    pub fn token<'a>(&'a self, principal: &'a Principal) -> TokenBuilder<'a> {
        self.directory.token(principal)
    }

    /// Stops the servers, and returns when their ports are closed and their tasks have ended. Requests
    /// in progress are cut off.
    pub async fn stop(mut self) {
        self.app_service.stop().await;
        self.imds.stop().await;
        self.entra.stop().await;
        self.mysql.stop().await;
    }

    pub(crate) fn identity_file(&self, principal: &Principal) -> Option<&NamedTempFile> {
        self.identity_files.of(principal)
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("identity_endpoint", &self.identity_endpoint())
            .field("imds_endpoint", &self.imds_endpoint())
            .field("authority_host", &self.authority_host())
            .field("tenant_id", &self.tenant_id())
            .field("address", &self.address)
            .field("principals", &self.directory.principals)
            .field("groups", &self.directory.groups)
            .field("counters", &self.counters())
            .finish_non_exhaustive()
    }
}
