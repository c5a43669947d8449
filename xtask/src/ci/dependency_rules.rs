//! Who may depend on whom: the rules of CONTRIBUTING.md.

use std::collections::BTreeSet;

use cargo_metadata::Package;

use super::{crates::Crate, deny::Deny, files, graph};
use crate::workspace;

/// What each crate may need of the others, tests apart.
const RULES: [(&str, &[&str]); 13] = [
    ("token-source", &[]),
    ("azure-mysql", &["token-source"]),
    ("token-source-mysql-async", &["azure-mysql", "token-source"]),
    ("token-source-sqlx", &["azure-mysql", "token-source"]),
    (
        "token-source-sea-orm",
        &["azure-mysql", "token-source", "token-source-sqlx"],
    ),
    ("token-source-diesel", &["azure-mysql", "token-source"]),
    ("mysql-handshake", &[]),
    ("process-supervisor", &[]),
    ("aad-auth", &[]),
    ("aad-auth-plugin", &["aad-auth"]),
    (
        "azure-mysql-emulator",
        &[
            "aad-auth",
            "azure-mysql",
            "mysql-handshake",
            "process-supervisor",
        ],
    ),
    (
        "test-servers",
        &[
            "azure-mysql",
            "azure-mysql-emulator",
            "process-supervisor",
            "token-source",
        ],
    ),
    (
        "adapter-conformance",
        &[
            "azure-mysql",
            "azure-mysql-emulator",
            "test-servers",
            "token-source",
        ],
    ),
];

/// An example is what a user writes, who adds one dependency of ours.
const ADAPTERS: &[&str] = &[
    "token-source-diesel",
    "token-source-mysql-async",
    "token-source-sea-orm",
    "token-source-sqlx",
];

/// For maintainers, so they may need everything.
const TOOLS: [&str; 3] = ["bench", "docs", "xtask"];

/// No type of theirs can be in the public interface of a crate that has none of them below it.
const DRIVERS: [&str; 8] = [
    "diesel",
    "mysql",
    "mysql_async",
    "mysql_common",
    "mysqlclient-sys",
    "sea-orm",
    "sqlx-core",
    "sqlx-mysql",
];

/// The crates that know no driver.
const WITHOUT_DRIVER: [&str; 2] = ["token-source", "azure-mysql"];

/// Dependencies go one way, `token-source` and `azure-mysql` have no driver below them, and the first does
/// not speak of MySQL.
pub(super) fn check() -> anyhow::Result<Vec<String>> {
    let deny = Deny::read()?;
    let metadata = workspace::metadata()?;
    let members = metadata.workspace_packages();
    let names: BTreeSet<&str> = members
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let mut lines: Vec<_> = members
        .iter()
        .flat_map(|package| broken_rules(&package.name, &needs(package, &names)))
        .collect();
    for name in WITHOUT_DRIVER {
        lines.extend(drivers(name, &graph::below(&deny, name)?));
    }
    for path in files::of_the_repository()? {
        if is_source_of_tokens(&path) {
            let text = std::fs::read_to_string(workspace::root().join(&path))?;
            lines.extend(words(&path, &text));
        }
    }
    Ok(lines)
}

/// The members that its users need too.
fn needs<'a>(package: &'a Package, members: &BTreeSet<&str>) -> Vec<&'a str> {
    package
        .dependencies
        .iter()
        .filter(|dependency| workspace::reaches_users(dependency.kind))
        .map(|dependency| dependency.name.as_str())
        .filter(|name| members.contains(name))
        .collect()
}

fn broken_rules(name: &str, needs: &[&str]) -> Vec<String> {
    if TOOLS.contains(&name) {
        return Vec::new();
    }
    let listed = RULES
        .iter()
        .find(|(listed, _)| *listed == name)
        .map(|(_, may)| *may);
    let Some(may) = listed.or_else(|| name.starts_with("example-").then_some(ADAPTERS)) else {
        return vec![format!(
            "`{name}` has no place yet: say in xtask/src/ci/dependency_rules.rs what it may need"
        )];
    };
    needs
        .iter()
        .filter(|needed| !may.contains(needed))
        .map(|needed| format!("`{name}` must not depend on `{needed}`, except for its tests"))
        .collect()
}

fn drivers(name: &str, below: &BTreeSet<Crate>) -> Vec<String> {
    below
        .iter()
        .filter(|found| DRIVERS.contains(&found.name.as_str()))
        .map(|found| {
            format!(
                "`{name}` knows no driver, but needs `{0}`: `cargo tree --package {name} --invert {0}` shows why",
                found.name,
            )
        })
        .collect()
}

/// Its tests play services of Azure, and those know MySQL.
fn is_source_of_tokens(path: &str) -> bool {
    path.starts_with("crates/token-source/src/") && !path.ends_with("/tests.rs")
}

fn words(path: &str, text: &str) -> Vec<String> {
    text.lines()
        .zip(1..)
        .filter(|(line, _)| line.to_lowercase().contains("mysql"))
        .map(|(_, number)| {
            format!("{path}:{number} speaks of MySQL, of which token-source knows nothing")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::crates::crates, *};

    #[test]
    fn dependency_the_wrong_way_is_found() {
        let cases: [(&str, &[&str], usize); 8] = [
            ("token-source", &[], 0),
            ("token-source", &["azure-mysql"], 1),
            ("azure-mysql", &["token-source", "token-source-sqlx"], 1),
            (
                "token-source-sqlx",
                &["azure-mysql", "azure-mysql-emulator", "test-servers"],
                2,
            ),
            ("example-go", &["token-source-sqlx"], 0),
            ("example-go", &["azure-mysql"], 1),
            ("xtask", &["test-servers"], 0),
            ("new", &[], 1),
        ];
        for (name, needs, expected) in cases {
            let lines = broken_rules(name, needs);
            assert_eq!(lines.len(), expected, "{name}: {lines:?}");
        }
    }

    #[test]
    fn a_driver_below_is_found() {
        assert!(drivers("azure-mysql", &crates(&["rustls-webpki@0.103.0"])).is_empty());
        assert_eq!(
            drivers(
                "azure-mysql",
                &crates(&["mysql_common@0.37.0", "serde@1.0.0"])
            )
            .len(),
            1
        );
    }

    #[test]
    fn a_word_of_mysql_among_the_tokens_is_found() {
        let lines = words("a.rs", "token\n/// As a `MySQL` password.\n");
        assert_eq!(
            lines,
            ["a.rs:2 speaks of MySQL, of which token-source knows nothing"]
        );
        assert!(is_source_of_tokens("crates/token-source/src/lib.rs"));
        assert!(!is_source_of_tokens("crates/token-source-sqlx/src/lib.rs"));
        assert!(!is_source_of_tokens(
            "crates/token-source/src/entra/certificate/tests.rs"
        ));
    }
}
