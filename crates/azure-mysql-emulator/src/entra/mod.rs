//! Microsoft Entra's endpoints, and the Kubernetes cluster whose tokens they accept.

mod client_assertion;
pub(crate) mod cluster;
mod error;
pub(crate) mod openid;
pub(crate) mod token_endpoint;

#[cfg(unix)]
pub(crate) use error::tenant_not_found;
pub(crate) use error::{EntraError, resource_not_found};
