//! A variable for each value: how Python, Django, Node.js, PHP, Ruby and the others spell them.

use crate::grammar::connection;
use azure_mysql::{ClientType, Environment, Error, ErrorKind, Settings};

/// Client type, the user's name, the database's name, and the word for TLS.
type Spelling = (
    ClientType,
    &'static str,
    &'static str,
    Option<(&'static str, &'static str)>,
);

const SPELLINGS: [Spelling; 6] = [
    (ClientType::Python, "USER", "NAME", None),
    (ClientType::Django, "USER", "NAME", None),
    (
        ClientType::Nodejs,
        "USER",
        "DATABASE",
        Some(("SSL", "true")),
    ),
    (
        ClientType::Php,
        "USERNAME",
        "DBNAME",
        Some(("FLAG", "MySQL_CLIENT_SSL")),
    ),
    (
        ClientType::Ruby,
        "USERNAME",
        "DATABASE",
        Some(("SSLMODE", "required")),
    ),
    (
        ClientType::Other,
        "USERNAME",
        "DATABASE",
        Some(("SSL", "true")),
    ),
];

fn read(client_type: ClientType, variables: &[(&str, &str)]) -> Result<Settings, Error> {
    client_type.settings(&environment(variables))
}

fn environment(variables: &[(&str, &str)]) -> Environment {
    let variables = variables.iter();
    variables
        .map(|(name, value)| (format!("AZURE_MYSQL_{name}"), *value))
        .collect()
}

#[test]
fn each_client_type_reads_its_own_spelling() {
    for (client_type, user, database, tls) in SPELLINGS {
        for port in [None, Some(("PORT", "7"))] {
            let mut variables = vec![("HOST", "h"), (user, "u"), (database, "d")];
            variables.extend(tls);
            variables.extend(port);
            let settings = read(client_type, &variables).unwrap();
            let port = port.map_or("3306", |(_, port)| port);
            assert_eq!(
                connection(&settings),
                format!("u@h:{port}/d"),
                "{client_type}"
            );
            assert_eq!(settings.client_type(), Some(client_type));
        }
    }
}

#[test]
fn each_client_type_wants_a_host_and_a_user_and_can_do_without_the_rest() {
    for (client_type, user, ..) in SPELLINGS {
        let settings = read(client_type, &[("HOST", "h"), (user, "u")]).unwrap();
        assert_eq!(connection(&settings), "u@h:3306/", "{client_type}");
        for (variables, missing) in [([(user, "u")], "HOST"), ([("HOST", "h")], user)] {
            let error = read(client_type, &variables).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Missing);
            assert_eq!(
                error.name(),
                format!("AZURE_MYSQL_{missing}"),
                "{client_type}"
            );
        }
    }
}

#[test]
fn another_client_types_spelling_is_not_read() {
    for (client_type, user, database, _) in SPELLINGS {
        for other in ["USER", "USERNAME"] {
            let error = read(client_type, &[("HOST", "h"), (other, "u")]);
            assert_eq!(error.is_err(), other != user, "{client_type} {other}");
        }
        for other in ["NAME", "DATABASE", "DBNAME"] {
            let settings = read(client_type, &[("HOST", "h"), (user, "u"), (other, "d")]).unwrap();
            assert_eq!(
                settings.database().is_some(),
                other == database,
                "{client_type} {other}"
            );
        }
    }
}

const STRONG: &[&str] = &[
    "true",
    "TRUE",
    "True",
    "1",
    "yes",
    "on",
    "require",
    "required",
    "REQUIRED",
    "Required",
    "verify_ca",
    "VERIFY_CA",
    "verify-ca",
    "VerifyCA",
    "verify_identity",
    "VERIFY_IDENTITY",
    "verify-full",
    "VerifyFull",
];
const WEAK: &[&str] = &[
    "false",
    "FALSE",
    "0",
    "no",
    "off",
    "none",
    "None",
    "disable",
    "disabled",
    "DISABLED",
    "prefer",
    "preferred",
    "Preferred",
    "PREFERRED",
    "allow",
    "skip-verify",
    "skip_verify",
];
const UNKNOWN: &[&str] = &[
    "maybe",
    "{\"rejectUnauthorized\":false}",
    "2",
    "tls",
    "Amazon RDS",
];

#[test]
fn a_word_for_tls_can_only_be_as_strong_as_what_is_done() {
    for (client_type, user, _, tls) in SPELLINGS {
        let Some((variable @ ("SSL" | "SSLMODE"), _)) = tls else {
            continue;
        };
        let with = |word| read(client_type, &[("HOST", "h"), (user, "u"), (variable, word)]);
        for word in STRONG {
            with(word).unwrap_or_else(|error| panic!("{client_type} {word}: {error}"));
        }
        for (words, why) in [(WEAK, "verified"), (UNKNOWN, "not a recognised TLS mode")] {
            for word in words {
                let error = with(word).unwrap_err();
                assert_eq!(error.name(), format!("AZURE_MYSQL_{variable}"));
                assert!(
                    error.to_string().contains(why),
                    "{client_type} {word}: {error}"
                );
            }
        }
    }
}

#[test]
fn phps_flag_has_to_ask_for_tls_and_for_verification() {
    let with = |flag| {
        read(
            ClientType::Php,
            &[("HOST", "h"), ("USERNAME", "u"), ("FLAG", flag)],
        )
    };
    for flag in [
        "MySQL_CLIENT_SSL",
        "MYSQL_CLIENT_SSL",
        "MYSQLI_CLIENT_SSL",
        "mysqli_client_ssl",
        "2048",
        "MYSQLI_CLIENT_COMPRESS|MYSQLI_CLIENT_SSL",
        "MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_FOUND_ROWS",
    ] {
        with(flag).unwrap_or_else(|error| panic!("{flag}: {error}"));
    }
    for flag in [
        "MYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT",
        "MYSQLI_CLIENT_SSL|MYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT",
        "MYSQLI_CLIENT_COMPRESS",
        "0",
        "1",
        "true",
        "MYSQLI_CLIENT_SSL_NO",
    ] {
        assert_eq!(with(flag).unwrap_err().name(), "AZURE_MYSQL_FLAG", "{flag}");
    }
}

#[test]
fn a_prefix_and_renamed_keys_are_followed_by_each_client_type_and_named_in_errors() {
    for (client_type, user, database, tls) in SPELLINGS {
        let mut variables = vec![
            ("CONN2_HOST".to_owned(), "h"),
            (format!("CONN2_{user}"), "u"),
            ("MY_DATABASE".to_owned(), "d"),
        ];
        variables.extend(tls.map(|(name, word)| (format!("CONN2_{name}"), word)));
        let environment = Environment::from_iter(variables)
            .with_prefix("CONN2_")
            .with_key(format!("AZURE_MYSQL_{database}"), "MY_DATABASE");
        for settings in [
            client_type.settings(&environment),
            Settings::from_environment(&environment),
        ] {
            assert_eq!(
                connection(&settings.unwrap()),
                "u@h:3306/d",
                "{client_type}"
            );
        }
        let error = client_type
            .settings(&environment.with_prefix("CONN3_"))
            .unwrap_err();
        assert_eq!(error.name(), "CONN3_HOST");
    }
}
