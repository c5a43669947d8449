//! Microsoft Entra's endpoints, and the Kubernetes cluster whose tokens it federates.

mod client_assertion;
pub(crate) mod cluster;
pub(crate) mod openid;
mod refusal;
pub(crate) mod token_endpoint;

pub(crate) use refusal::resource_not_found;
#[cfg(unix)]
pub(crate) use refusal::tenant_not_found;
