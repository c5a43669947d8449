//! Spring Boot's properties are found in the environment under each name that Spring would find them
//! under.

use azure_mysql::{Environment, Error, ErrorKind, Identity, Settings, springboot};

use crate::grammar::connection;

const ID: &str = "11111111-1111-4111-8111-111111111111";
const TENANT: &str = "contoso.com";
const URL: (&str, &str) = (
    "spring.datasource.url",
    "jdbc:mysql://h:3306/d?sslmode=required",
);
const USERNAME: (&str, &str) = ("spring.datasource.username", "u");
const CLIENT_ID: &str = "spring.cloud.azure.credential.client-id";
const CLIENT_SECRET: &str = "spring.cloud.azure.credential.client-secret";
const TENANT_ID: &str = "spring.cloud.azure.credential.tenant-id";
const MANAGED: &str = "spring.cloud.azure.credential.managed-identity-enabled";

fn read(variables: &[(&str, &str)]) -> Result<Settings, Error> {
    springboot::from_environment(&variables.iter().copied().collect())
}

fn read_with(changes: &[(&str, &str)]) -> Result<Settings, Error> {
    let mut variables = vec![URL, USERNAME];
    variables.extend(changes);
    read(&variables)
}

#[test]
fn a_property_is_found_in_each_spelling() {
    for url in [
        "spring.datasource.url",
        "SPRING_DATASOURCE_URL",
        "spring_datasource_url",
        "Spring.Datasource.Url",
        "SPRING.DATASOURCE.URL",
    ] {
        for username in ["spring.datasource.username", "SPRING_DATASOURCE_USERNAME"] {
            for client_id in [
                CLIENT_ID,
                "SPRING_CLOUD_AZURE_CREDENTIAL_CLIENT_ID",
                "SPRING_CLOUD_AZURE_CREDENTIAL_CLIENTID",
                "spring_cloud_azure_credential_client_id",
                "spring.cloud.azure.credential.clientId",
                "spring.cloud.azure.credential.client_id",
            ] {
                let settings = read(&[(url, URL.1), (username, "u"), (client_id, ID)]).unwrap();
                assert_eq!(connection(&settings), "u@h:3306/d", "{url} {username}");
                assert_eq!(settings.identity().client_id(), Some(ID), "{client_id}");
            }
        }
    }
}

#[test]
fn the_user_may_stand_in_the_url_and_the_url_is_a_jdbc_url_with_all_it_can_be() {
    for (url, expected) in [
        ("jdbc:mysql://h/d?user=u", "u@h:3306/d"),
        ("jdbc:mysql://u@h:7/d", "u@h:7/d"),
        ("jdbc:mysql://address=(host=h)(port=7)/?user=u", "u@h:7/"),
    ] {
        assert_eq!(connection(&read(&[(URL.0, url)]).unwrap()), expected);
        assert_eq!(
            connection(&read(&[(URL.0, url), USERNAME]).unwrap()),
            expected
        );
        let error = read(&[(URL.0, url), (USERNAME.0, "v")]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Contradiction);
    }
    let settings = read(&[(URL.0, "jdbc:mysql://shop.x/d"), (USERNAME.0, "u@shop")]).unwrap();
    assert_eq!((settings.user(), settings.warnings().len()), ("u", 1));
}

#[test]
fn the_identity_follows_from_the_credential() {
    let kind = |changes: &[(&str, &str)]| read_with(changes).unwrap().identity().kind();
    assert_eq!(kind(&[]), "system_assigned");
    assert_eq!(kind(&[(MANAGED, "true")]), "system_assigned");
    assert_eq!(kind(&[(MANAGED, "false")]), "system_assigned");
    assert_eq!(kind(&[(CLIENT_ID, ID)]), "user_assigned");
    assert_eq!(kind(&[(CLIENT_ID, ID), (MANAGED, "TRUE")]), "user_assigned");
    let principal = [
        (CLIENT_ID, ID),
        (CLIENT_SECRET, "canary"),
        (TENANT_ID, TENANT),
    ];
    assert_eq!(kind(&principal), "service_principal");
    let profile = "spring.cloud.azure.profile.tenant-id";
    let principal_of_profile = [principal[0], principal[1], (profile, TENANT)];
    assert_eq!(kind(&principal_of_profile), "service_principal");
    assert_eq!(kind(&[(CLIENT_ID, ID), (profile, TENANT)]), "user_assigned");
    let settings =
        read_with(&[principal[0], principal[1], principal[2], (MANAGED, "true")]).unwrap();
    assert!(matches!(
        settings.identity(),
        Identity::ServicePrincipal { .. }
    ));
    assert_eq!(settings.warnings().len(), 1);
}

#[test]
fn what_does_not_go_together_is_named() {
    let passwordless = "spring.datasource.azure.passwordless-enabled";
    for (changes, name) in [
        (
            vec![("spring.datasource.password", "canary")],
            "spring.datasource.password",
        ),
        (
            vec![("SPRING_DATASOURCE_PASSWORD", "canary")],
            "SPRING_DATASOURCE_PASSWORD",
        ),
        (vec![(passwordless, "false")], passwordless),
        (vec![(passwordless, "canary")], passwordless),
        (vec![(MANAGED, "perhaps")], MANAGED),
        (vec![(CLIENT_ID, ID), (MANAGED, "false")], CLIENT_SECRET),
        (vec![(CLIENT_ID, ID), (CLIENT_SECRET, "canary")], TENANT_ID),
        (
            vec![(CLIENT_SECRET, "canary"), (TENANT_ID, TENANT)],
            CLIENT_ID,
        ),
        (vec![(CLIENT_ID, ID), (TENANT_ID, TENANT)], CLIENT_SECRET),
        (vec![(CLIENT_ID, "")], CLIENT_ID),
        (vec![(USERNAME.0, "u ")], USERNAME.0),
        (
            vec![
                ("spring.datasource.username", "u"),
                ("SPRING_DATASOURCE_USERNAME", "v"),
            ],
            "SPRING_DATASOURCE_USERNAME",
        ),
        (vec![(URL.0, "jdbc:mysql://h/d?sslMode=DISABLED")], URL.0),
        (
            vec![(URL.0, "jdbc:mysql://h/d?user=u&password=canary")],
            URL.0,
        ),
        (vec![(URL.0, "jdbc:h2:mem:canary")], URL.0),
        (vec![(URL.0, "")], URL.0),
    ] {
        let error = read_with(&changes).unwrap_err();
        assert_eq!(error.name(), name, "{changes:?}: {error}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
    assert_eq!(read(&[USERNAME]).unwrap_err().name(), URL.0);
    assert_eq!(read(&[URL]).unwrap_err().name(), URL.0);
    // Some tools leave an empty password behind.
    read_with(&[("spring.datasource.password", "")]).unwrap();
}

#[test]
fn a_placeholder_stands_for_a_variable_a_property_or_its_default() {
    let url = |url| {
        read(&[
            (URL.0, url),
            USERNAME,
            ("DB_HOST", "h"),
            ("my.database", "d"),
            ("MY_PORT", "7"),
        ])
    };
    for (text, expected) in [
        ("jdbc:mysql://${DB_HOST}/d", "u@h:3306/d"),
        (
            "jdbc:mysql://${DB_HOST}:${MY_PORT}/${my.database}",
            "u@h:7/d",
        ),
        (
            "jdbc:mysql://${DB_HOST}:${my.port}/${my.database:x}",
            "u@h:7/d",
        ),
        ("jdbc:mysql://${DB_HOST:other}/d", "u@h:3306/d"),
        ("jdbc:mysql://${MISSING:h}/d", "u@h:3306/d"),
        ("jdbc:mysql://${MISSING:h:7}/d", "u@h:7/d"),
        ("jdbc:mysql://h/${MISSING:}", "u@h:3306/"),
        ("jdbc:mysql://${MISSING:${DB_HOST}}/d", "u@h:3306/d"),
        ("${MISSING:jdbc:mysql://h/d}", "u@h:3306/d"),
    ] {
        let settings = url(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(connection(&settings), expected, "{text}");
    }
    for text in [
        "jdbc:mysql://${MISSING}/d",
        "jdbc:mysql://${DB_HOST/d",
        "jdbc:mysql://${MISSING:${ALSO_MISSING}}/d",
        "${spring.datasource.url}",
    ] {
        assert_eq!(url(text).unwrap_err().name(), URL.0, "{text}");
    }
}

#[test]
fn a_key_can_be_renamed() {
    let environment = Environment::from_iter([("DB_URL", "jdbc:mysql://h/d"), ("DB_USER", "u")])
        .with_key(URL.0, "DB_URL")
        .with_key(USERNAME.0, "DB_USER");
    for settings in [
        springboot::from_environment(&environment),
        Settings::from_environment(&environment),
    ] {
        assert_eq!(connection(&settings.unwrap()), "u@h:3306/d");
    }
}
