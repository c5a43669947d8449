//! Mistakes that people make are recognised and named; each error says what to do and shows no
//! value. The same list is in the crate's documentation.

use azure_mysql::{ClientType, Environment, Error, ErrorKind, Settings, Trust, dotnet, go, java};

const HOST: (&str, &str) = ("AZURE_MYSQL_HOST", "shop.mysql.database.azure.com");
const USER: (&str, &str) = ("AZURE_MYSQL_USER", "aad_orders");
const ID: &str = "11111111-1111-4111-8111-111111111111";

fn read(changes: &[(&str, &str)]) -> Result<Settings, Error> {
    let variables = [HOST, USER].into_iter().chain(changes.iter().copied());
    Settings::from_environment(&variables.collect())
}

/// The error for a good environment with one change: it is about that variable.
fn refused(name: &str, value: &str) -> String {
    let error = read(&[(name, value)]).expect_err(value);
    assert_eq!(error.name(), name, "{value}: {error}");
    let line = error.to_string();
    assert!(!line.contains('\n') && !line.contains("canary"), "{line}");
    line
}

#[test]
fn an_unresolved_key_vault_reference_is_recognised_in_any_variable() {
    for reference in [
        "@Microsoft.KeyVault(SecretUri=https://canary.vault.azure.net/secrets/a/)",
        "@Microsoft.KeyVault(VaultName=canary;SecretName=a)",
        "@Microsoft.KeyVault(VaultName=canary;SecretName=a;SecretVersion=1)",
        "@microsoft.keyvault(SecretUri=https://canary.vault.azure.net/secrets/a)",
        " @Microsoft.KeyVault(VaultName=canary;SecretName=a)",
        "\"@Microsoft.KeyVault(VaultName=canary;SecretName=a)\"",
    ] {
        for name in [
            "AZURE_MYSQL_HOST",
            "AZURE_MYSQL_USER",
            "AZURE_MYSQL_NAME",
            "AZURE_MYSQL_PORT",
            "AZURE_MYSQL_CLIENTID",
            "AZURE_MYSQL_CLIENTSECRET",
            "AZURE_MYSQL_TENANTID",
            "AZURE_MYSQL_SSL_CA",
            "AZURE_MYSQL_CONNECTIONSTRING",
            "AZURE_AUTHORITY_HOST",
        ] {
            let line = refused(name, reference);
            assert!(line.contains("Key Vault reference"), "{line}");
        }
    }
    let error = Settings::from_environment(&Environment::from_iter([
        ("spring.datasource.url", "jdbc:mysql://h/d?user=u"),
        (
            "spring.cloud.azure.credential.client-secret",
            "@Microsoft.KeyVault(VaultName=canary)",
        ),
    ]));
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("Key Vault reference")
    );
}

#[test]
fn the_servers_name_after_the_user_is_dropped_with_a_warning_and_a_upn_stays_whole() {
    for (given, expected) in [
        ("aad_orders@shop", "aad_orders"),
        ("aad_orders@Shop", "aad_orders"),
        ("ann@contoso.com@shop", "ann@contoso.com"),
        ("ann@contoso.com", "ann@contoso.com"),
        ("aad_orders@stop", "aad_orders@stop"),
        ("aad_orders@shop.mysql.database.azure.com", ""),
        ("@shop", "@shop"),
    ] {
        let settings = read(&[("AZURE_MYSQL_USER", given)]);
        if expected.is_empty() {
            assert!(settings.unwrap_err().to_string().contains("characters"));
            continue;
        }
        let settings = settings.unwrap();
        assert_eq!(settings.user(), expected);
        let [warning] = settings.warnings() else {
            assert_eq!(given, expected, "{:?}", settings.warnings());
            continue;
        };
        assert!(
            given != expected && warning.contains("AZURE_MYSQL_USER"),
            "{warning}"
        );
    }
}

#[test]
fn a_password_is_refused_wherever_it_stands() {
    for environment in [
        [
            (
                "AZURE_MYSQL_CONNECTIONSTRING",
                "Server=h;User=u;Password=canary",
            ),
            ("", ""),
        ],
        [
            (
                "AZURE_MYSQL_CONNECTIONSTRING",
                "jdbc:mysql://h/d?user=u&password=canary",
            ),
            ("", ""),
        ],
        [
            ("AZURE_MYSQL_CONNECTIONSTRING", "u:canary@tcp(h)/d"),
            ("", ""),
        ],
        [
            ("AZURE_MYSQL_CONNECTIONSTRING", "Server=h;User=u"),
            ("AZURE_MYSQL_PASSWORD", "canary"),
        ],
        [
            ("AZURE_MYSQL_CONNECTIONSTRING", "jdbc:mysql://h?user=u"),
            ("AZURE_MYSQL_PASSWORD", "canary"),
        ],
        [
            ("AZURE_MYSQL_CONNECTIONSTRING", "u@tcp(h)/d"),
            ("AZURE_MYSQL_PASSWORD", "canary"),
        ],
        [
            ("spring.datasource.url", "jdbc:mysql://h?user=u"),
            ("spring.datasource.password", "canary"),
        ],
        [
            ("spring.datasource.url", "jdbc:mysql://h?user=u"),
            ("SPRING_DATASOURCE_PASSWORD", "canary"),
        ],
    ] {
        let error = Settings::from_environment(&environment.into_iter().collect()).unwrap_err();
        let line = error.to_string();
        assert_eq!(error.kind(), ErrorKind::Contradiction, "{line}");
        assert!(
            line.contains("is set, but login uses an access token"),
            "{line}"
        );
        assert!(!format!("{line} {error:?}").contains("canary"), "{line}");
    }
    assert!(refused("AZURE_MYSQL_PASSWORD", "canary").contains("access token"));
}

#[test]
fn a_client_secret_that_is_the_secrets_id_is_recognised() {
    let with = |secret| {
        read(&[
            ("AZURE_MYSQL_CLIENTID", ID),
            ("AZURE_MYSQL_TENANTID", ID),
            ("AZURE_MYSQL_CLIENTSECRET", secret),
        ])
    };
    for id in [ID, "ABCDEF01-2345-6789-abcd-ef0123456789"] {
        let error = with(id).unwrap_err();
        assert_eq!(error.name(), "AZURE_MYSQL_CLIENTSECRET");
        let line = error.to_string();
        assert!(line.contains("secret's id") && !line.contains(id), "{line}");
    }
    for value in [
        "a~b",
        "11111111-1111-4111-8111-11111111111~",
        "11111111111141118111111111111111",
    ] {
        with(value).unwrap();
    }
}

#[test]
fn a_user_that_mysql_cannot_have_is_refused() {
    assert!(refused("AZURE_MYSQL_USER", &"u".repeat(33)).contains("33 characters"));
    assert!(refused("AZURE_MYSQL_USER", " aad_orders").contains("white space"));
    assert!(refused("AZURE_MYSQL_USER", "aad_orders\n").contains("white space"));
    read(&[("AZURE_MYSQL_USER", &"u".repeat(32))]).unwrap();
    read(&[("AZURE_MYSQL_USER", &format!("{}@shop", "u".repeat(32)))]).unwrap();
    for user in ["u ", " u", "u\u{a0}"] {
        let error = Settings::builder()
            .host("h")
            .user(user)
            .build()
            .unwrap_err();
        assert_eq!(error.name(), "user");
    }
}

#[test]
fn a_host_that_is_more_than_a_host_is_refused() {
    for (host, why) in [
        ("https://shop.mysql.database.azure.com", "scheme"),
        ("jdbc:mysql://shop.mysql.database.azure.com", "scheme"),
        ("mysql://app:canary@shop/orders", "scheme"),
        ("shop.mysql.database.azure.com/orders", "path"),
        ("shop.mysql.database.azure.com/", "path"),
        ("shop.mysql.database.azure.com:3306", "':'"),
        ("app@shop.mysql.database.azure.com", "'@'"),
        ("/var/run/mysqld/mysqld.sock", "Unix socket"),
        ("\\\\.\\pipe\\mysql", "Unix socket"),
        (
            "a.mysql.database.azure.com,b.mysql.database.azure.com",
            "several hosts",
        ),
        ("10.0.0.4", "IP address"),
        ("::1", "IP address"),
        ("2001:db8::1", "IP address"),
        ("shop.mysql.database.azure.com ", "white space"),
        ("shop.mysql.database.azure.com\r", "white space"),
        ("\"shop.mysql.database.azure.com\"", "quotation mark"),
        ("'shop.mysql.database.azure.com'", "quotation mark"),
    ] {
        let line = refused("AZURE_MYSQL_HOST", host);
        assert!(line.contains(why), "{host}: {line}");
        let error = Settings::builder()
            .host(host)
            .user("u")
            .build()
            .unwrap_err();
        assert_eq!(error.name(), "host", "{host}");
    }
}

#[test]
fn an_ip_address_does_beside_a_private_ca() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&file, certified.cert.pem()).unwrap();
    for host in ["10.0.0.4", "::1"] {
        let trust = Trust::private_ca(&file).unwrap();
        Settings::builder()
            .host(host)
            .user("u")
            .trust(trust)
            .build()
            .unwrap();
        let file = file.to_str().unwrap();
        read(&[("AZURE_MYSQL_HOST", host), ("AZURE_MYSQL_SSL_CA", file)]).unwrap();
    }
}

#[test]
fn a_host_of_another_cloud_than_the_authority_is_a_contradiction() {
    let clouds = [
        (
            "shop.mysql.database.azure.com",
            "https://login.microsoftonline.com/",
        ),
        (
            "shop.mysql.database.chinacloudapi.cn",
            "https://login.chinacloudapi.cn",
        ),
        (
            "shop.mysql.database.usgovcloudapi.net",
            "https://login.microsoftonline.us",
        ),
    ];
    for (host, own) in clouds {
        for (_, authority) in clouds {
            let settings = read(&[
                ("AZURE_MYSQL_HOST", host),
                ("AZURE_AUTHORITY_HOST", authority),
            ]);
            if authority == own {
                settings.unwrap();
                continue;
            }
            let error = settings.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Contradiction);
            assert_eq!(error.name(), "AZURE_AUTHORITY_HOST");
        }
        read(&[
            ("AZURE_MYSQL_HOST", host),
            ("AZURE_AUTHORITY_HOST", "https://login.example"),
        ])
        .unwrap();
    }
    let by_hand = Settings::builder()
        .host(clouds[0].0)
        .user("u")
        .cloud(azure_mysql::Cloud::CHINA);
    assert_eq!(by_hand.build().unwrap_err().name(), "cloud");
}

#[test]
fn white_space_and_quotes_pasted_with_a_value_are_named() {
    for name in [
        "AZURE_MYSQL_NAME",
        "AZURE_MYSQL_PORT",
        "AZURE_MYSQL_CLIENTID",
        "AZURE_MYSQL_CLIENTSECRET",
        "AZURE_MYSQL_TENANTID",
        "AZURE_MYSQL_SSL_CA",
        "AZURE_AUTHORITY_HOST",
        "AZURE_FEDERATED_TOKEN_FILE",
        "AZURE_CLIENT_CERTIFICATE_PATH",
    ] {
        for value in ["canary\n", " canary", "canary ", "\tcanary"] {
            assert!(refused(name, value).contains("white space"), "{name}");
        }
        for value in ["\"canary\"", "'canary'", "`canary`", "\"canary\" "] {
            assert!(refused(name, value).contains("quotation mark"), "{name}");
        }
    }
    for client_type in ClientType::ALL {
        let text = "\"Server=h;User=u\"";
        let error = client_type.settings(&Environment::from_iter([
            ("AZURE_MYSQL_CONNECTIONSTRING", text),
            ("AZURE_MYSQL_HOST", "'h'"),
            ("spring.datasource.url", "'jdbc:mysql://h'"),
        ]));
        assert!(
            error.unwrap_err().to_string().contains("quotation mark"),
            "{client_type}"
        );
    }
}

#[test]
fn errors_of_a_parser_used_by_hand_name_what_was_parsed() {
    assert_eq!(dotnet::parse("").unwrap_err().name(), "connection string");
    assert_eq!(java::parse("").unwrap_err().name(), "JDBC URL");
    assert_eq!(go::parse("").unwrap_err().name(), "DSN");
}
