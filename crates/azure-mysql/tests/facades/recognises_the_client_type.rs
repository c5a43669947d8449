//! `Settings::from_environment` tells which client type an environment was made for, and refuses one
//! that contradicts itself.

use crate::cells::{self, AuthType};
use crate::grammar::connection;
use azure_mysql::{ClientType, Environment, Error, ErrorKind, Settings};

const STRING: &str = "AZURE_MYSQL_CONNECTIONSTRING";
const DOTNET: &str = "Server=h;Database=d;User Id=u;SSL Mode=Required;";
const JAVA: &str = "jdbc:mysql://h:3306/d?sslmode=required&user=u";
const GO: &str = "u@tcp(h:3306)/d?tls=true";

fn read(variables: &[(&str, &str)]) -> Result<Settings, Error> {
    Settings::from_environment(&variables.iter().copied().collect())
}

#[test]
fn each_cell_of_the_page_is_recognised_and_read_as_its_own_facade_reads_it() {
    for cell in cells::all() {
        let environment: Environment = cell.variables.iter().cloned().collect();
        let own = cell.client_type.settings(&environment);
        let recognised = Settings::from_environment(&environment);
        if cell.auth_type == AuthType::Secret {
            let error = recognised.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Contradiction, "{cell:?}: {error}");
            assert_eq!(error.to_string(), own.unwrap_err().to_string());
            continue;
        }
        let (own, recognised) = (own.unwrap(), recognised.unwrap());
        assert_eq!(
            connection(&own),
            "aad_orders@shop.mysql.database.azure.com:3306/orders"
        );
        assert_eq!(connection(&recognised), connection(&own), "{cell:?}");
        assert_eq!(recognised.identity().kind(), own.identity().kind());
        assert_eq!(own.client_type(), Some(cell.client_type));
        let expected = match cell.client_type {
            ClientType::Django => ClientType::Python,
            client_type => client_type,
        };
        assert_eq!(recognised.client_type(), Some(expected), "{cell:?}");
    }
}

#[test]
fn the_three_grammars_of_a_connection_string_are_told_apart() {
    for (text, expected) in [
        (DOTNET, ClientType::Dotnet),
        ("server=h;uid=u", ClientType::Dotnet),
        (" ;User ID=u;Host=h", ClientType::Dotnet),
        ("Data Source=h;User Id=u;Database=a/b", ClientType::Dotnet),
        ("Database='u@tcp(h)/d';Server=h;User=u", ClientType::Dotnet),
        ("Pooling=true;Server=h;User=u", ClientType::Dotnet),
        (JAVA, ClientType::Java),
        ("JDBC:mysql://h?user=u", ClientType::Java),
        ("jdbc:mysql://u@h", ClientType::Java),
        (GO, ClientType::Go),
        ("ann@contoso.com@tcp(h)/", ClientType::Go),
        ("u@tcp(h)/server=h", ClientType::Go),
    ] {
        let settings = read(&[(STRING, text)]).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(settings.client_type(), Some(expected), "{text}");
    }
    for (text, part) in [
        ("Sever=h;User=u;Ssl Cert=/etc/x.pem", "MySqlConnector"),
        (
            "u@tcp(h)/d?tls=true;Password=canary",
            "Password after the DSN",
        ),
        ("'jdbc:mysql://h/d?user=u'", "quotation mark"),
        ("\"u@tcp(h)/d\"", "quotation mark"),
    ] {
        let line = read(&[(STRING, text)]).unwrap_err().to_string();
        assert!(line.contains(part), "{text}: {line}");
    }
    for text in [
        "h",
        "mysql://u@h/d",
        "h:3306",
        "postgres://u@h/d?sslmode=require",
        "u@h",
    ] {
        let error = read(&[(STRING, text)]).unwrap_err();
        assert!(error.to_string().contains("ADO.NET"), "{text}: {error}");
    }
}

#[test]
fn the_split_spellings_are_told_apart() {
    for (names, expected) in [
        (&["USER"][..], ClientType::Python),
        (&["USER", "NAME"], ClientType::Python),
        (&["USER", "NAME", "PORT"], ClientType::Python),
        (&["USER", "DATABASE"], ClientType::Nodejs),
        (&["USER", "DATABASE", "PORT", "SSL"], ClientType::Nodejs),
        (&["USER", "SSL"], ClientType::Nodejs),
        (&["USERNAME"], ClientType::Other),
        (&["USERNAME", "DATABASE", "PORT", "SSL"], ClientType::Other),
        (&["USERNAME", "DATABASE", "SSLMODE"], ClientType::Ruby),
        (&["USERNAME", "SSLMODE"], ClientType::Ruby),
        (&["USERNAME", "DBNAME"], ClientType::Php),
        (&["USERNAME", "DBNAME", "PORT", "FLAG"], ClientType::Php),
        (&["USERNAME", "FLAG"], ClientType::Php),
        // What the page's own samples mix up.
        (&["USER", "DBNAME", "FLAG"], ClientType::Php),
        (&["USERNAME", "NAME"], ClientType::Other),
    ] {
        let mut variables = vec![("AZURE_MYSQL_HOST".to_owned(), "h")];
        variables.extend(names.iter().map(|name| {
            let value = match *name {
                "USER" | "USERNAME" => "u",
                "PORT" => "7",
                "SSL" => "true",
                "SSLMODE" => "required",
                "FLAG" => "MySQL_CLIENT_SSL",
                _ => "d",
            };
            (format!("AZURE_MYSQL_{name}"), value)
        }));
        let settings = Settings::from_environment(&variables.into_iter().collect()).unwrap();
        assert_eq!(settings.client_type(), Some(expected), "{names:?}");
        let has_database = names
            .iter()
            .any(|name| ["NAME", "DATABASE", "DBNAME"].contains(name));
        assert_eq!(
            settings.database(),
            has_database.then_some("d"),
            "{names:?}"
        );
    }
}

#[test]
fn two_variables_that_differ_are_an_error_that_names_both() {
    let spring = ("SPRING_DATASOURCE_URL", "jdbc:mysql://other/d?user=u");
    let host = ("AZURE_MYSQL_HOST", "h");
    let user = ("AZURE_MYSQL_USER", "u");
    for (variables, both) in [
        (
            vec![
                (STRING, DOTNET),
                ("MYSQLCONNSTR_AZURE_MYSQL_CONNECTIONSTRING", JAVA),
            ],
            [STRING, "MYSQLCONNSTR_AZURE_MYSQL_CONNECTIONSTRING"],
        ),
        (
            vec![("MYSQLCONNSTR_a", DOTNET), ("MYSQLCONNSTR_b", JAVA)],
            ["MYSQLCONNSTR_a", "MYSQLCONNSTR_b"],
        ),
        (
            vec![host, user, ("AZURE_MYSQL_USERNAME", "v")],
            ["AZURE_MYSQL_USER", "AZURE_MYSQL_USERNAME"],
        ),
        (
            vec![
                host,
                user,
                ("AZURE_MYSQL_NAME", "a"),
                ("AZURE_MYSQL_DATABASE", "b"),
            ],
            ["AZURE_MYSQL_NAME", "AZURE_MYSQL_DATABASE"],
        ),
        (
            vec![
                host,
                user,
                ("AZURE_MYSQL_DATABASE", "a"),
                ("AZURE_MYSQL_DBNAME", "b"),
            ],
            ["AZURE_MYSQL_DATABASE", "AZURE_MYSQL_DBNAME"],
        ),
        (
            vec![(STRING, "Server=other;User=u"), host, user],
            [STRING, "AZURE_MYSQL_HOST"],
        ),
        (
            vec![(STRING, "Server=h;User=v"), host, user],
            [STRING, "AZURE_MYSQL_USER"],
        ),
        (
            vec![(STRING, DOTNET), ("AZURE_MYSQL_HOST", "other")],
            [STRING, "AZURE_MYSQL_HOST"],
        ),
        (
            vec![(STRING, DOTNET), ("AZURE_MYSQL_USER", "v")],
            [STRING, "AZURE_MYSQL_USER"],
        ),
        (
            vec![(STRING, JAVA), ("AZURE_MYSQL_USERNAME", "v")],
            [STRING, "AZURE_MYSQL_USERNAME"],
        ),
        (
            vec![(STRING, GO), ("AZURE_MYSQL_DBNAME", "x")],
            [STRING, "AZURE_MYSQL_DBNAME"],
        ),
        (
            vec![(STRING, GO), ("AZURE_MYSQL_PORT", "7")],
            [STRING, "AZURE_MYSQL_PORT"],
        ),
        (
            vec![spring, ("AZURE_MYSQL_CLIENTID", cells::CLIENT_ID)],
            [spring.0, "AZURE_MYSQL_CLIENTID"],
        ),
        (vec![(STRING, DOTNET), spring], [STRING, spring.0]),
        (vec![host, user, spring], ["AZURE_MYSQL_HOST", spring.0]),
        (
            vec![spring, ("spring.datasource.url", "jdbc:mysql://h/d?user=u")],
            [spring.0, "spring.datasource.url"],
        ),
        (
            vec![
                ("spring.datasource.url", "jdbc:mysql://h/d?user=u"),
                ("spring.datasource.username", "v"),
            ],
            ["spring.datasource.url", "spring.datasource.username"],
        ),
    ] {
        let error = read(&variables).unwrap_err();
        let line = error.to_string();
        assert_eq!(error.kind(), ErrorKind::Contradiction, "{line}");
        assert!(
            both.iter().all(|name| line.contains(name)),
            "{both:?}: {line}"
        );
    }
}

#[test]
fn two_variables_that_agree_are_a_warning() {
    let host = ("AZURE_MYSQL_HOST", "h");
    let user = ("AZURE_MYSQL_USER", "u");
    for variables in [
        vec![host, user, ("AZURE_MYSQL_USERNAME", "u")],
        vec![
            host,
            user,
            ("AZURE_MYSQL_NAME", "d"),
            ("AZURE_MYSQL_DATABASE", "d"),
        ],
        vec![(STRING, "Server=H;User=u"), host, user],
        vec![(STRING, "Server=h;User=u"), host],
        vec![(STRING, "Server=h;User=u"), ("AZURE_MYSQL_USER", "u@h")],
        vec![(STRING, DOTNET), ("spring.datasource.url", JAVA)],
        vec![(STRING, "u@tcp(h)/"), host, user],
        vec![
            ("spring.datasource.url", "jdbc:mysql://h?user=u"),
            host,
            user,
        ],
    ] {
        let settings = read(&variables).unwrap();
        let warnings = settings.warnings();
        let all_agree = warnings.iter().all(|it| it.contains("says the same as"));
        assert!(
            !warnings.is_empty() && all_agree,
            "{variables:?}: {warnings:?}"
        );
    }
    let same = [
        (STRING, DOTNET),
        ("MYSQLCONNSTR_AZURE_MYSQL_CONNECTIONSTRING", DOTNET),
    ];
    assert_eq!(connection(&read(&same).unwrap()), "u@h:3306/d");
}

#[test]
fn a_connection_string_is_found_under_the_name_that_app_service_gives_it() {
    for (text, expected) in [
        (DOTNET, ClientType::Dotnet),
        (JAVA, ClientType::Java),
        (GO, ClientType::Go),
    ] {
        for name in [
            "MYSQLCONNSTR_AZURE_MYSQL_CONNECTIONSTRING",
            "MYSQLCONNSTR_shop",
        ] {
            let settings = read(&[(name, text)]).unwrap();
            assert_eq!(settings.client_type(), Some(expected), "{name}");
            assert_eq!(connection(&settings), "u@h:3306/d");
        }
        let environment = Environment::from_iter([("MYSQLCONNSTR_CONN2_CONNECTIONSTRING", text)])
            .with_prefix("CONN2_");
        assert_eq!(
            connection(&expected.settings(&environment).unwrap()),
            "u@h:3306/d"
        );
        let environment = Environment::from_iter([("ConnectionStrings__Shop", text)])
            .with_key(STRING, "ConnectionStrings__Shop");
        assert_eq!(
            connection(&expected.settings(&environment).unwrap()),
            "u@h:3306/d"
        );
    }
    // Another connection is not taken for the one that was asked for.
    let environment = Environment::from_iter([("MYSQLCONNSTR_shop", DOTNET)]).with_prefix("CONN2_");
    let error = Settings::from_environment(&environment).unwrap_err();
    assert_eq!(error.name(), "CONN2_HOST");
    let error = read(&[(
        "MYSQLCONNSTR_localdb",
        "Database=d;Data Source=h:5;User Id=u;Password=canary",
    )])
    .unwrap_err();
    assert_eq!(error.name(), "MYSQLCONNSTR_localdb");
    assert!(error.to_string().contains("Password is set") && !error.to_string().contains("canary"));
}

#[test]
fn an_environment_without_a_connection_names_what_is_missing_and_what_is_near() {
    let error = read(&[("PATH", "/bin")]).unwrap_err();
    assert_eq!(
        (error.kind(), error.name()),
        (ErrorKind::NotConfigured, "AZURE_MYSQL_HOST")
    );
    for near in [
        "AZURE_MYSQL_CONN2_HOST",
        "AZURE_MYSQL_CONN2_CONNECTIONSTRING",
    ] {
        let line = read(&[(near, "h")]).unwrap_err().to_string();
        assert!(
            line.contains(near) && line.contains("with_prefix"),
            "{line}"
        );
    }
}

#[test]
fn settings_made_by_hand_have_no_client_type() {
    let settings = Settings::builder().host("h").user("u").build().unwrap();
    assert_eq!(
        (settings.client_type(), settings.warnings()),
        (None, &[][..])
    );
}
