//! The variables that Service Connector sets for each client type:
//! <https://learn.microsoft.com/azure/service-connector/how-to-integrate-mysql>.

use azure_mysql::ClientType;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::Principal;

/// The port of Azure's servers, which clients assume if no variable names one.
const AZURE_PORT: u16 = 3306;

/// What `Uri.EscapeDataString` of .NET does not escape.
const ESCAPED_IN_URLS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The names of the variables that identify a principal: client id, client secret and tenant.
const IDENTITY: [&str; 3] = [
    "AZURE_MYSQL_CLIENTID",
    "AZURE_MYSQL_CLIENTSECRET",
    "AZURE_MYSQL_TENANTID",
];
const SPRING_IDENTITY: [&str; 3] = [
    "spring.cloud.azure.credential.client-id",
    "spring.cloud.azure.credential.client-secret",
    "spring.cloud.azure.credential.tenant-id",
];

/// Where a database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAddress {
    /// The host name or IP address, which the server's certificate must name.
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

type Variables = Vec<(&'static str, String)>;

/// The variables for a program of a client type that logs in to `server` as `principal`.
///
/// The user is never written as `user@server`, which the page shows for some client types: Flexible
/// Server does not accept it.
pub(crate) fn variables(
    server: &ServerAddress,
    client_type: ClientType,
    principal: &Principal,
    tenant_id: &str,
) -> Variables {
    let mut variables = connection(server, client_type, principal);
    variables.extend(identity(client_type, principal, tenant_id));
    variables
}

fn connection(server: &ServerAddress, client_type: ClientType, principal: &Principal) -> Variables {
    let ServerAddress {
        host,
        port,
        database,
    } = server;
    let user = principal.mysql_user();
    let jdbc_url = format!("jdbc:mysql://{host}:{port}/{database}?sslmode=required");
    let connection_string = match client_type {
        ClientType::Dotnet => {
            // On the page, only the string of a service principal lacks the last semicolon.
            let has_secret = principal.client_secret().is_some();
            let end = if has_secret { "" } else { ";" };
            format!(
                "Server={host};Database={database};Port={port};User Id={user};SSL Mode=Required{end}"
            )
        }
        ClientType::Java => {
            let user = utf8_percent_encode(user, ESCAPED_IN_URLS);
            format!("{jdbc_url}&user={user}")
        }
        ClientType::Go => format!("{user}@tcp({host}:{port})/{database}?tls=true"),
        ClientType::Springboot => {
            return vec![
                (
                    "spring.datasource.azure.passwordless-enabled",
                    "true".into(),
                ),
                ("spring.datasource.url", jdbc_url),
                ("spring.datasource.username", user.to_owned()),
            ];
        }
        _ => return discrete(server, client_type, user),
    };
    vec![("AZURE_MYSQL_CONNECTIONSTRING", connection_string)]
}

/// The variables of the client types that have one for each part of the connection.
fn discrete(server: &ServerAddress, client_type: ClientType, user: &str) -> Variables {
    let (user_name, database_name, tls) = match client_type {
        ClientType::Python | ClientType::Django => ("AZURE_MYSQL_USER", "AZURE_MYSQL_NAME", None),
        ClientType::Nodejs => (
            "AZURE_MYSQL_USER",
            "AZURE_MYSQL_DATABASE",
            Some(("AZURE_MYSQL_SSL", "true")),
        ),
        ClientType::Php => (
            "AZURE_MYSQL_USERNAME",
            "AZURE_MYSQL_DBNAME",
            Some(("AZURE_MYSQL_FLAG", "MySQL_CLIENT_SSL")),
        ),
        ClientType::Ruby => (
            "AZURE_MYSQL_USERNAME",
            "AZURE_MYSQL_DATABASE",
            Some(("AZURE_MYSQL_SSLMODE", "required")),
        ),
        // "None", and client types that the library may add.
        _ => (
            "AZURE_MYSQL_USERNAME",
            "AZURE_MYSQL_DATABASE",
            Some(("AZURE_MYSQL_SSL", "true")),
        ),
    };
    let mut variables = vec![
        ("AZURE_MYSQL_HOST", server.host.clone()),
        (user_name, user.to_owned()),
        (database_name, server.database.clone()),
    ];
    variables.extend(tls.map(|(name, value)| (name, value.to_owned())));
    let has_no_port = matches!(
        client_type,
        ClientType::Python | ClientType::Django | ClientType::Ruby
    );
    if !has_no_port || server.port != AZURE_PORT {
        variables.push(("AZURE_MYSQL_PORT", server.port.to_string()));
    }
    variables
}

/// None for a system-assigned identity, nor for principals that Service Connector does not support.
fn identity(client_type: ClientType, principal: &Principal, tenant_id: &str) -> Variables {
    let is_spring = client_type == ClientType::Springboot;
    let [client_id, secret, tenant] = if is_spring { SPRING_IDENTITY } else { IDENTITY };
    let mut variables = vec![(client_id, principal.client_id().to_owned())];
    if let Some(client_secret) = principal.client_secret() {
        variables.push((secret, client_secret.to_owned()));
        variables.push((tenant, tenant_id.to_owned()));
    } else if !principal.is_user_assigned() {
        variables.clear();
    } else if is_spring {
        let name = "spring.cloud.azure.credential.client-managed-identity-enabled";
        variables.push((name, "true".to_owned()));
    }
    variables
}
