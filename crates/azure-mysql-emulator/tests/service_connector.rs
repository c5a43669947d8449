//! A program finds the variables that Service Connector would have set, in their own grammars.

mod common;

use std::collections::BTreeMap;

use azure_mysql::{ClientType, Identity};
use azure_mysql_emulator::{Emulator, Principal, ServerAddress};
use common::emulator_with;

/// What is set beside the variables of the platform and the private authority.
fn connector(
    emulator: &Emulator,
    client_type: ClientType,
    principal: &Principal,
) -> BTreeMap<String, String> {
    let server = ServerAddress::new("localhost", 3399, "orders");
    let mut variables = emulator.environment_at(&server, client_type, principal);
    for (name, value) in emulator.platform_environment() {
        assert_eq!(variables.remove(&name), Some(value), "{name}");
    }
    let ca = variables.remove("AZURE_MYSQL_SSL_CA").unwrap();
    assert_eq!(ca, emulator.ca_pem_path().display().to_string());
    variables
}

fn map(variables: &[(&str, &str)]) -> BTreeMap<String, String> {
    variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

const JDBC: &str = "jdbc:mysql://localhost:3399/orders?sslmode=required";
const HOST: (&str, &str) = ("AZURE_MYSQL_HOST", "localhost");
const PORT: (&str, &str) = ("AZURE_MYSQL_PORT", "3399");

#[tokio::test]
async fn each_client_type_has_its_own_names_and_grammar() {
    let system = Principal::system_assigned("aad_conn");
    let emulator = emulator_with(std::slice::from_ref(&system)).await;
    let in_one = "AZURE_MYSQL_CONNECTIONSTRING";
    let ado = "Server=localhost;Database=orders;Port=3399;User Id=aad_conn;SSL Mode=Required;";
    let jdbc = format!("{JDBC}&user=aad_conn");
    let python = [
        HOST,
        PORT,
        ("AZURE_MYSQL_NAME", "orders"),
        ("AZURE_MYSQL_USER", "aad_conn"),
    ];
    for (client_type, expected) in [
        (ClientType::Dotnet, &[(in_one, ado)][..]),
        (ClientType::Java, &[(in_one, &jdbc)]),
        (
            ClientType::Springboot,
            &[
                ("spring.datasource.azure.passwordless-enabled", "true"),
                ("spring.datasource.url", JDBC),
                ("spring.datasource.username", "aad_conn"),
            ],
        ),
        (ClientType::Python, &python),
        (ClientType::Django, &python),
        (
            ClientType::Go,
            &[(in_one, "aad_conn@tcp(localhost:3399)/orders?tls=true")],
        ),
        (
            ClientType::Nodejs,
            &[
                HOST,
                PORT,
                ("AZURE_MYSQL_USER", "aad_conn"),
                ("AZURE_MYSQL_DATABASE", "orders"),
                ("AZURE_MYSQL_SSL", "true"),
            ],
        ),
        (
            ClientType::Php,
            &[
                HOST,
                PORT,
                ("AZURE_MYSQL_USERNAME", "aad_conn"),
                ("AZURE_MYSQL_DBNAME", "orders"),
                ("AZURE_MYSQL_FLAG", "MySQL_CLIENT_SSL"),
            ],
        ),
        (
            ClientType::Ruby,
            &[
                HOST,
                PORT,
                ("AZURE_MYSQL_USERNAME", "aad_conn"),
                ("AZURE_MYSQL_DATABASE", "orders"),
                ("AZURE_MYSQL_SSLMODE", "required"),
            ],
        ),
        (
            ClientType::Other,
            &[
                HOST,
                PORT,
                ("AZURE_MYSQL_USERNAME", "aad_conn"),
                ("AZURE_MYSQL_DATABASE", "orders"),
                ("AZURE_MYSQL_SSL", "true"),
            ],
        ),
    ] {
        let variables = connector(&emulator, client_type, &system);
        assert_eq!(variables, map(expected), "{client_type}");
    }
}

#[tokio::test]
async fn each_zone_adds_what_names_its_identity() {
    let user_assigned = Principal::user_assigned("aad_conn");
    let app = Principal::service_principal("aad_app", "p;w");
    let emulator = emulator_with(&[user_assigned.clone(), app.clone()]).await;
    let system = Principal::system_assigned("aad_conn");
    let added = |client_type, principal: &Principal| {
        let mut variables = connector(&emulator, client_type, principal);
        let of_the_connection = connector(&emulator, client_type, &system);
        variables.retain(|name, _| !of_the_connection.contains_key(name));
        variables
    };
    for client_type in ClientType::ALL {
        let (client_id, secret, tenant) = if client_type == ClientType::Springboot {
            (
                "spring.cloud.azure.credential.client-id",
                "spring.cloud.azure.credential.client-secret",
                "spring.cloud.azure.credential.tenant-id",
            )
        } else {
            (
                "AZURE_MYSQL_CLIENTID",
                "AZURE_MYSQL_CLIENTSECRET",
                "AZURE_MYSQL_TENANTID",
            )
        };
        let mut of_user = map(&[(client_id, user_assigned.client_id())]);
        if client_type == ClientType::Springboot {
            of_user.extend(map(&[(
                "spring.cloud.azure.credential.client-managed-identity-enabled",
                "true",
            )]));
        }
        assert_eq!(added(client_type, &user_assigned), of_user, "{client_type}");
        let of_app = map(&[
            (client_id, app.client_id()),
            (secret, "p;w"),
            (tenant, emulator.tenant_id()),
        ]);
        assert_eq!(added(client_type, &app), of_app, "{client_type}");
    }
    // The page ends this one string otherwise.
    let ado = connector(&emulator, ClientType::Dotnet, &app);
    let ado = &ado["AZURE_MYSQL_CONNECTIONSTRING"];
    assert!(ado.ends_with("User Id=aad_app;SSL Mode=Required"), "{ado}");
}

#[tokio::test]
async fn a_user_name_in_a_url_is_escaped() {
    let user = Principal::user("ada+#&@example.com");
    let emulator = emulator_with(std::slice::from_ref(&user)).await;
    let server = ServerAddress::new("localhost", 3399, "orders");
    let variables = emulator.environment_at(&server, ClientType::Java, &user);
    let url = format!("{JDBC}&user=ada%2B%23%26%40example.com");
    assert_eq!(variables["AZURE_MYSQL_CONNECTIONSTRING"], url);
}

#[tokio::test]
async fn whoever_service_connector_has_no_zone_for_finds_the_credential_as_its_sdk_does() {
    let pod = Principal::workload_identity("aad_pod");
    let app = Principal::service_principal_with_certificate("aad_app");
    let emulator = emulator_with(&[pod.clone(), app.clone()]).await;
    let server = ServerAddress::new("localhost", 3306, "orders");
    for principal in [pod, app] {
        let variables = emulator.environment_at(&server, ClientType::Python, &principal);
        let mut expected = emulator.identity_environment(&principal);
        let ca = emulator.ca_pem_path().display().to_string();
        expected.extend(map(&[
            HOST,
            ("AZURE_MYSQL_NAME", "orders"),
            ("AZURE_MYSQL_USER", principal.name()),
            ("AZURE_MYSQL_SSL_CA", &ca),
        ]));
        assert_eq!(variables, expected);
    }
}

#[tokio::test]
async fn settings_are_what_the_library_makes_of_the_variables() {
    let system = Principal::system_assigned("system").with_alias("aad_system");
    let user_assigned = Principal::user_assigned("aad_user");
    let app = Principal::service_principal("aad_app", "secret");
    let all = [system, user_assigned, app];
    let emulator = emulator_with(&all).await;
    let server = ServerAddress::new("localhost", 3399, "orders");
    for principal in &all {
        let settings = emulator.settings_at(&server, principal);
        assert_eq!(settings.host(), "localhost");
        assert_eq!(settings.port(), 3399);
        assert_eq!(settings.database(), Some("orders"));
        assert_eq!(settings.user(), principal.mysql_user());
        assert_eq!(settings.trust().certificates().len(), 1);
        let authority = emulator.authority_host();
        assert_eq!(
            settings.cloud().authority(),
            authority.trim_end_matches('/')
        );
        let is_right = match settings.identity() {
            Identity::SystemAssigned => principal.mysql_user() == "aad_system",
            Identity::UserAssigned { client_id } => client_id == principal.client_id(),
            Identity::ServicePrincipal { client_id, .. } => {
                client_id == principal.client_id() && principal.client_secret().is_some()
            }
            _ => false,
        };
        assert!(is_right, "{settings:?}");
    }
}
