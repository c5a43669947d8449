//! Who logs in follows from what is set.

use std::path::PathBuf;

use crate::{
    Error, Identity, misconfiguration,
    name::Name,
    raw::{EXPECTED_CLIENT_ID, EXPECTED_PEM, EXPECTED_TENANT_ID, RawCredential},
    sourced::OptionalVar,
};

impl RawCredential {
    /// A secret is a service principal. Without one, a certificate or a federated token that the
    /// Azure SDKs would find is used, in this order: that is what AKS sets up. Else a client id is a
    /// user-assigned identity, and nothing a system-assigned one.
    pub(crate) fn identity(&self, warnings: &mut Vec<String>) -> Result<Identity, Error> {
        if let Some(secret) = self.client_secret.get() {
            return self.service_principal(secret);
        }
        if let Some(file) = self.certificate_file.get() {
            misconfiguration::check(&self.certificate_file, EXPECTED_PEM)?;
            let ids = self.ids_beside(&self.certificate_file.name, warnings)?;
            return certificate(&self.certificate_file.name, PathBuf::from(file), ids);
        }
        if let Some(file) = self.token_file.get() {
            misconfiguration::check(&self.token_file, "the path of a token")?;
            let (client_id, tenant_id) = self.ids_beside(&self.token_file.name, warnings)?;
            return Ok(Identity::WorkloadIdentity {
                tenant_id,
                client_id,
                token_file: PathBuf::from(file),
            });
        }
        if self.tenant_id.get().is_some() {
            return Err(self.lacks(&self.client_secret, &self.tenant_id));
        }
        match self.client_id.get() {
            Some(client_id) => Ok(Identity::UserAssigned {
                client_id: Identity::checked_client_id(&self.client_id.name, client_id)?,
            }),
            None => Ok(Identity::SystemAssigned),
        }
    }

    /// The client id that the identity will have.
    pub(crate) fn used_client_id(&self) -> Option<&str> {
        let is_file = self.certificate_file.get().or(self.token_file.get());
        let of_sdk = is_file.and(self.sdk_client_id.get());
        self.client_id.get().or(of_sdk)
    }

    fn service_principal(&self, secret: &str) -> Result<Identity, Error> {
        let Some(tenant_id) = self.tenant_id.get() else {
            return Err(self.lacks(&self.tenant_id, &self.client_secret));
        };
        let Some(client_id) = self.client_id.get() else {
            return Err(self.lacks(&self.client_id, &self.client_secret));
        };
        if Identity::is_guid(secret) {
            return Err(Error::invalid(
                &self.client_secret.name,
                "looks like the secret's id (a GUID); expected the secret's value, which Microsoft \
                 Entra shows only when the secret is created",
            ));
        }
        Ok(Identity::ServicePrincipal {
            tenant_id: Identity::checked_tenant_id(&self.tenant_id.name, tenant_id)?,
            client_id: Identity::checked_client_id(&self.client_id.name, client_id)?,
            client_secret: secret.into(),
        })
    }

    fn lacks(&self, missing: &OptionalVar, present: &OptionalVar) -> Error {
        Error::contradiction(
            &missing.name,
            format!(
                "is missing although {} is set; a service principal needs {}, {} and {}, a \
                 managed identity neither of the last two",
                present.name, self.client_id.name, self.client_secret.name, self.tenant_id.name
            ),
        )
    }

    /// Client id and tenant id beside a credential in `file`: the connection's own, else the SDKs'.
    fn ids_beside(
        &self,
        file: &Name,
        warnings: &mut Vec<String>,
    ) -> Result<(String, String), Error> {
        let mut id = |own: &OptionalVar, of_sdk: &OptionalVar, expected: &str| {
            misconfiguration::check(of_sdk, expected)?;
            match (own.get(), of_sdk.get()) {
                (Some(value), other) => {
                    if other.is_some_and(|other| other != value) {
                        warnings.push(format!(
                            "{} differs from {}; the connection's own is used",
                            own.name, of_sdk.name
                        ));
                    }
                    Ok((own.name.clone(), value.to_owned()))
                }
                (None, Some(value)) => Ok((of_sdk.name.clone(), value.to_owned())),
                (None, None) => Err(Error::contradiction(
                    &of_sdk.name,
                    format!(
                        "is missing although {file} is set; set it or {} to {expected}, or unset {file}",
                        own.name
                    ),
                )),
            }
        };
        let (client, client_id) = id(&self.client_id, &self.sdk_client_id, EXPECTED_CLIENT_ID)?;
        let (tenant, tenant_id) = id(&self.tenant_id, &self.sdk_tenant_id, EXPECTED_TENANT_ID)?;
        Ok((
            Identity::checked_client_id(&client, client_id)?,
            Identity::checked_tenant_id(&tenant, tenant_id)?,
        ))
    }
}

#[cfg(feature = "client-certificate")]
#[expect(
    clippy::unnecessary_wraps,
    reason = "without the feature it is an error"
)]
fn certificate(_: &Name, file: PathBuf, ids: (String, String)) -> Result<Identity, Error> {
    let (client_id, tenant_id) = ids;
    Ok(Identity::ClientCertificate {
        tenant_id,
        client_id,
        file,
    })
}

#[cfg(not(feature = "client-certificate"))]
fn certificate(name: &Name, _: PathBuf, _: (String, String)) -> Result<Identity, Error> {
    Err(Error::invalid(
        name,
        "names a certificate, but this program was built without the feature client-certificate of \
         azure-mysql; enable the feature, or remove the variable",
    ))
}
