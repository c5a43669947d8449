//! Whether the crates could be published.

use std::collections::BTreeMap;

use cargo_metadata::{DependencyKind, Package};

use super::cargo;
use crate::workspace;

/// Each crate that is published says what it is, needs nothing that is not published, and builds from
/// its own tarball.
pub(super) fn check() -> anyhow::Result<Vec<String>> {
    let metadata = workspace::metadata()?;
    let members = metadata.workspace_packages();
    let published: BTreeMap<_, _> = members
        .iter()
        .map(|package| (package.name.to_string(), workspace::is_published(package)))
        .collect();
    // Only what was downloaded already, and what is not committed yet too: nothing is published here.
    let mut command = cargo::command_elsewhere("package --locked --offline --allow-dirty");
    let mut lines = Vec::new();
    for package in members
        .into_iter()
        .filter(|package| workspace::is_published(package))
    {
        command.args(["--package", &package.name]);
        lines.extend(unsaid(package));
        lines.extend(package.dependencies.iter().filter_map(|dependency| {
            let is_published = *published.get(&dependency.name)?;
            let has_version = dependency.req.comparators.is_empty();
            needed(
                &package.name,
                &dependency.name,
                dependency.kind,
                is_published,
                !has_version,
            )
        }));
    }
    lines.extend(cargo::run(
        command,
        "what the crate needs must be in its folder and in `include`",
    )?);
    Ok(lines)
}

/// What the page of a registry would lack.
fn unsaid(package: &Package) -> Vec<String> {
    let folder = package
        .manifest_path
        .parent()
        .map(|path| path.as_std_path().to_owned())
        .unwrap_or_default();
    let is_there = |name: &str| folder.join(name).is_file();
    let parts = [
        ("description", package.description.is_some()),
        ("license", package.license.is_some()),
        ("keywords", !package.keywords.is_empty()),
        ("categories", !package.categories.is_empty()),
        ("README.md", is_there("README.md")),
        ("LICENSE-APACHE", is_there("LICENSE-APACHE")),
        ("LICENSE-MIT", is_there("LICENSE-MIT")),
    ];
    parts
        .into_iter()
        .filter(|(_, said)| !said)
        .map(|(part, _)| format!("`{}` is published without {part}: add it", package.name))
        .collect()
}

/// Cargo drops a development dependency that has a path and no version, and asks the registry for any
/// other.
fn needed(
    name: &str,
    dependency: &str,
    kind: DependencyKind,
    is_published: bool,
    has_version: bool,
) -> Option<String> {
    let wrong = match (workspace::reaches_users(kind), is_published, has_version) {
        (true, true, true) | (false, _, false) => return None,
        (true, false, _) => "is not published",
        (true, true, false) => "has no version in Cargo.toml",
        (false, _, true) => "has a version in Cargo.toml, and is for tests alone: a path is enough",
    };
    Some(format!("`{name}` needs `{dependency}`, which {wrong}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_published_crate_needs_is_published_and_what_its_tests_need_is_left_out() {
        use DependencyKind::{Development, Normal};

        let cases = [
            (Normal, true, true, None),
            (Normal, false, true, Some("is not published")),
            (Normal, true, false, Some("has no version")),
            (Development, false, false, None),
            (Development, true, false, None),
            (Development, false, true, Some("is for tests alone")),
            (Development, true, true, Some("is for tests alone")),
        ];
        for (kind, is_published, has_version, expected) in cases {
            let line = needed("x", "y", kind, is_published, has_version);
            match expected {
                None => assert_eq!(line, None),
                Some(expected) => assert!(line.unwrap().contains(expected), "{expected}"),
            }
        }
    }

    #[test]
    fn a_crate_without_a_page_is_found() {
        let package = r#"{
            "name": "x", "version": "0.1.0", "id": "x", "manifest_path": "/nowhere/Cargo.toml",
            "description": "X.", "license": null, "keywords": ["x"], "categories": [], "edition": "2024",
            "dependencies": [], "targets": [], "features": {}
        }"#;
        let lines = unsaid(&serde_json::from_str(package).unwrap()).join("\n");
        for part in [
            "license",
            "categories",
            "README.md",
            "LICENSE-APACHE",
            "LICENSE-MIT",
        ] {
            assert!(lines.contains(&format!("without {part}:")), "{lines}");
        }
        assert_eq!(lines.lines().count(), 5);
    }
}
