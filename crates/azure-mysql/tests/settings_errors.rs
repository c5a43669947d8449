//! What errors and settings show of themselves, and what they say of a name that comes near.

use std::error::Error as _;

use azure_mysql::{ClientType, Environment, Error, ErrorKind, Identity, Settings, refusal};

const ID: &str = "11111111-1111-4111-8111-111111111111";
const BASE: [(&str, &str); 2] = [("AZURE_MYSQL_HOST", "h"), ("AZURE_MYSQL_USER", "u")];

fn read(changes: &[(&str, &str)]) -> Result<Settings, Error> {
    let variables = BASE.into_iter().chain(changes.iter().copied());
    Settings::from_environment(&variables.collect())
}

fn with_ca() -> (tempfile::NamedTempFile, Settings) {
    let file = tempfile::NamedTempFile::new().unwrap();
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&file, certified.cert.pem()).unwrap();
    let path = file.path().to_str().unwrap();
    let settings = read(&[("AZURE_MYSQL_SSL_CA", path)]).unwrap();
    (file, settings)
}

#[test]
fn debug_is_one_line_with_its_causes_and_display_repeats_none() {
    let error = read(&[("AZURE_MYSQL_PORT", "mysql")]).unwrap_err();
    let cause = error.source().unwrap().to_string();
    let line = "AZURE_MYSQL_PORT is not a port number; expected a port from 1 to 65535";
    assert_eq!(error.to_string(), line);
    assert_eq!(format!("{error:?}"), format!("{line}: {cause}"));
    assert_eq!(format!("{error:#?}"), format!("{error:?}"));
}

#[test]
fn nothing_set_is_told_apart_from_something_wrong() {
    let kind = |variables: &[(&str, &str)], client_type: Option<ClientType>| {
        let environment: Environment = variables.iter().copied().collect();
        let settings = match client_type {
            Some(client_type) => client_type.settings(&environment),
            None => Settings::from_environment(&environment),
        };
        settings.unwrap_err().kind()
    };
    let elsewhere = [
        ("PATH", "/bin"),
        ("AZURE_CLIENT_ID", ID),
        ("DATABASE_URL", "mysql://h"),
    ];
    for client_type in ClientType::ALL.map(Some).into_iter().chain([None]) {
        assert_eq!(kind(&elsewhere, client_type), ErrorKind::NotConfigured);
        for name in [
            "AZURE_MYSQL_CLIENTID",
            "azure_mysql_host",
            "MYSQLCONNSTR_A",
            "SPRING_DATASOURCE_PASSWORD",
        ] {
            assert_ne!(
                kind(&[(name, ID)], client_type),
                ErrorKind::NotConfigured,
                "{name}"
            );
        }
    }
    let second = Environment::from_iter(BASE).with_prefix("DB2_");
    let error = Settings::from_environment(&second).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConfigured);
    let renamed =
        Environment::from_iter([("MY_USER", "u")]).with_key("AZURE_MYSQL_USER", "MY_USER");
    let error = Settings::from_environment(&renamed).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Missing);
}

#[test]
fn a_misspelt_name_is_pointed_out_by_every_reader() {
    for (set, meant, client_types) in [
        (
            "AZURE_MYSQL_CONNECTION_STRING",
            "AZURE_MYSQL_CONNECTIONSTRING",
            &[ClientType::Dotnet, ClientType::Java, ClientType::Go][..],
        ),
        (
            "Azure_MySQL_Host",
            "AZURE_MYSQL_HOST",
            &[ClientType::Python, ClientType::Php],
        ),
        (
            "AZURE_MYSQL_USER_NAME",
            "AZURE_MYSQL_USERNAME",
            &[ClientType::Ruby],
        ),
    ] {
        let environment = Environment::from_iter([(set, "canary")]);
        let errors = client_types.iter().map(|it| it.settings(&environment));
        for error in errors.chain([Settings::from_environment(&environment)]) {
            let line = error.unwrap_err().to_string();
            let hint = format!("{set} is set: rename it to {meant}");
            assert!(line.ends_with(&hint) && !line.contains("canary"), "{line}");
        }
    }
}

#[test]
fn a_client_id_is_a_guid_and_a_tenant_id_a_guid_or_a_domain() {
    let client = |id| read(&[("AZURE_MYSQL_CLIENTID", id)]).map(|_| ());
    client(ID).unwrap();
    let principal = |tenant| {
        read(&[
            ("AZURE_MYSQL_CLIENTID", ID),
            ("AZURE_MYSQL_CLIENTSECRET", "canary"),
            ("AZURE_MYSQL_TENANTID", tenant),
        ])
        .map(|_| ())
    };
    principal(ID).unwrap();
    principal("contoso.onmicrosoft.com").unwrap();
    let aks = |id, tenant| {
        let file = ("AZURE_FEDERATED_TOKEN_FILE", "/token");
        read(&[file, ("AZURE_CLIENT_ID", id), ("AZURE_TENANT_ID", tenant)]).map(|_| ())
    };
    aks(ID, "contoso.com").unwrap();
    for (result, name) in [
        (client("my-identity"), "AZURE_MYSQL_CLIENTID"),
        (client(&ID[1..]), "AZURE_MYSQL_CLIENTID"),
        (principal("contoso"), "AZURE_MYSQL_TENANTID"),
        (principal("https://contoso.com"), "AZURE_MYSQL_TENANTID"),
        (aks("app", ID), "AZURE_CLIENT_ID"),
        (aks(ID, "..."), "AZURE_TENANT_ID"),
    ] {
        let error = result.unwrap_err();
        assert_eq!(
            (error.name(), error.kind()),
            (name, ErrorKind::Invalid),
            "{error}"
        );
    }
    let by_hand = Settings::builder()
        .host("h")
        .user("u")
        .identity(Identity::UserAssigned {
            client_id: "my-identity".to_owned(),
        });
    assert_eq!(by_hand.build().unwrap_err().name(), "identity");
}

#[test]
fn identities_are_equal_if_all_their_parts_are() {
    let principal = |secret: &str| Identity::ServicePrincipal {
        tenant_id: ID.to_owned(),
        client_id: ID.to_owned(),
        client_secret: secret.into(),
    };
    assert_eq!(principal("a"), principal("a"));
    assert_ne!(principal("a"), principal("b"));
    assert_ne!(principal("a"), Identity::SystemAssigned);
    let workload = |file: &str| Identity::WorkloadIdentity {
        tenant_id: ID.to_owned(),
        client_id: ID.to_owned(),
        token_file: file.into(),
    };
    assert_ne!(workload("/a"), workload("/b"));
}

#[test]
fn debug_of_settings_shows_how_many_certificates_and_where_from() {
    let (file, settings) = with_ca();
    let shown = format!("{settings:?}");
    let expected = format!("Trust {{ certificates: 1, source: {:?} }}", file.path());
    assert!(shown.contains(&expected), "{shown}");
    let shown = format!("{:?}", read(&[]).unwrap());
    assert!(
        shown.contains("certificates: 3") && !shown.contains("0x30"),
        "{shown}"
    );
}

#[test]
fn advice_about_a_ca_names_the_connections_own_variable() {
    let said = "invalid peer certificate: UnknownIssuer";
    let base = [("DB2_HOST", "h"), ("DB2_USER", "u")];
    let environment = Environment::from_iter(base).with_prefix("DB2_");
    let settings = Settings::from_environment(&environment).unwrap();
    let line = refusal::unverified_server(&settings, said);
    assert!(line.ends_with("set DB2_SSL_CA to its PEM file"), "{line}");

    let renamed = environment.with_key("AZURE_MYSQL_SSL_CA", "MY_CA");
    let settings = Settings::from_environment(&renamed).unwrap();
    let line = refusal::unverified_server(&settings, said);
    assert!(line.ends_with("set MY_CA to its PEM file"), "{line}");
}

#[test]
fn debug_of_the_builder_shows_no_value_that_was_not_checked() {
    let builder = Settings::builder()
        .host("mysql://app:canary@shop.mysql.database.azure.com")
        .user("app:canary")
        .database("canary");
    let shown = format!("{builder:?} {builder:#?}");
    assert!(shown.contains("host"), "{shown}");
    assert!(!shown.contains("canary"), "{shown}");
}

#[test]
fn debug_of_the_environment_shows_names_and_no_values() {
    let environment = Environment::from_iter([("NAME", "canary")]);
    let shown = format!("{environment:?}");
    assert!(
        shown.contains("NAME") && !shown.contains("canary"),
        "{shown}"
    );
}

#[cfg(unix)]
#[test]
fn a_value_that_is_not_unicode_is_an_error_that_names_the_variable() {
    use std::os::unix::ffi::OsStringExt;
    let environment =
        Environment::from_iter([("AZURE_MYSQL_HOST", std::ffi::OsString::from_vec(vec![0xff]))]);
    let error = environment.get("AZURE_MYSQL_HOST").unwrap_err();
    assert_eq!(error.name(), "AZURE_MYSQL_HOST");
}
