//! What Service Connector sets, cell by cell: client type by authentication type.
//! <https://learn.microsoft.com/azure/service-connector/how-to-integrate-mysql>

use azure_mysql::ClientType;

pub(crate) const SERVER: &str = "shop";
pub(crate) const HOST: &str = "shop.mysql.database.azure.com";
pub(crate) const DATABASE: &str = "orders";
pub(crate) const USER: &str = "aad_orders";
pub(crate) const CLIENT_ID: &str = "11111111-1111-4111-8111-111111111111";
pub(crate) const CLIENT_SECRET: &str = "canary~secret";
pub(crate) const TENANT_ID: &str = "22222222-2222-4222-8222-222222222222";
pub(crate) const PASSWORD: &str = "canary+pass/word;=%";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthType {
    SystemAssigned,
    UserAssigned,
    Secret,
    ServicePrincipal,
}

#[derive(Debug)]
pub(crate) struct Cell {
    pub(crate) client_type: ClientType,
    pub(crate) auth_type: AuthType,
    pub(crate) variables: Vec<(String, String)>,
    /// Whether the page gives the user the server's name as a suffix.
    pub(crate) has_suffix: bool,
}

pub(crate) fn all() -> impl Iterator<Item = Cell> {
    ClientType::ALL.into_iter().flat_map(|client_type| {
        [
            AuthType::SystemAssigned,
            AuthType::UserAssigned,
            AuthType::Secret,
            AuthType::ServicePrincipal,
        ]
        .map(|auth_type| cell(client_type, auth_type))
    })
}

fn cell(client_type: ClientType, auth_type: AuthType) -> Cell {
    use AuthType::{Secret, ServicePrincipal, SystemAssigned, UserAssigned};

    let is_secret = auth_type == Secret;
    let has_suffix = match client_type {
        ClientType::Python | ClientType::Django | ClientType::Ruby => true,
        ClientType::Php => matches!(auth_type, UserAssigned | ServicePrincipal),
        _ => false,
    };
    let user = if has_suffix {
        format!("{USER}@{SERVER}")
    } else {
        USER.to_owned()
    };
    let mut variables = Vec::new();
    let mut set = |name: &str, value: &str| variables.push((name.to_owned(), value.to_owned()));
    match client_type {
        ClientType::Dotnet => {
            let password = if is_secret {
                "Password='canary;=';"
            } else {
                ""
            };
            let end = if matches!(auth_type, Secret | ServicePrincipal) {
                ""
            } else {
                ";"
            };
            set(
                "AZURE_MYSQL_CONNECTIONSTRING",
                &format!(
                    "Server={HOST};Database={DATABASE};Port=3306;User Id={USER};{password}SSL \
                     Mode=Required{end}"
                ),
            );
        }
        ClientType::Java => {
            let password = if is_secret {
                "&password=canary%2Bword"
            } else {
                ""
            };
            set(
                "AZURE_MYSQL_CONNECTIONSTRING",
                &format!(
                    "jdbc:mysql://{HOST}:3306/{DATABASE}?sslmode=required&user={USER}{password}"
                ),
            );
        }
        ClientType::Go => {
            let password = if is_secret {
                format!(":{PASSWORD}")
            } else {
                String::new()
            };
            set(
                "AZURE_MYSQL_CONNECTIONSTRING",
                &format!("{USER}{password}@tcp({HOST}:3306)/{DATABASE}?tls=true"),
            );
        }
        ClientType::Springboot => {
            set(
                "spring.datasource.url",
                &format!("jdbc:mysql://{HOST}:3306/{DATABASE}?sslmode=required"),
            );
            set("spring.datasource.username", USER);
            if is_secret {
                set("spring.datasource.password", PASSWORD);
            } else {
                set("spring.datasource.azure.passwordless-enabled", "true");
            }
            match auth_type {
                UserAssigned => {
                    set("spring.cloud.azure.credential.client-id", CLIENT_ID);
                    set(
                        "spring.cloud.azure.credential.client-managed-identity-enabled",
                        "true",
                    );
                }
                ServicePrincipal => {
                    set("spring.cloud.azure.credential.client-id", CLIENT_ID);
                    set("spring.cloud.azure.credential.client-secret", CLIENT_SECRET);
                    set("spring.cloud.azure.credential.tenant-id", TENANT_ID);
                }
                SystemAssigned | Secret => {}
            }
        }
        ClientType::Python | ClientType::Django => {
            set("AZURE_MYSQL_NAME", DATABASE);
            set("AZURE_MYSQL_HOST", HOST);
            set("AZURE_MYSQL_USER", &user);
        }
        ClientType::Nodejs => {
            set("AZURE_MYSQL_HOST", HOST);
            set("AZURE_MYSQL_USER", &user);
            set("AZURE_MYSQL_DATABASE", DATABASE);
            set("AZURE_MYSQL_PORT", "3306");
            set("AZURE_MYSQL_SSL", "true");
        }
        ClientType::Php => {
            set("AZURE_MYSQL_DBNAME", DATABASE);
            set("AZURE_MYSQL_HOST", HOST);
            set("AZURE_MYSQL_PORT", "3306");
            set("AZURE_MYSQL_FLAG", "MySQL_CLIENT_SSL");
            set("AZURE_MYSQL_USERNAME", &user);
        }
        ClientType::Ruby => {
            set("AZURE_MYSQL_DATABASE", DATABASE);
            set("AZURE_MYSQL_HOST", HOST);
            set("AZURE_MYSQL_USERNAME", &user);
            set("AZURE_MYSQL_SSLMODE", "required");
        }
        _ => {
            set("AZURE_MYSQL_HOST", HOST);
            set("AZURE_MYSQL_USERNAME", &user);
            set("AZURE_MYSQL_DATABASE", DATABASE);
            set("AZURE_MYSQL_PORT", "3306");
            set("AZURE_MYSQL_SSL", "true");
        }
    }
    let is_string = matches!(
        client_type,
        ClientType::Dotnet | ClientType::Java | ClientType::Go
    );
    if is_secret && !is_string && client_type != ClientType::Springboot {
        set("AZURE_MYSQL_PASSWORD", PASSWORD);
    }
    if client_type != ClientType::Springboot {
        if matches!(auth_type, UserAssigned | ServicePrincipal) {
            set("AZURE_MYSQL_CLIENTID", CLIENT_ID);
        }
        if auth_type == ServicePrincipal {
            set("AZURE_MYSQL_CLIENTSECRET", CLIENT_SECRET);
            set("AZURE_MYSQL_TENANTID", TENANT_ID);
        }
    }
    Cell {
        client_type,
        auth_type,
        variables,
        has_suffix,
    }
}
