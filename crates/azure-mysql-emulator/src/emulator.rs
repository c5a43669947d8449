use std::{fmt, path::Path, sync::Arc, time::Duration};

use aad_auth::Account;
use tempfile::NamedTempFile;

#[cfg(unix)]
use crate::{AzureCli, Error};
use crate::{
    CertificateAuthority, ClientCertificate, Counters, EmulatorBuilder, Faults, LoginFault,
    LoginRefusal, Platform, Principal, ServerAddress, ServiceAccountTokenBuilder, TokenBuilder,
    TokenFault,
    files::IdentityFiles,
    http::Server,
    managed_identity::{app_service, imds},
    mysql::{Latency, MySqlServer},
    tenant::Directory,
};

/// A tenant with its endpoints, running on loopback until it is stopped or dropped.
///
/// Dropping it asks the servers to stop, which they do at their next turn on the runtime;
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
    /// Describes an emulator: nobody in it yet, tokens that live an hour.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::new()
    }

    /// The address of the managed identity endpoint of App Service,
    /// `http://127.0.0.1:PORT/msi/token`.
    pub fn identity_endpoint(&self) -> String {
        format!("http://{}{}", self.app_service.address(), app_service::PATH)
    }

    /// What programs must send to the managed identity endpoint as `X-IDENTITY-HEADER`; another
    /// value at each start.
    pub fn identity_header(&self) -> &str {
        &self.directory.identity_header
    }

    /// The address of the metadata service's endpoint for tokens, which stands for
    /// `http://169.254.169.254/metadata/identity/oauth2/token`.
    pub fn imds_endpoint(&self) -> String {
        format!("http://{}{}", self.imds.address(), imds::PATH)
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

    /// The MySQL users of all principals and groups, and whom each of them is for: what a database
    /// server needs besides the keys.
    pub fn accounts(&self) -> Vec<(String, Account)> {
        self.directory
            .accounts()
            .map(|(user, account)| (user.to_owned(), account))
            .collect()
    }

    /// The certificate and key that the emulator made for `principal`; `None` unless it is one of
    /// its service principals with a certificate.
    pub fn client_certificate(&self, principal: &Principal) -> Option<&ClientCertificate> {
        self.directory.certificate_of(principal)
    }

    /// Starts from the service account token that the federated credential of `principal` trusts,
    /// to make another of it, or one that must be refused. `None` unless the principal is a workload
    /// identity and the emulator has one.
    pub fn service_account_token(
        &self,
        principal: &Principal,
    ) -> Option<ServiceAccountTokenBuilder<'_>> {
        let cluster = self.directory.cluster.as_ref()?;
        cluster.token(principal, self.directory.clock.now())
    }

    /// A stand-in for the Azure CLI in which `user` is logged in: its
    /// [folder](AzureCli::folder) has to come first on the `PATH` of a program under test.
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

    /// What goes wrong with requests for tokens: one script for all endpoints but the Azure CLI's.
    pub fn token_faults(&self) -> &Faults<TokenFault> {
        &self.directory.token_faults
    }

    /// Makes it later in the emulator: tokens are issued, and assertions checked, as if this much
    /// more time had gone by. The files of service accounts get new tokens, as from a cluster.
    ///
    /// Programs do not notice: their clock is the machine's. Their certificates' assertions, which
    /// last ten minutes, are then too old.
    ///
    /// # Panics
    ///
    /// When such a file cannot be written.
    pub fn advance_clock(&self, by: Duration) {
        self.directory.clock.advance(by);
        self.identity_files
            .rotate_tokens(&self.directory)
            .expect("such files were written at start");
    }

    /// Where the MySQL server is: at `127.0.0.1`, or the first
    /// [name](EmulatorBuilder::host_name) that was asked for, and another port at each start. It
    /// listens on 127.0.0.1 only.
    pub fn address(&self) -> &ServerAddress {
        &self.address
    }

    /// What goes wrong with connections to the MySQL server. Each connection takes its fault when it
    /// is accepted.
    pub fn login_faults(&self) -> &Faults<LoginFault> {
        &self.mysql.state().faults
    }

    /// Sets how long data to and from the MySQL server is under way, one way each. It applies to the
    /// connections that are opened from now on. There is none unless set.
    pub fn set_latency(&self, client_to_server: Duration, server_to_client: Duration) {
        *self.mysql.state().latency() = Latency {
            to_server: client_to_server,
            to_client: server_to_client,
        };
    }

    /// What the MySQL server has to say about logins, as in the error log of a real server with this
    /// project's plugin, the newest 10,000 lines:
    ///
    /// ```text
    /// aad_auth: token received for user 'app' (1187 bytes)
    /// aad_auth: refused user 'app': the token expired 30 s ago; log in with a fresh one
    /// ```
    ///
    /// It never holds a token.
    pub fn log(&self) -> String {
        self.mysql.state().log.read()
    }

    /// The logins that the MySQL server refused, the newest 1,000.
    pub fn login_refusals(&self) -> Vec<LoginRefusal> {
        self.mysql.state().tally.refusals()
    }

    /// How many tokens programs have asked for until now, and what became of their logins.
    pub fn counters(&self) -> Counters {
        let mut counters = self.directory.counters.read();
        self.mysql.state().count(&mut counters);
        counters
    }

    /// How many tokens the endpoints have given to `principal` until now.
    pub fn tokens_given_to(&self, principal: &Principal) -> u64 {
        self.directory.given.count(principal)
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
