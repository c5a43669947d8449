//! Settings as they were written, before any check: what every reader fills in.
//!
//! A reader turns one client type's variables, or one connection string, into [`RawSettings`];
//! `check` turns those into [`Settings`](crate::Settings) or the error that names the source.

use crate::{
    ClientType, Cloud, Identity, Trust,
    environment::Origin,
    name::Name,
    properties::Properties,
    sourced::{OptionalVar, Sourced},
    tls::TlsMode,
    variables::{
        AUTHORITY, CERTIFICATE, CLIENT_ID, CLIENT_SECRET, FEDERATED_TOKEN_FILE, SDK_CLIENT_ID,
        SDK_TENANT_ID, SSL_CA, TENANT_ID,
    },
};

pub(crate) const EXPECTED_HOST: &str =
    "the server's host name, such as shop.mysql.database.azure.com";
pub(crate) const EXPECTED_USER: &str = "the MySQL user that was created for the identity";
pub(crate) const EXPECTED_PORT: &str = "a port from 1 to 65535";
pub(crate) const EXPECTED_DATABASE: &str = "a database name";
pub(crate) const EXPECTED_CLIENT_ID: &str = "a client id (a GUID)";
pub(crate) const EXPECTED_SECRET: &str = "a client secret";
pub(crate) const EXPECTED_TENANT_ID: &str = "a tenant id (a GUID)";
pub(crate) const EXPECTED_PEM: &str = "the path of a PEM file";

#[derive(Debug)]
pub(crate) struct RawSettings {
    /// `None` for settings made by hand.
    pub(crate) client_type: Option<ClientType>,
    pub(crate) host: OptionalVar,
    pub(crate) port: OptionalVar,
    pub(crate) database: OptionalVar,
    pub(crate) user: OptionalVar,
    /// Where a password stands. There is no use for its value.
    pub(crate) password: Option<Name>,
    pub(crate) tls: Vec<Sourced<TlsMode>>,
    pub(crate) ca_file: OptionalVar,
    pub(crate) authority: OptionalVar,
    pub(crate) credential: RawCredential,
    /// What a connection string says beside all that.
    pub(crate) properties: Properties,
    pub(crate) warnings: Vec<String>,
    pub(crate) origin: Origin,
    /// Values by hand, which take precedence over those as text.
    pub(crate) identity: Option<Identity>,
    pub(crate) trust: Option<Trust>,
    pub(crate) cloud: Option<Cloud>,
}

/// What says who logs in.
#[derive(Debug)]
pub(crate) struct RawCredential {
    pub(crate) client_id: OptionalVar,
    pub(crate) client_secret: OptionalVar,
    pub(crate) tenant_id: OptionalVar,
    pub(crate) certificate_file: OptionalVar,
    pub(crate) token_file: OptionalVar,
    /// The ids that the Azure SDKs would use beside the two files.
    pub(crate) sdk_client_id: OptionalVar,
    pub(crate) sdk_tenant_id: OptionalVar,
}

impl Default for RawSettings {
    /// Nothing is set. The names are those of the builder's options, and the usual ones of variables.
    fn default() -> Self {
        Self {
            client_type: None,
            host: OptionalVar::unset("host"),
            port: OptionalVar::unset("port"),
            database: OptionalVar::unset("database"),
            user: OptionalVar::unset("user"),
            password: None,
            tls: Vec::new(),
            ca_file: OptionalVar::unset(SSL_CA),
            authority: OptionalVar::unset(AUTHORITY),
            credential: RawCredential {
                client_id: OptionalVar::unset(CLIENT_ID),
                client_secret: OptionalVar::unset(CLIENT_SECRET),
                tenant_id: OptionalVar::unset(TENANT_ID),
                certificate_file: OptionalVar::unset(CERTIFICATE),
                token_file: OptionalVar::unset(FEDERATED_TOKEN_FILE),
                sdk_client_id: OptionalVar::unset(SDK_CLIENT_ID),
                sdk_tenant_id: OptionalVar::unset(SDK_TENANT_ID),
            },
            properties: Properties::default(),
            warnings: Vec::new(),
            origin: Origin::Process,
            identity: None,
            trust: None,
            cloud: None,
        }
    }
}

impl RawSettings {
    pub(crate) fn of(client_type: ClientType) -> Self {
        Self {
            client_type: Some(client_type),
            ..Self::default()
        }
    }

    /// Each text that is used whenever it is set, and what it has to be: for the checks that apply to
    /// any value.
    pub(crate) fn texts(&self) -> [(&OptionalVar, &'static str); 9] {
        [
            (&self.host, EXPECTED_HOST),
            (&self.port, EXPECTED_PORT),
            (&self.database, EXPECTED_DATABASE),
            (&self.user, EXPECTED_USER),
            (&self.credential.client_id, EXPECTED_CLIENT_ID),
            (&self.credential.client_secret, EXPECTED_SECRET),
            (&self.credential.tenant_id, EXPECTED_TENANT_ID),
            (&self.ca_file, EXPECTED_PEM),
            (&self.authority, "an https:// address"),
        ]
    }

    /// The CA file of a connection string, unless a variable names one.
    pub(crate) fn set_ca_file(&mut self, name: Name, file: impl Into<String>) {
        if self.ca_file.value.is_none() {
            self.ca_file = OptionalVar::set(name, file);
        } else {
            self.warnings.push(format!(
                "{} takes precedence over the CA file of the connection string",
                self.ca_file.name
            ));
        }
    }
}
