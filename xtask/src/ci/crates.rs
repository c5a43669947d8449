//! Crates, as `cargo tree` names them.

use std::collections::BTreeSet;

use anyhow::Context;
use cargo_metadata::semver::Version;

/// A crate in one version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Crate {
    pub(super) name: String,
    pub(super) version: Version,
}

/// Lines such as `serde v1.0.229` or `aad-auth v0.1.0 (/path) (*)`, and empty ones.
pub(super) fn read(lines: &str) -> anyhow::Result<BTreeSet<Crate>> {
    let line = |line: &str| {
        let (name, rest) = line.split_once(" v")?;
        let version = rest.split(' ').next()?.parse().ok()?;
        Some(Crate {
            name: name.to_owned(),
            version,
        })
    };
    lines
        .lines()
        .filter(|text| !text.is_empty())
        .map(|text| line(text).with_context(|| format!("`cargo tree` wrote `{text}`")))
        .collect()
}

#[cfg(test)]
pub(super) fn crates(list: &[&str]) -> BTreeSet<Crate> {
    let lines: Vec<_> = list.iter().map(|text| text.replace('@', " v")).collect();
    read(&lines.join("\n")).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_read_once_with_its_version() {
        let read = read("a v0.1.0 (/somewhere/a)\nb v1.2.3+spec\n\na v0.1.0 (/somewhere/a) (*)\n")
            .unwrap();
        let found: Vec<_> = read
            .iter()
            .map(|found| (found.name.as_str(), found.version.to_string()))
            .collect();
        assert_eq!(
            found,
            [("a", "0.1.0".to_owned()), ("b", "1.2.3+spec".to_owned())]
        );
    }

    #[test]
    fn what_is_no_crate_is_an_error() {
        assert!(read("a\n").is_err());
        assert!(read("a vx\n").is_err());
    }
}
