//! The checks, one file a promise.

mod faults;
mod identities;
mod pools;
mod refused_logins;
mod rotation;
mod secrets;
mod verified_tls;

use azure_mysql_emulator::Principal;

use crate::{Adapter, run::Check};

pub(crate) fn all<A: Adapter>() -> Vec<Check> {
    [
        // First, since most of it is waiting.
        faults::checks::<A>(),
        identities::checks::<A>(),
        verified_tls::checks::<A>(),
        rotation::checks::<A>(),
        refused_logins::checks::<A>(),
        pools::checks::<A>(),
        secrets::checks::<A>(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Who logs in with a credential, and must be known to the server for that.
pub(crate) fn everybody() -> &'static [Principal] {
    identities::everybody()
}
