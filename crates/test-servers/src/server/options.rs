//! What a server is started with.

use secrecy::SecretString;

use crate::Error;

/// What a [`Server`](crate::Server) is started with.
///
/// The default is a server without TLS and without accounts, with an empty
/// database named `test`.
#[derive(Debug)]
pub struct ServerOptions {
    pub(super) tls: Option<Tls>,
    pub(super) require_tls: bool,
    pub(super) entra_login: Option<EntraLogin>,
    pub(super) accounts: Vec<Account>,
    pub(super) database: String,
}

/// All PEM.
#[derive(Debug)]
pub(super) struct Tls {
    pub(super) certificate: String,
    pub(super) private_key: SecretString,
    pub(super) ca: String,
}

#[derive(Debug)]
pub(super) struct EntraLogin {
    pub(super) jwks_json: String,
    pub(super) tenant_id: String,
}

#[derive(Debug)]
pub(super) struct Account {
    pub(super) user: String,
    pub(super) login: Login,
    /// Whether it may do everything, and create others.
    pub(super) administers: bool,
}

#[derive(Debug)]
pub(super) enum Login {
    /// The plugin `aad_auth` with this authentication string.
    Entra(String),
    Password(SecretString),
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            tls: None,
            require_tls: false,
            entra_login: None,
            accounts: Vec::new(),
            database: "test".to_owned(),
        }
    }
}

impl ServerOptions {
    /// The default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Offers TLS with this certificate (chain), its private key, and the CA
    /// that issued it, all PEM. Without this the server offers no TLS at all.
    #[must_use]
    pub fn tls(
        mut self,
        certificate_pem: impl Into<String>,
        private_key_pem: impl Into<String>,
        ca_pem: impl Into<String>,
    ) -> Self {
        self.tls = Some(Tls {
            certificate: certificate_pem.into(),
            private_key: private_key_pem.into().into(),
            ca: ca_pem.into(),
        });
        self
    }

    /// Whether logins without TLS are refused (`require_secure_transport`).
    /// Needs [`tls`](Self::tls). Off by default, as in both servers.
    #[must_use]
    pub fn require_tls(mut self, require: bool) -> Self {
        self.require_tls = require;
        self
    }

    /// Loads the plugin `aad_auth`, which checks Microsoft Entra tokens of this
    /// tenant against these signing keys (a JSON Web Key Set).
    #[must_use]
    pub fn entra_login(
        mut self,
        jwks_json: impl Into<String>,
        tenant_id: impl Into<String>,
    ) -> Self {
        self.entra_login = Some(EntraLogin {
            jwks_json: jwks_json.into(),
            tenant_id: tenant_id.into(),
        });
        self
    }

    /// Adds an account that logs in with an Entra token and owns the database.
    /// The authentication string names the identity, for example
    /// `AADSP:<client id>:upn:<user>`. Needs [`entra_login`](Self::entra_login).
    #[must_use]
    pub fn account(
        mut self,
        user: impl Into<String>,
        authentication_string: impl Into<String>,
    ) -> Self {
        self.accounts.push(Account {
            user: user.into(),
            login: Login::Entra(authentication_string.into()),
            administers: false,
        });
        self
    }

    /// Adds an account that logs in with a password and owns the database, with
    /// the server's usual method: `caching_sha2_password` on MySQL,
    /// `mysql_native_password` on MariaDB.
    #[must_use]
    pub fn password_account(
        mut self,
        user: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        self.accounts.push(Account {
            user: user.into(),
            login: Login::Password(password.into().into()),
            administers: false,
        });
        self
    }

    /// Adds an account that logs in with a password and may do everything, also create others.
    #[must_use]
    pub fn administrator(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.accounts.push(Account {
            user: user.into(),
            login: Login::Password(password.into().into()),
            administers: true,
        });
        self
    }

    /// The name of the database that all accounts own; `test` by default.
    #[must_use]
    pub fn database(mut self, name: impl Into<String>) -> Self {
        self.database = name.into();
        self
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        if self.require_tls && self.tls.is_none() {
            return Err(Error::new(
                "`require_tls` is set without a certificate: set `tls` too",
            ));
        }
        let by_token = |account: &&Account| matches!(account.login, Login::Entra(_));
        match self.accounts.iter().find(by_token) {
            Some(Account { user, .. }) if self.entra_login.is_none() => Err(Error::new(format!(
                "the account `{user}` logs in with a token: set `entra_login` too"
            ))),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_neither_passwords_nor_private_keys() {
        let options = ServerOptions::new()
            .tls("the certificate", "the private key", "the ca")
            .password_account("app", "the password");
        let shown = format!("{options:?}");
        assert!(shown.contains("the certificate"), "{shown}");
        assert!(!shown.contains("the private key"), "{shown}");
        assert!(!shown.contains("the password"), "{shown}");
    }
}
