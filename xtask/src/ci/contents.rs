//! What is in the packages that are published.

use std::path::Path;

use anyhow::{Context, bail};

use super::cargo;
use crate::workspace;

/// What every package may hold beside its Rust sources.
const COMMON: [&str; 7] = [
    ".cargo_vcs_info.json",
    "Cargo.lock",
    "Cargo.toml",
    "Cargo.toml.orig",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
];

/// What some hold besides: the package, and its files.
const FURTHER: [(&str, &[&str]); 3] = [
    (
        "azure-mysql",
        &[
            "roots/digicert-global-root-ca.pem",
            "roots/digicert-global-root-g2.pem",
            "roots/microsoft-rsa-root-certificate-authority-2017.pem",
        ],
    ),
    ("azure-mysql-emulator", &["src/azure_cli/az.sh"]),
    ("token-source", &["src/defaults.md"]),
];

/// Each package that is published holds its sources, its README, its licences, what cargo adds, and
/// nothing else that is not named here.
pub(super) fn check() -> anyhow::Result<Vec<String>> {
    let metadata = workspace::metadata()?;
    let mut lines = Vec::new();
    for package in metadata.workspace_packages() {
        if workspace::is_published(package) {
            lines.extend(wrong(&package.name, &list(&package.name)?));
        }
    }
    Ok(lines)
}

/// The files of a package, as cargo would pack them.
fn list(package: &str) -> anyhow::Result<String> {
    // With what is not committed yet: nothing is published here.
    let output = cargo::command("package --list --quiet --locked --offline --allow-dirty")
        .args(["--package", package])
        .output()
        .context("cargo could not be started")?;
    if !output.status.success() {
        bail!(
            "cargo does not list what is in `{package}`: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn wrong(package: &str, list: &str) -> Vec<String> {
    let further = FURTHER
        .iter()
        .find(|(named, _)| *named == package)
        .map_or(&[][..], |(_, files)| *files);
    let is_named = |file: &str| {
        let is_rust = Path::new(file).extension().is_some_and(|it| it == "rs");
        file.starts_with("src/") && is_rust || COMMON.contains(&file) || further.contains(&file)
    };
    let unnamed = list.lines().filter(|file| !is_named(file)).map(|file| {
        format!(
            "`{package}` would be published with {file}: keep it out with `include` in its \
             Cargo.toml, or name it in xtask/src/ci/contents.rs"
        )
    });
    let lacking = further
        .iter()
        .filter(|file| !list.lines().any(|listed| listed == **file))
        .map(|file| format!("`{package}` would be published without {file}: add it to `include`"));
    unnamed.chain(lacking).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_that_nobody_named_fails_with_its_name() {
        let list = COMMON.join("\n") + "\nsrc/lib.rs\nsrc/a/b.rs\n";
        assert!(wrong("x", &list).is_empty());
        for file in [
            "src/a/pymysql.whl",
            "src/table.txt",
            "tests/a.rs",
            "roots/digicert-global-root-ca.pem",
        ] {
            let lines = wrong("x", &format!("{list}{file}\n"));
            let expected = format!("`x` would be published with {file}: ");
            assert!(
                lines.len() == 1 && lines[0].starts_with(&expected),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn named_file_has_to_be_there() {
        let lines = wrong("token-source", "src/lib.rs\n");
        assert!(
            lines.len() == 1 && lines[0].contains("without src/defaults.md"),
            "{lines:?}"
        );
        assert!(wrong("token-source", "src/lib.rs\nsrc/defaults.md\n").is_empty());
    }
}
