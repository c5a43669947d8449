//! `deny.toml`, as cargo-deny reads it, so that those who have that tool can run it.
//!
//! Here a few of its keys are read, and evaluated with the crate that cargo-deny takes for it. The
//! tool itself is not a dependency: a machine that does not have it would compile it for minutes
//! before the first check.

use anyhow::Context;
use cargo_metadata::semver::VersionReq;
use serde::Deserialize;

use super::crates::Crate;
use crate::workspace;

#[derive(Deserialize)]
pub(super) struct Deny {
    pub(super) graph: Graph,
    pub(super) licenses: Licenses,
    pub(super) bans: Bans,
}

#[derive(Deserialize)]
pub(super) struct Graph {
    /// What is needed on no other target is left alone.
    pub(super) targets: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Licenses {
    pub(super) allow: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Bans {
    pub(super) deny: Vec<Entry>,
    pub(super) skip: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// A name, or a name and versions: `rand` or `rand:0.8`.
    #[serde(rename = "crate")]
    pub(super) named: String,
    pub(super) reason: String,
}

impl Deny {
    pub(super) fn read() -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(workspace::root().join("deny.toml"))
            .context("deny.toml cannot be read")?;
        toml::from_str(&text).context("deny.toml is malformed")
    }
}

impl Entry {
    pub(super) fn names(&self, found: &Crate) -> anyhow::Result<bool> {
        let Some((name, versions)) = self.named.split_once(':') else {
            return Ok(self.named == found.name);
        };
        let versions: VersionReq = versions.parse().with_context(|| {
            format!(
                "deny.toml: `{}` names no versions; write `name:1.2`",
                self.named
            )
        })?;
        Ok(name == found.name && versions.matches(&found.version))
    }
}

#[cfg(test)]
pub(super) fn entry(named: &str) -> Entry {
    Entry {
        named: named.to_owned(),
        reason: "because".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ci::crates::crates;

    #[test]
    fn an_entry_names_one_crate_in_some_versions() {
        let cases = [
            ("rand", "rand@0.8.8", true),
            ("rand", "rand_core@0.8.8", false),
            ("rand:0.8", "rand@0.8.8", true),
            ("rand:0.8", "rand@0.9.5", false),
            ("rand:0.8", "rand_core@0.8.0", false),
            ("toml:0.9", "toml@0.9.12+spec-1.1.0", true),
        ];
        for (named, found, expected) in cases {
            let found = crates(&[found]).pop_first().unwrap();
            assert_eq!(
                entry(named).names(&found).unwrap(),
                expected,
                "{named} {}",
                found.name
            );
        }
    }

    #[test]
    fn an_entry_without_a_reason_is_malformed() {
        assert!(toml::from_str::<Entry>("crate = 'rand'").is_err());
    }
}
