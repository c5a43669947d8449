//! What Service Connector sets for the client type Python, and what becomes of it.

use azure_mysql::{Cloud, Environment, Identity, Settings, python};

const HOST: (&str, &str) = ("AZURE_MYSQL_HOST", "shop.mysql.database.azure.com");
const NAME: (&str, &str) = ("AZURE_MYSQL_NAME", "orders");
const USER: (&str, &str) = ("AZURE_MYSQL_USER", "aad_orders");
const CLIENT_ID: (&str, &str) = (
    "AZURE_MYSQL_CLIENTID",
    "11111111-1111-4111-8111-111111111111",
);
const CLIENT_SECRET: (&str, &str) = ("AZURE_MYSQL_CLIENTSECRET", "canary");
const TENANT_ID: (&str, &str) = (
    "AZURE_MYSQL_TENANTID",
    "22222222-2222-4222-8222-222222222222",
);

fn settings(variables: &[(&str, &str)]) -> Settings {
    let environment: Environment = variables.iter().copied().collect();
    python::from_environment(&environment).unwrap()
}

#[test]
fn host_database_and_user_make_a_system_assigned_identity_on_port_3306() {
    let settings = settings(&[HOST, NAME, USER]);
    assert_eq!(settings.host(), HOST.1);
    assert_eq!(settings.database(), Some(NAME.1));
    assert_eq!(settings.user(), USER.1);
    assert_eq!(settings.port(), 3306);
    assert!(settings.trust().includes_web_roots());
    assert!(matches!(settings.identity(), Identity::SystemAssigned));
}

#[test]
fn a_client_id_alone_makes_a_user_assigned_identity() {
    let settings = settings(&[HOST, NAME, USER, CLIENT_ID]);
    let Identity::UserAssigned { client_id } = settings.identity() else {
        panic!("{:?}", settings.identity());
    };
    assert_eq!(client_id, CLIENT_ID.1);
}

#[test]
fn client_id_secret_and_tenant_make_a_service_principal() {
    let settings = settings(&[HOST, NAME, USER, CLIENT_ID, CLIENT_SECRET, TENANT_ID]);
    let Identity::ServicePrincipal {
        tenant_id,
        client_id,
        ..
    } = settings.identity()
    else {
        panic!("{:?}", settings.identity());
    };
    assert_eq!(
        (tenant_id.as_str(), client_id.as_str()),
        (TENANT_ID.1, CLIENT_ID.1)
    );
}

#[test]
fn the_secret_is_never_shown() {
    let settings = settings(&[HOST, NAME, USER, CLIENT_ID, CLIENT_SECRET, TENANT_ID]);
    assert!(!format!("{settings:?} {settings:#?}").contains(CLIENT_SECRET.1));
}

#[test]
fn the_database_may_be_left_out_and_the_port_given() {
    let settings = settings(&[HOST, USER, ("AZURE_MYSQL_PORT", "3307")]);
    assert_eq!(settings.database(), None);
    assert_eq!(settings.port(), 3307);
}

#[test]
fn the_cloud_follows_the_host_and_the_authority() {
    let at = |host, authority: Option<&'static str>| {
        let mut variables = vec![("AZURE_MYSQL_HOST", host), USER];
        variables.extend(authority.map(|authority| ("AZURE_AUTHORITY_HOST", authority)));
        settings(&variables).cloud().clone()
    };
    assert_eq!(at(HOST.1, None), Cloud::PUBLIC);
    assert_eq!(at("localhost", None), Cloud::PUBLIC);
    assert_eq!(
        at("shop.mysql.database.chinacloudapi.cn", None),
        Cloud::CHINA
    );
    assert_eq!(
        at("SHOP.MySQL.Database.UsGovCloudApi.Net", None),
        Cloud::US_GOVERNMENT
    );
    assert_eq!(
        at("shop.internal", Some("https://login.microsoftonline.us/")),
        Cloud::US_GOVERNMENT
    );
    let behind = at(
        "shop.mysql.database.chinacloudapi.cn",
        Some("https://login.example"),
    );
    assert_eq!(behind.database_resource(), Cloud::CHINA.database_resource());
    let local = at("localhost", Some("https://localhost:8443/"));
    assert_eq!(local.authority(), "https://localhost:8443");
    assert_eq!(local.database_resource(), Cloud::PUBLIC.database_resource());
}
