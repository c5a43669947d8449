use std::{collections::HashMap, sync::Arc};

use aad_auth::{Config, Verifier};

use super::{
    listener::MySqlServer,
    state::{Certificates, MOST_CONNECTIONS, State},
    tls,
};
use crate::{CertificateAuthority, Error, sql::Database, tenant::Directory};

/// What clients connect to, and verify.
pub(crate) const HOST: &str = "localhost";

/// Starts a MySQL server for everybody in a tenant.
pub(crate) fn start(
    authority: &CertificateAuthority,
    directory: &Directory,
    database: &str,
) -> Result<MySqlServer, Error> {
    // No key file: the keys are given.
    let config = Config::new("", &directory.tenant_id);
    let keys = directory.signing_key.key_set().to_string();
    let verifier = Verifier::with_keys(&config, &keys).map_err(|cause| {
        Error::caused_by(
            "the MySQL server cannot check tokens: give a tenant id",
            cause,
        )
    })?;
    let certificates = Certificates {
        own: tls::config(&authority.issue(HOST)?)?,
        other_authority: tls::config(&CertificateAuthority::new()?.issue(HOST)?)?,
        other_host_name: tls::config(&authority.issue("another-host.example")?)?,
    };
    let accounts: HashMap<_, _> = directory
        .accounts()
        .map(|(user, account)| (user.to_owned(), account))
        .collect();
    let state = State::new(
        accounts,
        verifier,
        Arc::clone(&directory.clock),
        certificates,
        Database::new(&[database]),
    );
    // The plugin's first word, from which one can tell that it is there.
    state.log.write("configuration read");
    MySqlServer::start(Arc::new(state), MOST_CONNECTIONS)
}
