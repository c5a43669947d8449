//! The program `show_settings` resolves each cell of Service Connector's tables, and says in one line
//! why it cannot.

use std::{
    path::PathBuf,
    process::{Command, Output},
    sync::OnceLock,
};

use crate::cells::{self, AuthType, CLIENT_ID, Cell, TENANT_ID};
use azure_mysql::ClientType;
use serde_json::{Value, json};

/// Builds the program, once: `cargo test --test show_settings` alone would not.
fn program() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let output = Command::new(env!("CARGO"))
            .args(["build", "--offline", "--example", "show_settings"])
            .args(["--message-format", "json", "--manifest-path"])
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
            .output()
            .unwrap();
        let messages = String::from_utf8(output.stdout).unwrap();
        let executable = messages.lines().find_map(|line| {
            let message: Value = serde_json::from_str(line).unwrap();
            message["executable"].as_str().map(PathBuf::from)
        });
        executable.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)))
    })
}

fn run<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>, arguments: &[&str]) -> Output {
    Command::new(program())
        .env_clear()
        .envs(variables)
        .args(arguments)
        .output()
        .unwrap()
}

fn shown(output: &Output) -> Value {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && error.is_empty(), "{error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The one line of a failure.
fn refusal(output: Output) -> String {
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(error.lines().count(), 1, "{error}");
    error
}

fn variables(cell: &Cell) -> impl Iterator<Item = (&str, &str)> {
    let variables = cell.variables.iter();
    variables.map(|(name, value)| (name.as_str(), value.as_str()))
}

#[test]
fn each_passwordless_cell_is_resolved() {
    for cell in cells::all().filter(|cell| cell.auth_type != AuthType::Secret) {
        let (kind, client_id, tenant_id) = match cell.auth_type {
            AuthType::UserAssigned => ("user_assigned", Some(CLIENT_ID), None),
            AuthType::ServicePrincipal => ("service_principal", Some(CLIENT_ID), Some(TENANT_ID)),
            _ => ("system_assigned", None, None),
        };
        for arguments in [vec![], vec!["--facade", cell.client_type.name()]] {
            let recognised = match cell.client_type {
                ClientType::Django if arguments.is_empty() => ClientType::Python,
                client_type => client_type,
            };
            let mut value = shown(&run(variables(&cell), &arguments));
            let warnings = value["warnings"].take();
            assert_eq!(
                warnings.as_array().unwrap().len(),
                usize::from(cell.has_suffix),
                "{cell:?}"
            );
            assert_eq!(
                value,
                json!({
                    "client_type": recognised.name(),
                    "host": cells::HOST,
                    "port": 3306,
                    "database": cells::DATABASE,
                    "user": cells::USER,
                    "identity": {
                        "kind": kind,
                        "client_id": client_id,
                        "tenant_id": tenant_id,
                    },
                    "tls": "verified",
                    "cloud": "public",
                    "warnings": null,
                }),
                "{cell:?}"
            );
        }
    }
}

#[test]
fn a_cell_with_a_password_is_refused_by_name_and_the_password_not_shown() {
    for cell in cells::all().filter(|cell| cell.auth_type == AuthType::Secret) {
        for arguments in [vec![], vec!["--facade", cell.client_type.name()]] {
            let line = refusal(run(variables(&cell), &arguments));
            assert!(
                line.to_lowercase().contains("password is set"),
                "{cell:?}: {line}"
            );
            assert!(!line.contains("canary"), "{cell:?}: {line}");
        }
    }
}

#[test]
fn a_prefix_takes_the_place_of_the_usual_one() {
    let variables = [
        ("AZURE_MYSQL_CONN2_HOST", cells::HOST),
        ("AZURE_MYSQL_CONN2_USER", cells::USER),
        ("AZURE_MYSQL_CONN2_CLIENTID", CLIENT_ID),
    ];
    for arguments in [
        &["--prefix", "AZURE_MYSQL_CONN2_"][..],
        &["--prefix=AZURE_MYSQL_CONN2_", "--facade=python"],
    ] {
        let value = shown(&run(variables, arguments));
        assert_eq!(value["host"], cells::HOST);
        assert_eq!(value["database"], Value::Null);
        assert_eq!(value["identity"]["client_id"], CLIENT_ID);
    }
    let line = refusal(run(variables, &[]));
    assert!(line.contains("AZURE_MYSQL_CONN2_HOST"), "{line}");
}

#[test]
fn the_clouds_have_names() {
    for (host, authority, expected) in [
        ("shop.mysql.database.azure.com", None, "public"),
        ("shop.mysql.database.chinacloudapi.cn", None, "china"),
        (
            "shop.mysql.database.usgovcloudapi.net",
            None,
            "us_government",
        ),
        ("localhost", Some("https://localhost:8443"), "custom"),
    ] {
        let mut variables = vec![
            ("AZURE_MYSQL_HOST", host),
            ("AZURE_MYSQL_USER", "aad_orders"),
        ];
        variables.extend(authority.map(|it| ("AZURE_AUTHORITY_HOST", it)));
        assert_eq!(shown(&run(variables, &[]))["cloud"], expected);
    }
}

#[test]
fn workload_identity_is_shown_with_its_ids() {
    let variables = [
        ("AZURE_MYSQL_HOST", cells::HOST),
        ("AZURE_MYSQL_USER", cells::USER),
        ("AZURE_CLIENT_ID", CLIENT_ID),
        ("AZURE_TENANT_ID", TENANT_ID),
        (
            "AZURE_FEDERATED_TOKEN_FILE",
            "/var/run/secrets/azure/tokens/azure-identity-token",
        ),
        ("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com/"),
    ];
    assert_eq!(
        shown(&run(variables, &[]))["identity"],
        json!({"kind": "workload_identity", "client_id": CLIENT_ID, "tenant_id": TENANT_ID})
    );
}

#[test]
fn bad_input_is_one_line_and_exit_status_2() {
    for arguments in [
        &["--facade"][..],
        &["--prefix"],
        &["--facade", "cobol"],
        &["--facade="],
        &["--verbose"],
        &["python"],
    ] {
        refusal(run([], arguments));
    }
    assert!(refusal(run([], &[])).contains("AZURE_MYSQL_HOST"));
    let line = refusal(run(
        [("AZURE_MYSQL_HOST", "https://shop")],
        &["--facade", "ruby"],
    ));
    assert!(line.contains("AZURE_MYSQL_USERNAME"), "{line}");
}
