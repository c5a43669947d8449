use std::{collections::HashMap, sync::Arc};

use aad_auth::{Config, Verifier};

use super::{
    listener::MySqlServer,
    state::{Answers, Certificates, MOST_CONNECTIONS, State},
};
use crate::{CertificateAuthority, Error, tenant::Directory};

/// Starts a MySQL server for everybody in a tenant, with a certificate for `host_names`.
pub(crate) fn start(
    authority: &CertificateAuthority,
    host_names: &[String],
    directory: &Directory,
    answers: Answers,
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
        own: authority.issue(host_names)?.mysql_tls_config()?,
        other_authority: CertificateAuthority::new()?
            .issue(host_names)?
            .mysql_tls_config()?,
        other_host_name: authority
            .issue(&["another-host.example"])?
            .mysql_tls_config()?,
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
        answers,
    );
    // The plugin's first word, from which one can tell that it is there.
    state.log.write("configuration read");
    MySqlServer::start(Arc::new(state), MOST_CONNECTIONS)
}
