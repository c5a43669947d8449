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
    let is_secret = auth_type == AuthType::Secret;
    let has_suffix = match client_type {
        ClientType::Python | ClientType::Django | ClientType::Ruby => true,
        ClientType::Php => {
            matches!(
                auth_type,
                AuthType::UserAssigned | AuthType::ServicePrincipal
            )
        }
        _ => false,
    };
    let user = if has_suffix {
        format!("{USER}@{SERVER}")
    } else {
        USER.to_owned()
    };
    let text = connection_string(client_type, auth_type);
    let mut variables = Vec::new();
    if let Some(text) = &text {
        variables.push(("AZURE_MYSQL_CONNECTIONSTRING", text.as_str()));
    } else {
        variables.extend_from_slice(values(client_type));
        variables.push((user_variable(client_type), &user));
        if is_secret {
            variables.push(match client_type {
                ClientType::Springboot => ("spring.datasource.password", PASSWORD),
                _ => ("AZURE_MYSQL_PASSWORD", PASSWORD),
            });
        }
    }
    variables.extend_from_slice(if client_type == ClientType::Springboot {
        springs_identity(auth_type)
    } else {
        identity(auth_type)
    });
    Cell {
        client_type,
        auth_type,
        variables: variables
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        has_suffix,
    }
}

fn connection_string(client_type: ClientType, auth_type: AuthType) -> Option<String> {
    let when_secret = |text| {
        if auth_type == AuthType::Secret {
            text
        } else {
            ""
        }
    };
    match client_type {
        ClientType::Dotnet => {
            let password = when_secret("Password='canary;=';");
            let end = match auth_type {
                AuthType::SystemAssigned | AuthType::UserAssigned => ";",
                AuthType::Secret | AuthType::ServicePrincipal => "",
            };
            Some(format!(
                "Server={HOST};Database={DATABASE};Port=3306;User Id={USER};{password}SSL \
                 Mode=Required{end}"
            ))
        }
        ClientType::Java => {
            let password = when_secret("&password=canary%2Bword");
            let query = format!("sslmode=required&user={USER}{password}");
            Some(format!("jdbc:mysql://{HOST}:3306/{DATABASE}?{query}"))
        }
        ClientType::Go => {
            let password = when_secret(":canary+pass/word;=%");
            Some(format!(
                "{USER}{password}@tcp({HOST}:3306)/{DATABASE}?tls=true"
            ))
        }
        _ => None,
    }
}

fn user_variable(client_type: ClientType) -> &'static str {
    match client_type {
        ClientType::Springboot => "spring.datasource.username",
        ClientType::Python | ClientType::Django | ClientType::Nodejs => "AZURE_MYSQL_USER",
        _ => "AZURE_MYSQL_USERNAME",
    }
}

/// All but the user and the password.
fn values(client_type: ClientType) -> &'static [(&'static str, &'static str)] {
    match client_type {
        ClientType::Springboot => &[(
            "spring.datasource.url",
            "jdbc:mysql://shop.mysql.database.azure.com:3306/orders?sslmode=required",
        )],
        ClientType::Python | ClientType::Django => {
            &[("AZURE_MYSQL_NAME", DATABASE), ("AZURE_MYSQL_HOST", HOST)]
        }
        ClientType::Php => &[
            ("AZURE_MYSQL_DBNAME", DATABASE),
            ("AZURE_MYSQL_HOST", HOST),
            ("AZURE_MYSQL_PORT", "3306"),
            ("AZURE_MYSQL_FLAG", "MySQL_CLIENT_SSL"),
        ],
        ClientType::Ruby => &[
            ("AZURE_MYSQL_DATABASE", DATABASE),
            ("AZURE_MYSQL_HOST", HOST),
            ("AZURE_MYSQL_SSLMODE", "required"),
        ],
        _ => &[
            ("AZURE_MYSQL_HOST", HOST),
            ("AZURE_MYSQL_DATABASE", DATABASE),
            ("AZURE_MYSQL_PORT", "3306"),
            ("AZURE_MYSQL_SSL", "true"),
        ],
    }
}

fn identity(auth_type: AuthType) -> &'static [(&'static str, &'static str)] {
    match auth_type {
        AuthType::SystemAssigned | AuthType::Secret => &[],
        AuthType::UserAssigned => &[("AZURE_MYSQL_CLIENTID", CLIENT_ID)],
        AuthType::ServicePrincipal => &[
            ("AZURE_MYSQL_CLIENTID", CLIENT_ID),
            ("AZURE_MYSQL_CLIENTSECRET", CLIENT_SECRET),
            ("AZURE_MYSQL_TENANTID", TENANT_ID),
        ],
    }
}

fn springs_identity(auth_type: AuthType) -> &'static [(&'static str, &'static str)] {
    const PASSWORDLESS: (&str, &str) = ("spring.datasource.azure.passwordless-enabled", "true");
    const SPRINGS_CLIENT_ID: (&str, &str) = ("spring.cloud.azure.credential.client-id", CLIENT_ID);
    match auth_type {
        AuthType::Secret => &[],
        AuthType::SystemAssigned => &[PASSWORDLESS],
        AuthType::UserAssigned => &[
            PASSWORDLESS,
            SPRINGS_CLIENT_ID,
            (
                "spring.cloud.azure.credential.client-managed-identity-enabled",
                "true",
            ),
        ],
        AuthType::ServicePrincipal => &[
            PASSWORDLESS,
            SPRINGS_CLIENT_ID,
            ("spring.cloud.azure.credential.client-secret", CLIENT_SECRET),
            ("spring.cloud.azure.credential.tenant-id", TENANT_ID),
        ],
    }
}
