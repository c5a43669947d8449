//! Makes the credential that environment variables describe.

use super::{
    AzureCli, AzureDeveloperCli, ClientSecret, ManagedIdentity, WorkloadIdentity,
    environment::Environment,
};
use crate::{Cloud, Error, ErrorKind, TokenSource, credential_kind::CredentialKind};

const SECRET: &str = "AZURE_CLIENT_SECRET";
const CERTIFICATE: &str = "AZURE_CLIENT_CERTIFICATE_PATH";

type Source = Box<dyn TokenSource>;

/// The credential of a `kind`, or why there is none.
pub(super) fn credential(
    kind: CredentialKind,
    cloud: &Cloud,
    scope: &str,
    environment: Environment<'_>,
) -> Result<Source, Error> {
    Ok(match kind {
        CredentialKind::Environment if environment.variable(SECRET).is_some() => {
            return client_secret(kind, cloud, scope, environment);
        }
        CredentialKind::Environment if environment.variable(CERTIFICATE).is_some() => {
            return client_certificate(kind, cloud, scope, environment);
        }
        CredentialKind::Environment => {
            let message = format!(
                "neither {SECRET} nor {CERTIFICATE} is set; set one, with AZURE_TENANT_ID and \
                 AZURE_CLIENT_ID"
            );
            return Err(Error::of(kind, ErrorKind::CredentialUnavailable, message));
        }
        CredentialKind::ClientSecret => return client_secret(kind, cloud, scope, environment),
        CredentialKind::ClientCertificate => {
            return client_certificate(kind, cloud, scope, environment);
        }
        CredentialKind::WorkloadIdentity => {
            Box::new(WorkloadIdentity::read(cloud, scope, environment)?)
        }
        CredentialKind::ManagedIdentity => {
            Box::new(ManagedIdentity::read(scope.to_owned(), environment))
        }
        CredentialKind::AzureCli => Box::new(AzureCli::new(scope)),
        CredentialKind::AzureDeveloperCli => Box::new(AzureDeveloperCli::new(scope)),
    })
}

fn client_secret(
    kind: CredentialKind,
    cloud: &Cloud,
    scope: &str,
    environment: Environment<'_>,
) -> Result<Source, Error> {
    let secret = environment
        .variable(SECRET)
        .ok_or_else(|| unset(kind, SECRET))?;
    let (tenant_id, client_id) = environment.tenant_and_client(kind, SECRET)?;
    Ok(Box::new(ClientSecret::new(
        cloud, scope, tenant_id, client_id, secret,
    )))
}

#[cfg(feature = "client-certificate")]
fn client_certificate(
    kind: CredentialKind,
    cloud: &Cloud,
    scope: &str,
    environment: Environment<'_>,
) -> Result<Source, Error> {
    let path = environment
        .variable(CERTIFICATE)
        .ok_or_else(|| unset(kind, CERTIFICATE))?;
    let (tenant_id, client_id) = environment.tenant_and_client(kind, CERTIFICATE)?;
    Ok(Box::new(super::ClientCertificate::from_files(
        cloud,
        scope,
        tenant_id,
        client_id,
        [path],
    )))
}

#[cfg(not(feature = "client-certificate"))]
fn client_certificate(
    kind: CredentialKind,
    _: &Cloud,
    _: &str,
    environment: Environment<'_>,
) -> Result<Source, Error> {
    if environment.variable(CERTIFICATE).is_none() {
        return Err(unset(kind, CERTIFICATE));
    }
    Err(Error::of(
        kind,
        ErrorKind::Configuration,
        format!(
            "{CERTIFICATE} is set, but this program was built without certificates; build \
             token-source with the feature client-certificate"
        ),
    ))
}

fn unset(kind: CredentialKind, name: &str) -> Error {
    Error::of(
        kind,
        ErrorKind::CredentialUnavailable,
        format!("{name} is not set; set it, with AZURE_TENANT_ID and AZURE_CLIENT_ID"),
    )
}
