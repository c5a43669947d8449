//! A value that cannot be used is refused when the settings are made, by name and without its
//! secret.

use azure_mysql::{Environment, Error, ErrorKind, Settings, Trust, python};

const GOOD: [(&str, &str); 3] = [
    ("AZURE_MYSQL_HOST", "shop.mysql.database.azure.com"),
    ("AZURE_MYSQL_NAME", "orders"),
    ("AZURE_MYSQL_USER", "aad_orders"),
];

/// The error for a good environment in which some variables are set otherwise.
fn error_with(changes: &[(&str, &str)]) -> Error {
    let variables = GOOD.iter().chain(changes).copied();
    python::from_environment(&variables.collect::<Environment>()).unwrap_err()
}

fn error_without(name: &str) -> Error {
    let variables = GOOD.iter().copied().filter(|(it, _)| *it != name);
    python::from_environment(&variables.collect::<Environment>()).unwrap_err()
}

#[test]
fn each_unusable_variable_is_named_in_one_line() {
    let long = "u".repeat(33);
    for (name, value, kind) in [
        ("AZURE_MYSQL_HOST", "", ErrorKind::Invalid),
        (
            "AZURE_MYSQL_HOST",
            "https://shop.mysql.database.azure.com",
            ErrorKind::Invalid,
        ),
        (
            "AZURE_MYSQL_HOST",
            "shop.mysql.database.azure.com:3306",
            ErrorKind::Invalid,
        ),
        (
            "AZURE_MYSQL_HOST",
            "shop.mysql.database.azure.com/orders",
            ErrorKind::Invalid,
        ),
        ("AZURE_MYSQL_HOST", "shop ", ErrorKind::Invalid),
        (
            "AZURE_MYSQL_HOST",
            "mysql://app:canary@shop/orders",
            ErrorKind::Invalid,
        ),
        ("AZURE_MYSQL_PORT", "canary", ErrorKind::Invalid),
        (
            "AZURE_MYSQL_USER",
            "a-token-that-was-pasted-here-by-mistake-canary",
            ErrorKind::Invalid,
        ),
        (
            "AZURE_AUTHORITY_HOST",
            "http://app:canary@localhost",
            ErrorKind::Invalid,
        ),
        ("AZURE_MYSQL_PORT", "", ErrorKind::Invalid),
        ("AZURE_MYSQL_PORT", "mysql", ErrorKind::Invalid),
        ("AZURE_MYSQL_PORT", "0", ErrorKind::Invalid),
        ("AZURE_MYSQL_PORT", "65536", ErrorKind::Invalid),
        ("AZURE_MYSQL_PORT", "-1", ErrorKind::Invalid),
        ("AZURE_MYSQL_USER", "", ErrorKind::Invalid),
        ("AZURE_MYSQL_USER", &long, ErrorKind::Invalid),
        ("AZURE_MYSQL_NAME", "", ErrorKind::Invalid),
        ("AZURE_MYSQL_CLIENTID", "", ErrorKind::Invalid),
        ("AZURE_MYSQL_SSL_CA", "", ErrorKind::Invalid),
        (
            "AZURE_MYSQL_SSL_CA",
            "/no/such/file.pem",
            ErrorKind::Invalid,
        ),
        (
            "AZURE_AUTHORITY_HOST",
            "http://localhost:8080",
            ErrorKind::Invalid,
        ),
        ("AZURE_AUTHORITY_HOST", "https://", ErrorKind::Invalid),
        (
            "AZURE_AUTHORITY_HOST",
            "login.microsoftonline.com",
            ErrorKind::Invalid,
        ),
        ("AZURE_MYSQL_PASSWORD", "canary", ErrorKind::Contradiction),
    ] {
        let error = error_with(&[(name, value)]);
        let text = error.to_string();
        assert_eq!(
            (error.name(), error.kind()),
            (name, kind),
            "{name}={value}: {text}"
        );
        assert!(text.starts_with(name) && !text.contains('\n'), "{text}");
        assert!(!format!("{error:?} {text}").contains("canary"), "{text}");
    }
}

#[test]
fn a_missing_host_or_user_is_named() {
    for name in ["AZURE_MYSQL_HOST", "AZURE_MYSQL_USER"] {
        let error = error_without(name);
        assert_eq!((error.name(), error.kind()), (name, ErrorKind::Missing));
    }
}

#[test]
fn a_user_of_32_characters_is_fine_whatever_its_bytes() {
    let user = "ü".repeat(32);
    let variables = GOOD
        .into_iter()
        .chain([("AZURE_MYSQL_USER", user.as_str())]);
    let settings = python::from_environment(&variables.collect::<Environment>()).unwrap();
    assert_eq!(settings.user(), user);
}

#[test]
fn part_of_a_service_principal_is_an_error_that_names_the_missing_part() {
    let id = (
        "AZURE_MYSQL_CLIENTID",
        "11111111-1111-4111-8111-111111111111",
    );
    let secret = ("AZURE_MYSQL_CLIENTSECRET", "canary");
    let tenant = (
        "AZURE_MYSQL_TENANTID",
        "22222222-2222-4222-8222-222222222222",
    );
    for (present, missing) in [
        (vec![id, secret], tenant.0),
        (vec![secret], tenant.0),
        (vec![secret, tenant], id.0),
        (vec![id, tenant], secret.0),
        (vec![tenant], secret.0),
    ] {
        let error = error_with(&present);
        assert_eq!(
            (error.name(), error.kind()),
            (missing, ErrorKind::Contradiction)
        );
        assert!(!format!("{error:?} {error}").contains("canary"));
    }
}

#[test]
fn a_ca_file_must_hold_a_certificate_that_can_be_a_root() {
    let folder = tempfile::tempdir().unwrap();
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let block =
        |body: &str| format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
    for (name, content) in [
        ("empty.pem", String::new()),
        ("prose.pem", "no certificate here".to_owned()),
        ("key.pem", key),
        (
            "cut-off.pem",
            "-----BEGIN CERTIFICATE-----\nMIIB".to_owned(),
        ),
        ("not-base64.pem", block("!!!!")),
        ("not-x509.pem", block("aGVsbG8gd29ybGQ=")),
    ] {
        let file = folder.path().join(name);
        std::fs::write(&file, content).unwrap();
        let error = error_with(&[("AZURE_MYSQL_SSL_CA", file.to_str().unwrap())]);
        assert_eq!(error.name(), "AZURE_MYSQL_SSL_CA", "{name}");
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn a_private_ca_is_trusted_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let twice = certified.cert.pem() + &certified.cert.pem();
    std::fs::write(&file, twice).unwrap();

    let trust = Trust::private_ca(&file).unwrap();
    assert_eq!(
        trust.certificates(),
        [certified.cert.der().clone(), certified.cert.der().clone()]
    );
    assert!(!trust.includes_web_roots());
}

#[test]
fn the_builder_names_its_options() {
    let complete = || Settings::builder().host("localhost").user("aad_orders");
    for (builder, name) in [
        (Settings::builder().user("aad_orders"), "host"),
        (Settings::builder().host("localhost"), "user"),
        (complete().host(""), "host"),
        (complete().user(""), "user"),
        (complete().user("u".repeat(33)), "user"),
        (complete().port(0), "port"),
        (complete().database(""), "database"),
        (
            complete().cloud(azure_mysql::Cloud::PUBLIC.with_authority("http://x")),
            "cloud",
        ),
    ] {
        assert_eq!(builder.build().unwrap_err().name(), name);
    }
    complete().build().unwrap();
}
