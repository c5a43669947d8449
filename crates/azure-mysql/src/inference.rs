//! Who logs in follows from what is set.

use std::path::PathBuf;

use crate::{
    Environment, Error, Identity,
    environment::Variable,
    name::Name,
    variables::{
        CERTIFICATE, CLIENT_ID, CLIENT_SECRET, FEDERATED_TOKEN_FILE, SDK_CLIENT_ID, SDK_TENANT_ID,
        TENANT_ID,
    },
};

pub(crate) const EXPECTED_CLIENT_ID: &str = "a client id (a GUID)";
pub(crate) const EXPECTED_SECRET: &str = "a client secret";
pub(crate) const EXPECTED_TENANT_ID: &str = "a tenant id (a GUID)";

/// What a client type's variables say of who logs in.
pub(crate) struct Credential<'a> {
    pub(crate) client_id: Part<'a>,
    pub(crate) client_secret: Part<'a>,
    pub(crate) tenant_id: Part<'a>,
}

/// A value that may be missing, and what it is called or would be.
pub(crate) struct Part<'a> {
    pub(crate) name: Name,
    pub(crate) value: Option<&'a str>,
}

impl<'a> Part<'a> {
    pub(crate) fn of(variable: Option<Variable<'a>>, usual: impl Into<Name>) -> Self {
        match variable {
            Some(Variable { name, value }) => Self {
                name,
                value: Some(value),
            },
            None => Self {
                name: usual.into(),
                value: None,
            },
        }
    }
}

impl<'a> Credential<'a> {
    /// The three variables that Service Connector sets for all client types but Spring Boot.
    pub(crate) fn of_service_connector(environment: &'a Environment) -> Result<Self, Error> {
        let part = |usual, expected| {
            let variable = environment.value(usual, expected)?;
            Ok::<_, Error>(Part::of(variable, environment.name_of(usual)))
        };
        Ok(Self {
            client_id: part(CLIENT_ID, EXPECTED_CLIENT_ID)?,
            client_secret: part(CLIENT_SECRET, EXPECTED_SECRET)?,
            tenant_id: part(TENANT_ID, EXPECTED_TENANT_ID)?,
        })
    }

    /// A secret is a service principal. Without one, a certificate or a federated token that the
    /// Azure SDKs would find is used, in this order: that is what AKS sets up. Else a client id is a
    /// user-assigned identity, and nothing a system-assigned one.
    pub(crate) fn identity(
        &self,
        environment: &Environment,
        warnings: &mut Vec<String>,
    ) -> Result<Identity, Error> {
        if let Some(secret) = self.client_secret.value {
            return self.service_principal(secret);
        }
        if let Some(file) = environment.value(CERTIFICATE, "the path of a PEM file")? {
            let ids = self.ids(&file.name, environment, warnings)?;
            return certificate(&file, ids);
        }
        if let Some(file) = environment.value(FEDERATED_TOKEN_FILE, "the path of a token")? {
            let (client_id, tenant_id) = self.ids(&file.name, environment, warnings)?;
            return Ok(Identity::WorkloadIdentity {
                tenant_id,
                client_id,
                token_file: PathBuf::from(file.value),
            });
        }
        if self.tenant_id.value.is_some() {
            return Err(self.lacks(&self.client_secret, &self.tenant_id));
        }
        Ok(match self.client_id.value {
            Some(client_id) => Identity::UserAssigned {
                client_id: client_id.to_owned(),
            },
            None => Identity::SystemAssigned,
        })
    }

    fn service_principal(&self, secret: &str) -> Result<Identity, Error> {
        let Some(tenant_id) = self.tenant_id.value else {
            return Err(self.lacks(&self.tenant_id, &self.client_secret));
        };
        let Some(client_id) = self.client_id.value else {
            return Err(self.lacks(&self.client_id, &self.client_secret));
        };
        if is_guid(secret) {
            return Err(Error::invalid(
                &self.client_secret.name,
                "looks like the secret's id (a GUID); expected the secret's value, which Microsoft \
                 Entra shows only when the secret is made",
            ));
        }
        Ok(Identity::ServicePrincipal {
            tenant_id: tenant_id.to_owned(),
            client_id: client_id.to_owned(),
            client_secret: secret.into(),
        })
    }

    fn lacks(&self, missing: &Part<'_>, present: &Part<'_>) -> Error {
        Error::contradiction(
            &missing.name,
            format!(
                "is missing although {} is set; a service principal needs {}, {} and {}, a \
                 managed identity neither of the last two",
                present.name, self.client_id.name, self.client_secret.name, self.tenant_id.name
            ),
        )
    }

    /// Client id and tenant id of a credential in `file`: the connection's own, else the SDKs'.
    fn ids(
        &self,
        file: &Name,
        environment: &Environment,
        warnings: &mut Vec<String>,
    ) -> Result<(String, String), Error> {
        let mut id = |own: &Part<'_>, usual: &str, expected: &str| {
            let of_sdk = environment.value(usual, expected)?;
            match (own.value, of_sdk) {
                (Some(value), of_sdk) => {
                    if let Some(of_sdk) = of_sdk.filter(|of_sdk| of_sdk.value != value) {
                        warnings.push(format!(
                            "{} differs from {}; the connection's own is used",
                            own.name, of_sdk.name
                        ));
                    }
                    Ok(value.to_owned())
                }
                (None, Some(of_sdk)) => Ok(of_sdk.value.to_owned()),
                (None, None) => Err(Error::contradiction(
                    environment.name_of(usual),
                    format!(
                        "is missing although {file} is set; set it or {} to {expected}, or unset {file}",
                        own.name
                    ),
                )),
            }
        };
        let client_id = id(&self.client_id, SDK_CLIENT_ID, EXPECTED_CLIENT_ID)?;
        let tenant_id = id(&self.tenant_id, SDK_TENANT_ID, EXPECTED_TENANT_ID)?;
        Ok((client_id, tenant_id))
    }
}

#[cfg(feature = "client-certificate")]
#[expect(
    clippy::unnecessary_wraps,
    reason = "without the feature it is an error"
)]
fn certificate(file: &Variable<'_>, ids: (String, String)) -> Result<Identity, Error> {
    let (client_id, tenant_id) = ids;
    Ok(Identity::ClientCertificate {
        tenant_id,
        client_id,
        file: PathBuf::from(file.value),
    })
}

#[cfg(not(feature = "client-certificate"))]
fn certificate(file: &Variable<'_>, _ids: (String, String)) -> Result<Identity, Error> {
    Err(Error::invalid(
        &file.name,
        "names a certificate, which this program cannot use; build it with the feature \
         client-certificate of azure-mysql, or remove the variable",
    ))
}

pub(crate) fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups
            .iter()
            .all(|group| group.chars().all(|c| c.is_ascii_hexdigit()))
}
