use std::{collections::BTreeMap, fmt, path::Path, sync::Arc, time::Duration};

use tempfile::NamedTempFile;

use crate::{
    CertificateAuthority, ClientCertificate, Counters, EmulatorBuilder, Faults, LoginFault,
    LoginRefusal, Principal, ServiceAccountTokenBuilder, TokenBuilder,
    directory::Directory,
    managed_identity,
    mysql::{self, Latency, MySqlServer},
    server::Server,
};

/// A tenant with its endpoints, running on loopback until it is stopped or dropped.
///
/// Dropping it asks the servers to stop, which they do at their next turn on the runtime;
/// [`stop`](Self::stop) waits until they have.
pub struct Emulator {
    pub(crate) directory: Arc<Directory>,
    pub(crate) certificate_authority: CertificateAuthority,
    pub(crate) ca_file: NamedTempFile,
    /// By client id: a certificate with its key, or a service account's token.
    pub(crate) identity_files: Vec<(String, NamedTempFile)>,
    pub(crate) managed_identity: Server,
    pub(crate) entra: Server,
    pub(crate) mysql: MySqlServer,
    pub(crate) database: String,
}

impl Emulator {
    /// Describes an emulator: nobody in it yet, tokens that live an hour.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::new()
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
    pub fn platform_environment(&self) -> BTreeMap<String, String> {
        let mut variables = self.authority_variables();
        variables.extend(self.identity_variables());
        variables
    }

    /// The variables for a program that runs as `principal`, and finds its credential in them:
    ///
    /// | principal | variables |
    /// |---|---|
    /// | managed identity | `IDENTITY_ENDPOINT`, `IDENTITY_HEADER`; `AZURE_CLIENT_ID` if it is user-assigned |
    /// | with a secret | `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_CLIENT_SECRET` |
    /// | with a certificate | `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_CLIENT_CERTIFICATE_PATH` |
    /// | workload identity | `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_FEDERATED_TOKEN_FILE` |
    ///
    /// and for all of them `AZURE_AUTHORITY_HOST` and `SSL_CERT_FILE`. The files are removed when
    /// the emulator stops; the service account's token in one lives an hour.
    pub fn identity_environment(&self, principal: &Principal) -> BTreeMap<String, String> {
        let mut variables = self.authority_variables();
        let mut set = |name: &str, value: &str| {
            variables.insert(name.to_owned(), value.to_owned());
        };
        if principal.resource_id().is_some() {
            if principal.is_user_assigned() {
                set("AZURE_CLIENT_ID", principal.client_id());
            }
            variables.extend(self.identity_variables());
            return variables;
        }
        let file = self
            .identity_files
            .iter()
            .find(|(client_id, _)| client_id == principal.client_id())
            .map(|(_, file)| file.path().display().to_string());
        let (name, value) = if let Some(secret) = principal.client_secret() {
            ("AZURE_CLIENT_SECRET", secret.to_owned())
        } else if let Some(file) = file {
            match principal.federated_subject() {
                Some(_) => ("AZURE_FEDERATED_TOKEN_FILE", file),
                None => ("AZURE_CLIENT_CERTIFICATE_PATH", file),
            }
        } else {
            return variables;
        };
        set(name, &value);
        set("AZURE_TENANT_ID", self.tenant_id());
        set("AZURE_CLIENT_ID", principal.client_id());
        variables
    }

    fn identity_variables(&self) -> BTreeMap<String, String> {
        named([
            ("IDENTITY_ENDPOINT", self.identity_endpoint()),
            ("IDENTITY_HEADER", self.identity_header().to_owned()),
        ])
    }

    fn authority_variables(&self) -> BTreeMap<String, String> {
        named([
            ("AZURE_AUTHORITY_HOST", self.authority_host()),
            ("SSL_CERT_FILE", self.ca_pem_path().display().to_string()),
        ])
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
        self.directory.cluster.as_ref()?.token(principal)
    }

    /// The host of the MySQL server, `localhost`: the name that its certificate is for. It listens on
    /// 127.0.0.1 only.
    pub fn host(&self) -> &'static str {
        mysql::HOST
    }

    /// The port of the MySQL server; another one at each start.
    pub fn port(&self) -> u16 {
        self.mysql.address().port()
    }

    /// The name of the database that the MySQL server has.
    pub fn database(&self) -> &str {
        &self.database
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
        self.mysql.stop().await;
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

fn named<const N: usize>(variables: [(&str, String); N]) -> BTreeMap<String, String> {
    variables
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
