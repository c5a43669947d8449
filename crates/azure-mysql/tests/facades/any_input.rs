//! No text makes a parser panic, and what a driver's formatter writes is read back as it was.

use azure_mysql::{ClientType, Environment, Settings, dotnet, go, java};
use proptest::{option, prelude::*, string::string_regex};

use crate::grammar::connection;

/// User, host, port and database.
type Values = (String, String, Option<u16>, Option<String>);

/// Values that any of the grammars can carry if they are escaped well.
fn values() -> impl Strategy<Value = Values> {
    // Neither ends in white space, and no user is `name@server` with the server's own name.
    let user = string_regex("[!-~ü]{1,15}[a-z]").unwrap();
    let host = string_regex("[a-z]{1,8}(\\.[a-z0-9-]{1,8}){0,3}\\.azure").unwrap();
    let database = string_regex("[!-~ü]([ -~ü]{0,14}[!-~ü])?").unwrap();
    (user, host, option::of(1_u16..), option::of(database)).prop_filter(
        "a server's name as a suffix",
        |(user, host, ..)| {
            let server = host.split('.').next();
            user.rsplit_once('@')
                .is_none_or(|(_, suffix)| Some(suffix) != server)
        },
    )
}

fn expected((user, host, port, database): &Values) -> String {
    let port = port.unwrap_or(3306);
    format!(
        "{user}@{host}:{port}/{}",
        database.as_deref().unwrap_or_default()
    )
}

/// As .NET's `DbConnectionStringBuilder` writes a value that needs it.
fn quoted(value: &str) -> String {
    if value.contains('"') && !value.contains('\'') {
        format!("'{value}'")
    } else {
        format!("\"{}\"", value.replace('"', "\"\""))
    }
}

fn as_ado_net((user, host, port, database): &Values) -> String {
    let port = port.map(|port| format!(";Port={port}"));
    let database = database
        .as_deref()
        .map(|it| format!(";Database={}", quoted(it)));
    let (port, database) = (port.unwrap_or_default(), database.unwrap_or_default());
    format!("Server={host};User ID={}{port}{database}", quoted(user))
}

fn percent_encoded(value: &str) -> String {
    let encoded = value.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    });
    encoded.collect()
}

fn as_jdbc_url((user, host, port, database): &Values, user_first: bool) -> String {
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let database = percent_encoded(database.as_deref().unwrap_or_default());
    let user = percent_encoded(user);
    if user_first {
        format!("jdbc:mysql://{user}@{host}{port}/{database}?sslMode=REQUIRED")
    } else {
        format!("jdbc:mysql://{host}{port}/{database}?sslMode=REQUIRED&user={user}")
    }
}

fn as_dsn((user, host, port, database): &Values) -> String {
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let database = percent_encoded(database.as_deref().unwrap_or_default());
    format!("{user}@tcp({host}{port})/{database}?tls=true")
}

/// Text that looks like one of the grammars, more or less.
fn nearly() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "Server",
        "User Id",
        "Database",
        "Port",
        "SSL Mode",
        "=",
        ";",
        "\"",
        "'",
        "jdbc:mysql://",
        "address=",
        "(host=",
        "(port=",
        ")",
        "(",
        "[",
        "]",
        "::1",
        ":",
        "@",
        "/",
        "//",
        "?",
        "??",
        "#",
        "&",
        "user=",
        "tls=",
        "true",
        "sslMode=",
        "%",
        "%4",
        "%40",
        "%ff",
        "+",
        "tcp",
        "unix",
        ",",
        " ",
        "\0",
        "\n",
        "h",
        "u",
        "ü",
        "3306",
        "99999",
        "${",
        "}",
        "${a:",
        "spring.datasource.",
        "url",
        "\\",
        "\\u00",
        "---",
        "-",
        "{",
        "*a",
        "&a",
    ]);
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

/// Reads the text as everything that it could be.
fn read_as_anything(text: &str) {
    let _ = dotnet::parse(text);
    let _ = java::parse(text);
    let _ = go::parse(text);
    for name in [
        "AZURE_MYSQL_CONNECTIONSTRING",
        "spring.datasource.url",
        "AZURE_MYSQL_HOST",
    ] {
        let environment = Environment::from_iter([
            (name, text),
            ("AZURE_MYSQL_USER", text),
            ("AZURE_MYSQL_SSL", text),
            ("spring.datasource.username", text),
        ]);
        let _ = Settings::from_environment(&environment);
        for client_type in ClientType::ALL {
            let _ = client_type.settings(&environment);
        }
    }
    #[cfg(feature = "spring-files")]
    {
        let _ = azure_mysql::springboot::from_properties(text, &Environment::default());
        let _ = azure_mysql::springboot::from_yaml(text, &Environment::default());
    }
}

proptest! {
    #[test]
    fn no_text_makes_a_parser_panic(text in any::<String>()) {
        read_as_anything(&text);
    }

    #[test]
    fn no_text_that_is_nearly_right_makes_a_parser_panic(text in nearly()) {
        read_as_anything(&text);
    }

    #[test]
    fn an_ado_net_string_is_read_back(values in values()) {
        let settings = dotnet::parse(&as_ado_net(&values)).unwrap();
        prop_assert_eq!(connection(&settings), expected(&values));
    }

    #[test]
    fn a_jdbc_url_is_read_back(values in values(), user_first: bool) {
        let settings = java::parse(&as_jdbc_url(&values, user_first)).unwrap();
        prop_assert_eq!(connection(&settings), expected(&values));
    }

    #[test]
    fn a_dsn_is_read_back(mut values in values()) {
        // A DSN has no escape for a colon in the user.
        values.0 = values.0.replace(':', "-");
        let settings = go::parse(&as_dsn(&values)).unwrap();
        prop_assert_eq!(connection(&settings), expected(&values));
    }

    #[test]
    fn a_connection_string_is_recognised_and_read_back(mut values in values()) {
        values.0 = values.0.replace([':', '=', ';', '/'], "-");
        for (text, client_type) in [
            (as_ado_net(&values), ClientType::Dotnet),
            (as_jdbc_url(&values, true), ClientType::Java),
            (as_dsn(&values), ClientType::Go),
        ] {
            let environment = Environment::from_iter([("AZURE_MYSQL_CONNECTIONSTRING", text)]);
            let settings = Settings::from_environment(&environment).unwrap();
            prop_assert_eq!(settings.client_type(), Some(client_type));
            prop_assert_eq!(connection(&settings), expected(&values));
        }
    }

    #[test]
    fn no_error_shows_a_password(values in values(), password in "[a-z]{1,3}canary[a-z]{1,3}") {
        let (user, host, ..) = &values;
        for text in [
            format!("{};Password={password}", as_ado_net(&values)),
            format!("{}&password={password}", as_jdbc_url(&values, false)),
            format!("{user}:{password}@tcp({host})/"),
            format!("{};Password={password}", as_dsn(&values)),
            format!("mysql://{user}:{password}@{host}/"),
        ] {
            let environment = Environment::from_iter([("AZURE_MYSQL_CONNECTIONSTRING", &text)]);
            let error = Settings::from_environment(&environment).unwrap_err();
            let shown = format!("{error} {error:?}");
            prop_assert!(!shown.contains("canary"), "{}", shown);
        }
    }
}
