//! The checks, one file a promise.

mod faults;
mod identities;
mod pools;
mod refused_logins;
mod rotation;
mod secrets;
mod verified_tls;

use crate::{adapter::Adapter, check::Check};

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
