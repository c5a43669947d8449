//! Whether a crate builds with the Rust that it declares.
//!
//! What of the standard library is newer than that, clippy's `incompatible_msrv` finds; an edition
//! that is newer, cargo itself. Left are the dependencies.

use std::collections::BTreeMap;

use cargo_metadata::semver::Version;

use super::{crates::Crate, deny::Deny, graph};
use crate::workspace;

/// Every crate declares the Rust it needs, and none depends on one that needs a newer one, tests
/// apart.
pub(super) fn check() -> anyhow::Result<Vec<String>> {
    let deny = Deny::read()?;
    let metadata = workspace::metadata()?;
    let needs: BTreeMap<_, _> = metadata
        .packages
        .iter()
        .filter_map(|package| {
            let found = Crate {
                name: package.name.to_string(),
                version: package.version.clone(),
            };
            Some((found, package.rust_version.clone()?))
        })
        .collect();
    let mut lines = Vec::new();
    for package in metadata.workspace_packages() {
        let below = graph::below(&deny, &package.name)?;
        let below = below
            .iter()
            .filter_map(|found| Some((found, needs.get(found)?)));
        lines.extend(wrong(&package.name, package.rust_version.as_ref(), below));
    }
    Ok(lines)
}

fn wrong<'a>(
    name: &str,
    declared: Option<&Version>,
    below: impl Iterator<Item = (&'a Crate, &'a Version)>,
) -> Vec<String> {
    let Some(declared) = declared else {
        return vec![format!(
            "`{name}` declares no `rust-version`: add the oldest that it builds with"
        )];
    };
    below
        .filter(|(_, needed)| *needed > declared)
        .map(|(found, needed)| {
            format!(
                "`{name}` declares Rust {}.{}, but needs `{}` {}, which needs Rust {}.{}: declare \
                 that, or take another version",
                declared.major,
                declared.minor,
                found.name,
                found.version,
                needed.major,
                needed.minor,
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::crates::crates, *};

    /// The lines about a crate that needs one which needs this Rust.
    fn lines(declared: Option<&Version>, needed: &str) -> Vec<String> {
        let needed = needed.parse().unwrap();
        let found = crates(&["a@1.2.3"]);
        wrong("x", declared, found.iter().map(|found| (found, &needed)))
    }

    #[test]
    fn a_dependency_that_needs_a_newer_rust_is_named() {
        let declared = Version::new(1, 88, 0);
        for fine in ["1.56.0", "1.88.0"] {
            assert!(lines(Some(&declared), fine).is_empty(), "{fine}");
        }
        for newer in ["1.88.1", "1.89.0", "1.100.0"] {
            let lines = lines(Some(&declared), newer);
            let expected = "`x` declares Rust 1.88, but needs `a` 1.2.3, which needs Rust 1.";
            assert!(
                lines.len() == 1 && lines[0].starts_with(expected),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn a_crate_has_to_declare_a_rust() {
        assert_eq!(lines(None, "1.56.0").len(), 1);
    }
}
