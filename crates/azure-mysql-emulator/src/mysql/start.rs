use std::{collections::HashMap, sync::Arc};

use aad_auth::{Config, Verifier};

use super::{
    listener::MySqlServer,
    state::{Certificates, State},
    tls,
};
use crate::{CertificateAuthority, Error, Principal, clock::Clock, database::Databases};

/// What clients connect to, and verify.
pub(crate) const HOST: &str = "localhost";

/// Starts a MySQL server for the principals of a tenant, whose tokens the keys verify.
pub(crate) fn start(
    authority: &CertificateAuthority,
    (tenant_id, jwks_json): (&str, &str),
    principals: &[Principal],
    clock: Arc<Clock>,
    database: &str,
) -> Result<MySqlServer, Error> {
    // No key file: the keys are given.
    let config = Config::new("", tenant_id);
    let verifier = Verifier::with_keys(&config, jwks_json).map_err(|cause| {
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
    let accounts: HashMap<_, _> = principals
        .iter()
        .map(|principal| (principal.name().to_owned(), principal.account()))
        .collect();
    let state = State::new(
        accounts,
        verifier,
        clock,
        certificates,
        Databases::create(&[database])?,
    );
    MySqlServer::start(Arc::new(state))
}
