use token_source::SecretString;

use crate::{Environment, Error, ErrorKind};

/// As whom to ask for a token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Identity {
    /// The managed identity that belongs to this resource alone.
    SystemAssigned,
    /// A managed identity that several resources may share.
    UserAssigned {
        /// Its client id, a GUID.
        client_id: String,
    },
    /// A service principal with a secret.
    ServicePrincipal {
        /// The tenant (directory) id, a GUID.
        tenant_id: String,
        /// The application's client id, a GUID.
        client_id: String,
        /// The secret's value.
        client_secret: SecretString,
    },
}

const CLIENT_ID: &str = "AZURE_MYSQL_CLIENTID";
const CLIENT_SECRET: &str = "AZURE_MYSQL_CLIENTSECRET";
const TENANT_ID: &str = "AZURE_MYSQL_TENANTID";

impl Identity {
    /// Service Connector sets the client id for a user-assigned identity, all three for a service
    /// principal, and nothing for a system-assigned identity.
    pub(crate) fn from_environment(environment: &Environment) -> Result<Self, Error> {
        let client_id = environment.get_non_empty(CLIENT_ID, "a client id (a GUID)")?;
        let client_secret = environment.get_non_empty(CLIENT_SECRET, "a client secret")?;
        let tenant_id = environment.get_non_empty(TENANT_ID, "a tenant id (a GUID)")?;
        let lacks = |missing: &str, present: &str| {
            Error::new(
                ErrorKind::Contradiction,
                missing,
                format!(
                    "is missing although {present} is set; a service principal needs {CLIENT_ID}, \
                     {CLIENT_SECRET} and {TENANT_ID}, a managed identity neither of the last two"
                ),
            )
        };
        match (client_id, client_secret, tenant_id) {
            (None, None, None) => Ok(Self::SystemAssigned),
            (Some(client_id), None, None) => Ok(Self::UserAssigned {
                client_id: client_id.to_owned(),
            }),
            (Some(client_id), Some(client_secret), Some(tenant_id)) => Ok(Self::ServicePrincipal {
                tenant_id: tenant_id.to_owned(),
                client_id: client_id.to_owned(),
                client_secret: client_secret.into(),
            }),
            (_, Some(_), None) => Err(lacks(TENANT_ID, CLIENT_SECRET)),
            (None, Some(_), Some(_)) => Err(lacks(CLIENT_ID, CLIENT_SECRET)),
            (_, None, Some(_)) => Err(lacks(CLIENT_SECRET, TENANT_ID)),
        }
    }
}
