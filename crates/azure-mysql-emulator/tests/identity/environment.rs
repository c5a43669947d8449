//! A program finds in its environment what it would find in Azure: what the platform sets, what an SDK
//! needs, and what Service Connector sets for each client type.

use std::collections::BTreeMap;

use azure_mysql::{ClientType, Identity};
use azure_mysql_emulator::{Emulator, Platform, Principal, ServerAddress};

use super::emulator_with;

fn names(variables: &BTreeMap<String, String>) -> Vec<&str> {
    variables.keys().map(String::as_str).collect()
}

fn map(variables: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    variables.iter().map(owned).collect()
}

#[tokio::test]
async fn each_kind_of_principal_finds_its_credential() {
    let all = [
        Principal::system_assigned("system"),
        Principal::user_assigned("user_assigned"),
        Principal::service_principal("with_secret", "secret"),
        Principal::service_principal_with_certificate("with_certificate"),
        Principal::workload_identity("federated"),
        Principal::user("ada@example.com"),
    ];
    let emulator = emulator_with(&all).await;

    let identity = ["IDENTITY_ENDPOINT", "IDENTITY_HEADER"].as_slice();
    let application = ["AZURE_CLIENT_ID", "AZURE_TENANT_ID"].as_slice();
    let expected = [
        [identity, &[]],
        [identity, &["AZURE_CLIENT_ID"]],
        [application, &["AZURE_CLIENT_SECRET"]],
        [application, &["AZURE_CLIENT_CERTIFICATE_PATH"]],
        [application, &["AZURE_FEDERATED_TOKEN_FILE"]],
        [&[], &[]],
    ];
    for (principal, expected) in all.iter().zip(expected) {
        let mut expected = expected.concat();
        expected.extend(["AZURE_AUTHORITY_HOST", "SSL_CERT_FILE"]);
        expected.sort_unstable();
        let variables = emulator.identity_environment(principal);
        assert_eq!(names(&variables), expected, "{principal:?}");
    }
    let path = &emulator.identity_environment(&all[3])["AZURE_CLIENT_CERTIFICATE_PATH"];
    let pem = emulator.client_certificate(&all[3]).unwrap().pem();
    assert_eq!(std::fs::read_to_string(path).unwrap(), pem);
}

#[tokio::test]
async fn on_a_virtual_machine_no_variable_names_an_endpoint() {
    let system = Principal::system_assigned("system");
    let user_assigned = Principal::user_assigned("user_assigned");
    let builder = Emulator::builder().platform(Platform::VirtualMachine);
    let emulator = builder.start().await.unwrap();

    let mut expected = emulator.platform_environment();
    assert_eq!(names(&expected), ["AZURE_AUTHORITY_HOST", "SSL_CERT_FILE"]);
    assert_eq!(emulator.identity_environment(&system), expected);
    expected.extend(map(&[("AZURE_CLIENT_ID", user_assigned.client_id())]));
    assert_eq!(emulator.identity_environment(&user_assigned), expected);
}

/// What Service Connector sets, without the variables of the platform and the private authority.
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

const JDBC: &str = "jdbc:mysql://localhost:3399/orders?sslmode=required";
const HOST: (&str, &str) = ("AZURE_MYSQL_HOST", "localhost");
const PORT: (&str, &str) = ("AZURE_MYSQL_PORT", "3399");
const STRING: &str = "AZURE_MYSQL_CONNECTIONSTRING";

#[tokio::test]
async fn each_client_type_has_its_own_names_and_grammar() {
    let system = Principal::system_assigned("aad_conn");
    let emulator = emulator_with(std::slice::from_ref(&system)).await;
    let ado = "Server=localhost;Database=orders;Port=3399;User Id=aad_conn;SSL Mode=Required;";
    let jdbc = format!("{JDBC}&user=aad_conn");
    let go = "aad_conn@tcp(localhost:3399)/orders?tls=true";
    let spring = [
        ("spring.datasource.azure.passwordless-enabled", "true"),
        ("spring.datasource.url", JDBC),
        ("spring.datasource.username", "aad_conn"),
    ];
    let user = ("AZURE_MYSQL_USER", "aad_conn");
    let username = ("AZURE_MYSQL_USERNAME", "aad_conn");
    let database = ("AZURE_MYSQL_DATABASE", "orders");
    let ssl = ("AZURE_MYSQL_SSL", "true");
    let python = [HOST, PORT, user, ("AZURE_MYSQL_NAME", "orders")];
    let db_name = ("AZURE_MYSQL_DBNAME", "orders");
    let flag = ("AZURE_MYSQL_FLAG", "MySQL_CLIENT_SSL");
    let ssl_mode = ("AZURE_MYSQL_SSLMODE", "required");
    for (client_type, expected) in [
        (ClientType::Dotnet, &[(STRING, ado)][..]),
        (ClientType::Java, &[(STRING, &jdbc)]),
        (ClientType::Go, &[(STRING, go)]),
        (ClientType::Springboot, &spring),
        (ClientType::Python, &python),
        (ClientType::Django, &python),
        (ClientType::Nodejs, &[HOST, PORT, user, database, ssl]),
        (ClientType::Php, &[HOST, PORT, username, db_name, flag]),
        (
            ClientType::Ruby,
            &[HOST, PORT, username, database, ssl_mode],
        ),
        (ClientType::Other, &[HOST, PORT, username, database, ssl]),
    ] {
        let variables = connector(&emulator, client_type, &system);
        assert_eq!(variables, map(expected), "{client_type}");
    }
}

#[tokio::test]
async fn each_kind_of_identity_adds_its_variables() {
    let user_assigned = Principal::user_assigned("aad_conn");
    let app = Principal::service_principal("aad_app", "p;w");
    let emulator = emulator_with(&[user_assigned.clone(), app.clone()]).await;
    let system = Principal::system_assigned("aad_conn");
    for client_type in ClientType::ALL {
        let added = |principal: &Principal| {
            let mut variables = connector(&emulator, client_type, principal);
            let of_the_connection = connector(&emulator, client_type, &system);
            variables.retain(|name, _| !of_the_connection.contains_key(name));
            variables
        };
        let is_spring = client_type == ClientType::Springboot;
        let [client_id, secret, tenant] = if is_spring {
            ["client-id", "client-secret", "tenant-id"]
                .map(|name| format!("spring.cloud.azure.credential.{name}"))
        } else {
            ["CLIENTID", "CLIENTSECRET", "TENANTID"].map(|name| format!("AZURE_MYSQL_{name}"))
        };
        let mut of_user_assigned = map(&[(&client_id, user_assigned.client_id())]);
        if is_spring {
            let enabled = "spring.cloud.azure.credential.client-managed-identity-enabled";
            of_user_assigned.extend(map(&[(enabled, "true")]));
        }
        assert_eq!(added(&user_assigned), of_user_assigned, "{client_type}");
        let of_app = map(&[
            (&client_id, app.client_id()),
            (&secret, "p;w"),
            (&tenant, emulator.tenant_id()),
        ]);
        assert_eq!(added(&app), of_app, "{client_type}");
    }
    // On the page, only this string lacks the last semicolon.
    let ado = &connector(&emulator, ClientType::Dotnet, &app)[STRING];
    assert!(ado.ends_with("User Id=aad_app;SSL Mode=Required"), "{ado}");

    let user = Principal::user("ada+#&@example.com");
    let server = ServerAddress::new("localhost", 3399, "orders");
    let variables = emulator.environment_at(&server, ClientType::Java, &user);
    let escaped = format!("{JDBC}&user=ada%2B%23%26%40example.com");
    assert_eq!(variables[STRING], escaped);
}

#[tokio::test]
async fn principals_without_service_connector_find_the_credential_as_their_sdk_does() {
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
async fn settings_are_what_the_library_reads_from_the_variables() {
    let all = [
        Principal::system_assigned("system").with_alias("aad_system"),
        Principal::user_assigned("aad_user"),
        Principal::service_principal("aad_app", "secret"),
    ];
    let emulator = emulator_with(&all).await;
    let authority = emulator.authority_host();
    let server = ServerAddress::new("localhost", 3399, "orders");
    for (index, principal) in all.iter().enumerate() {
        // An IP address is a host like any other.
        assert_eq!(emulator.settings(principal).host(), "127.0.0.1");
        let settings = emulator.settings_at(&server, principal);
        assert_eq!(settings.host(), "localhost");
        assert_eq!(settings.port(), 3399);
        assert_eq!(settings.database(), Some("orders"));
        assert_eq!(settings.user(), principal.mysql_user());
        assert_eq!(settings.trust().certificates().len(), 1);
        assert_eq!(
            settings.cloud().authority(),
            authority.trim_end_matches('/')
        );
        let is_right = match settings.identity() {
            Identity::SystemAssigned => index == 0,
            Identity::UserAssigned { client_id } => {
                index == 1 && client_id == principal.client_id()
            }
            Identity::ServicePrincipal { client_id, .. } => {
                index == 2 && client_id == principal.client_id()
            }
            _ => false,
        };
        assert!(is_right, "{settings:?}");
    }
}
