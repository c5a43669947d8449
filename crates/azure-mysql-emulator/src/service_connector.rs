//! What Service Connector sets for a program, for each client type:
//! <https://learn.microsoft.com/azure/service-connector/how-to-integrate-mysql>.

use std::collections::BTreeMap;

use azure_mysql::ClientType;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::Principal;

/// Where MySQL serves in Azure, and what clients take if nobody names a port.
const AZURE_PORT: u16 = 3306;

/// What `Uri.EscapeDataString` of .NET leaves as it is.
const ESCAPED_IN_URLS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Where a database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAddress {
    /// The host name, which the server's certificate must be for.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// The database's name.
    pub database: String,
}

impl ServerAddress {
    /// A database on a server.
    pub fn new(host: impl Into<String>, port: u16, database: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port,
            database: database.into(),
        }
    }
}

/// The variables for a program of a client type that logs in to `server` as `principal`.
///
/// The user is always bare: Flexible Server does not take the `user@server` that the page shows for
/// some client types.
pub(crate) fn variables(
    server: &ServerAddress,
    client_type: ClientType,
    principal: &Principal,
    tenant_id: &str,
) -> BTreeMap<String, String> {
    let mut variables = connection(server, client_type, principal);
    variables.extend(identity(client_type, principal, tenant_id));
    variables
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

type Variables = Vec<(&'static str, String)>;

fn connection(server: &ServerAddress, client_type: ClientType, principal: &Principal) -> Variables {
    let ServerAddress {
        host,
        port,
        database,
    } = server;
    let user = principal.mysql_user();
    let in_one = |value: String| vec![("AZURE_MYSQL_CONNECTIONSTRING", value)];
    let jdbc_url = format!("jdbc:mysql://{host}:{port}/{database}?sslmode=required");
    let mut variables = vec![("AZURE_MYSQL_HOST", host.clone())];
    let mut set = |name, value: &str| variables.push((name, value.to_owned()));
    match client_type {
        ClientType::Dotnet => {
            // The page ends the string of a service principal otherwise than the others.
            let end = if principal.client_secret().is_some() {
                ""
            } else {
                ";"
            };
            return in_one(format!(
                "Server={host};Database={database};Port={port};User Id={user};SSL Mode=Required{end}"
            ));
        }
        ClientType::Java => {
            let user = utf8_percent_encode(user, ESCAPED_IN_URLS);
            return in_one(format!("{jdbc_url}&user={user}"));
        }
        ClientType::Go => {
            return in_one(format!("{user}@tcp({host}:{port})/{database}?tls=true"));
        }
        ClientType::Springboot => {
            return vec![
                (
                    "spring.datasource.azure.passwordless-enabled",
                    "true".to_owned(),
                ),
                ("spring.datasource.url", jdbc_url),
                ("spring.datasource.username", user.to_owned()),
            ];
        }
        ClientType::Python | ClientType::Django => {
            set("AZURE_MYSQL_NAME", database);
            set("AZURE_MYSQL_USER", user);
        }
        ClientType::Nodejs => {
            set("AZURE_MYSQL_USER", user);
            set("AZURE_MYSQL_DATABASE", database);
            set("AZURE_MYSQL_SSL", "true");
        }
        ClientType::Php => {
            set("AZURE_MYSQL_DBNAME", database);
            set("AZURE_MYSQL_FLAG", "MySQL_CLIENT_SSL");
            set("AZURE_MYSQL_USERNAME", user);
        }
        ClientType::Ruby => {
            set("AZURE_MYSQL_DATABASE", database);
            set("AZURE_MYSQL_USERNAME", user);
            set("AZURE_MYSQL_SSLMODE", "required");
        }
        // And whatever the library may add.
        _ => {
            set("AZURE_MYSQL_USERNAME", user);
            set("AZURE_MYSQL_DATABASE", database);
            set("AZURE_MYSQL_SSL", "true");
        }
    }
    let leaves_it_out = matches!(
        client_type,
        ClientType::Python | ClientType::Django | ClientType::Ruby
    );
    if !leaves_it_out || *port != AZURE_PORT {
        set("AZURE_MYSQL_PORT", &port.to_string());
    }
    variables
}

/// Nothing for a system-assigned identity, and for whoever Service Connector has no connection for.
fn identity(client_type: ClientType, principal: &Principal, tenant_id: &str) -> Variables {
    let is_spring = client_type == ClientType::Springboot;
    let name = |spring, other| if is_spring { spring } else { other };
    let client_id = (
        name(
            "spring.cloud.azure.credential.client-id",
            "AZURE_MYSQL_CLIENTID",
        ),
        principal.client_id().to_owned(),
    );
    if let Some(client_secret) = principal.client_secret() {
        let secret = name(
            "spring.cloud.azure.credential.client-secret",
            "AZURE_MYSQL_CLIENTSECRET",
        );
        let tenant = name(
            "spring.cloud.azure.credential.tenant-id",
            "AZURE_MYSQL_TENANTID",
        );
        return vec![
            client_id,
            (secret, client_secret.to_owned()),
            (tenant, tenant_id.to_owned()),
        ];
    }
    if !principal.is_user_assigned() {
        return Vec::new();
    }
    let mut variables = vec![client_id];
    if is_spring {
        variables.push((
            "spring.cloud.azure.credential.client-managed-identity-enabled",
            "true".to_owned(),
        ));
    }
    variables
}
