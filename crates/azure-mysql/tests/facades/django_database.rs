//! `DATABASES['default']`, in code and in files, is as good as the variables; a password is not.

use std::collections::BTreeMap;

use azure_mysql::{
    ClientType, Environment, Error, Settings,
    django::{Database, OptionValue},
};
use serde::Deserialize;

use crate::{cells::CLIENT_ID, grammar::connection};

fn database() -> Database {
    Database {
        name: "d".to_owned(),
        user: "u".to_owned(),
        host: "h".to_owned(),
        ..Database::default()
    }
}

fn with_option(option: &str, value: impl Into<OptionValue>) -> Result<Settings, Error> {
    let options = BTreeMap::from([(option.to_owned(), value.into())]);
    Database {
        options,
        ..database()
    }
    .settings(&Environment::default())
}

#[test]
fn debug_shows_no_value_that_was_not_checked() {
    let nested = BTreeMap::from([("key".to_owned(), "canary".into())]);
    let shown = Database {
        name: "canary".to_owned(),
        user: "u:canary".to_owned(),
        host: "mysql://u:canary@h".to_owned(),
        options: BTreeMap::from([
            ("passwd".to_owned(), "canary".into()),
            ("ssl".to_owned(), OptionValue::Dictionary(nested)),
            ("all".to_owned(), OptionValue::List(vec!["canary".into()])),
            ("pin".to_owned(), OptionValue::Integer(4711)),
        ]),
        ..Database::default()
    };
    let shown = format!("{shown:?} {shown:#?}");
    assert!(shown.contains("passwd") && shown.contains("key"), "{shown}");
    assert!(
        !shown.contains("canary") && !shown.contains("4711"),
        "{shown}"
    );
}

#[test]
fn an_entry_in_code_becomes_settings_with_the_identity_of_the_environment() {
    let settings = database().settings(&Environment::default()).unwrap();
    assert_eq!(connection(&settings), "u@h:3306/d");
    assert_eq!(settings.client_type(), Some(ClientType::Django));
    let environment = Environment::from_iter([("AZURE_MYSQL_CLIENTID", CLIENT_ID)]);
    let with_port = Database {
        port: Some(7),
        name: String::new(),
        ..database()
    };
    let settings = with_port.settings(&environment).unwrap();
    assert_eq!(connection(&settings), "u@h:7/");
    assert_eq!(settings.identity().client_id(), Some(CLIENT_ID));
}

#[test]
fn toml_and_json_are_read_in_upper_and_lower_case() {
    #[derive(Deserialize)]
    struct File {
        #[serde(rename = "DATABASES")]
        databases: BTreeMap<String, Database>,
    }
    let file = "[DATABASES.default]
        ENGINE = 'django.db.backends.mysql'
        NAME = 'd'
        USER = 'u'
        HOST = 'h'
        PORT = '7'
        OPTIONS = { charset = 'utf8mb4', connect_timeout = 5, ssl_mode = 'REQUIRED' }";
    let file: File = toml::from_str(file).unwrap();
    let default = &file.databases["default"];
    let settings = default.settings(&Environment::default()).unwrap();
    assert_eq!(connection(&settings), "u@h:7/d");
    assert_eq!(settings.property("charset"), Some("utf8mb4"));
    assert_eq!(settings.property("connect_timeout"), Some("5"));

    for (text, expected) in [
        (
            r#"{"engine":"django.db.backends.mysql","name":"d","user":"u","host":"h","port":7}"#,
            "u@h:7/d",
        ),
        (
            r#"{"ENGINE":"django.db.backends.mysql","NAME":"d","USER":"u","HOST":"h","PORT":""}"#,
            "u@h:3306/d",
        ),
        (
            r#"{"ENGINE":"django.db.backends.mysql","USER":"u","HOST":"h"}"#,
            "u@h:3306/",
        ),
    ] {
        let database: Database = serde_json::from_str(text).unwrap();
        let settings = database.settings(&Environment::default()).unwrap();
        assert_eq!(connection(&settings), expected);
        let text = serde_json::to_string(&database).unwrap();
        assert_eq!(serde_json::from_str::<Database>(&text).unwrap(), database);
    }
}

#[test]
fn a_password_and_unknown_keys_of_a_file_are_named() {
    let base = r#""ENGINE":"django.db.backends.mysql","USER":"u","HOST":"h""#;
    for (key, named) in [
        (r#""PASSWORD":"canary""#, "PASSWORD is set"),
        (r#""password":"canary""#, "PASSWORD is set"),
        (r#""PASSWORD":"""#, "PASSWORD is set"),
        (r#""CONN_MAX_AGE":60"#, "CONN_MAX_AGE"),
        (r#""PORT":65536"#, "Port"),
        (r#""PORT":"x""#, "PORT"),
        (r#""USER":"v""#, "duplicate"),
    ] {
        let error = serde_json::from_str::<Database>(&format!("{{{base},{key}}}")).unwrap_err();
        let line = error.to_string();
        assert!(
            line.contains(named) && !line.contains("canary"),
            "{key}: {line}"
        );
    }
    assert!(serde_json::from_str::<Database>(r#"{"USER":"u"}"#).is_err());
}

#[test]
fn the_engine_is_that_of_mysql() {
    for engine in [
        "django.db.backends.postgresql",
        "mysql.connector.django",
        "",
    ] {
        let database = Database {
            engine: engine.to_owned(),
            ..database()
        };
        assert_eq!(
            database
                .settings(&Environment::default())
                .unwrap_err()
                .name(),
            "ENGINE"
        );
    }
}

#[test]
fn a_value_that_cannot_be_used_is_named() {
    let settings = |database: Database| database.settings(&Environment::default());
    for (database, name) in [
        (
            Database {
                host: String::new(),
                ..database()
            },
            "HOST",
        ),
        (
            Database {
                host: "/tmp/mysql.sock".to_owned(),
                ..database()
            },
            "HOST",
        ),
        (
            Database {
                user: String::new(),
                ..database()
            },
            "USER",
        ),
        (
            Database {
                user: "u ".to_owned(),
                ..database()
            },
            "USER",
        ),
        (
            Database {
                port: Some(0),
                ..database()
            },
            "PORT",
        ),
        (
            Database {
                name: " d".to_owned(),
                ..database()
            },
            "NAME",
        ),
    ] {
        assert_eq!(settings(database).unwrap_err().name(), name);
    }
    let environment = Environment::from_iter([("AZURE_MYSQL_PASSWORD", "canary")]);
    assert_eq!(
        database().settings(&environment).unwrap_err().name(),
        "AZURE_MYSQL_PASSWORD"
    );
}

#[test]
fn options_cannot_weaken_the_login() {
    let dictionary = |key: &str, value: OptionValue| {
        OptionValue::Dictionary(BTreeMap::from([(key.to_owned(), value)]))
    };
    for (option, value) in [
        ("password", "canary".into()),
        ("passwd", "canary".into()),
        ("unix_socket", "/tmp/mysql.sock".into()),
        ("ssl_mode", "DISABLED".into()),
        ("ssl_mode", "PREFERRED".into()),
        ("ssl_mode", OptionValue::List(Vec::new())),
        ("ssl", OptionValue::Boolean(false)),
        ("ssl_disabled", OptionValue::Boolean(true)),
        ("ssl_verify_cert", OptionValue::Boolean(false)),
        ("ssl_verify_identity", OptionValue::Boolean(false)),
        (
            "ssl",
            dictionary("check_hostname", OptionValue::Boolean(false)),
        ),
        ("ssl", dictionary("verify_mode", "none".into())),
        (
            "ssl",
            dictionary("verify_mode", OptionValue::Boolean(false)),
        ),
        ("ssl", dictionary("ca", "/no/such/file.pem".into())),
        ("ssl_ca", "/no/such/file.pem".into()),
    ] {
        let error = with_option(option, value.clone()).unwrap_err();
        assert_eq!(error.name(), "OPTIONS", "{option} {value:?}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
    for (option, value) in [
        ("ssl_mode", "REQUIRED".into()),
        ("ssl_mode", "VERIFY_IDENTITY".into()),
        ("ssl", OptionValue::Boolean(true)),
        ("ssl_disabled", OptionValue::Boolean(false)),
        ("ssl_verify_cert", OptionValue::Boolean(true)),
        ("ssl", dictionary("verify_mode", "required".into())),
        ("charset", "utf8mb4".into()),
        ("read_timeout", OptionValue::Float(1.5)),
    ] {
        with_option(option, value).unwrap_or_else(|error| panic!("{option}: {error}"));
    }
}

#[test]
fn a_ca_file_in_the_options_is_trusted_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&file, certified.cert.pem()).unwrap();
    let ca = OptionValue::from(file.to_str().unwrap());
    let ssl = OptionValue::Dictionary(BTreeMap::from([("ca".to_owned(), ca.clone())]));
    for settings in [with_option("ssl", ssl), with_option("ssl_ca", ca)] {
        assert!(!settings.unwrap().trust().includes_web_roots());
    }
}
