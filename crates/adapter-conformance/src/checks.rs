//! The checks, one file a promise.

mod faults;
mod pools;
mod refused_logins;
mod rotation;
mod secrets;
mod verified_tls;

use crate::{Adapter, run::Check};

pub(crate) fn all<A: Adapter>() -> Vec<Check> {
    [
        verified_tls::checks::<A>(),
        rotation::checks::<A>(),
        refused_logins::checks::<A>(),
        pools::checks::<A>(),
        secrets::checks::<A>(),
        faults::checks::<A>(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
