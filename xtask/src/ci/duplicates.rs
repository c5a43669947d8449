//! Crates that come in more than one version.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    crates::Crate,
    deny::{Deny, Entry},
    graph,
};

/// Each crate comes in one version, but for those that `deny.toml` lists with the reason; and it
/// lists none that do.
pub(super) fn check() -> anyhow::Result<Vec<String>> {
    let deny = Deny::read()?;
    wrong(&graph::whole(&deny)?, &deny.bans.skip)
}

fn wrong(found: &BTreeSet<Crate>, skip: &[Entry]) -> anyhow::Result<Vec<String>> {
    let mut versions = BTreeMap::<_, Vec<_>>::new();
    for one in found {
        versions.entry(&one.name).or_default().push(one);
    }
    versions.retain(|_, versions| versions.len() > 1);
    let mut wrong = Vec::new();
    for entry in skip {
        let mut is_needed = false;
        for versions in versions.values_mut() {
            let mut left = Vec::new();
            for &one in &*versions {
                if entry.names(one)? {
                    is_needed = true;
                } else {
                    left.push(one);
                }
            }
            *versions = left;
        }
        if !is_needed {
            wrong.push(format!(
                "deny.toml skips `{}`, which is no duplicate: remove it",
                entry.named
            ));
        }
    }
    wrong.extend(versions.iter().filter(|(_, versions)| versions.len() > 1).map(|(name, versions)| {
        let list: Vec<_> = versions.iter().map(|one| one.version.to_string()).collect();
        format!(
            "`{name}` comes as {}: make them one (`cargo tree --invert {name}@{}`), or list one in \
             deny.toml with the reason",
            list.join(" and "),
            list[0],
        )
    }));
    Ok(wrong)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{crates::crates, deny::entry},
        *,
    };

    #[test]
    fn a_second_version_needs_a_reason() {
        let cases: [(&[&str], &[&str], &[&str]); 6] = [
            (&["a@1.0.0", "b@1.0.0"], &[], &[]),
            (
                &["a@1.0.0", "a@2.0.0"],
                &[],
                &["`a` comes as 1.0.0 and 2.0.0"],
            ),
            (&["a@1.0.0", "a@2.0.0"], &["a:1"], &[]),
            (
                &["a@1.0.0", "a@2.0.0", "a@3.0.0"],
                &["a:1"],
                &["`a` comes as 2.0.0 and 3.0.0"],
            ),
            (&["a@2.0.0"], &["a:2"], &["deny.toml skips `a:2`"]),
            (
                &["a@2.0.0", "a@3.0.0"],
                &["a:1", "a:2"],
                &["deny.toml skips `a:1`"],
            ),
        ];
        for (found, skip, expected) in cases {
            let skip: Vec<_> = skip.iter().map(|named| entry(named)).collect();
            let lines = wrong(&crates(found), &skip).unwrap();
            let as_expected = |(line, expected): (&String, &&str)| line.starts_with(expected);
            assert_eq!(lines.len(), expected.len(), "{lines:?}");
            assert!(lines.iter().zip(expected).all(as_expected), "{lines:?}");
        }
    }
}
