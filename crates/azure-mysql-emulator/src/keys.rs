use std::{sync::Arc, thread};

use crate::{
    ClientCertificate, Error, Principal,
    entra::cluster::Cluster,
    tenant::{PrincipalKind, SigningKey},
};

/// All keys that take long to create: RSA keys, whose primes have to be searched for.
pub(crate) struct Keys {
    pub(crate) signing_key: Arc<SigningKey>,
    /// By client id.
    pub(crate) certificates: Vec<(String, ClientCertificate)>,
    pub(crate) cluster: Option<Cluster>,
}

impl Keys {
    /// Creates the keys that do not exist yet, in parallel. Blocks for tens to hundreds of
    /// milliseconds.
    pub(crate) fn generate(principals: &[Principal]) -> Result<Self, Error> {
        let has_cluster = principals
            .iter()
            .any(|principal| principal.federated_subject().is_some());
        thread::scope(|scope| {
            let cluster = has_cluster.then(|| scope.spawn(Cluster::new));
            let certificates: Vec<_> = principals
                .iter()
                .filter(|principal| {
                    matches!(principal.kind, PrincipalKind::CertificateServicePrincipal)
                })
                .map(|principal| {
                    let create = || ClientCertificate::new(principal.name());
                    (principal.client_id().to_owned(), scope.spawn(create))
                })
                .collect();
            Ok(Self {
                signing_key: SigningKey::published()?,
                certificates: certificates
                    .into_iter()
                    .map(|(client_id, certificate)| Ok((client_id, join(certificate)?)))
                    .collect::<Result<_, Error>>()?,
                cluster: cluster.map(join).transpose()?,
            })
        })
    }
}

fn join<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
