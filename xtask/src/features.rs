//! The sets of features with which a library has to build.

use std::collections::{BTreeMap, BTreeSet};

use crate::workspace;

/// Crates that are nothing without a feature, and whose compile error says so.
const NOTHING_WITHOUT: [&str; 1] = ["token-source-diesel"];

/// One package with some of its features, and no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FeatureSet {
    pub(crate) package: String,
    pub(crate) features: Vec<String>,
}

impl FeatureSet {
    /// What tells cargo to build this set. It is for one package alone: in one build with others it
    /// would get the features that these turn on, and one that it forgot to ask for would not be
    /// missed.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut arguments = ["--package", &self.package, "--no-default-features"]
            .map(str::to_owned)
            .to_vec();
        if !self.features.is_empty() {
            arguments.extend(["--features".to_owned(), self.features.join(",")]);
        }
        arguments
    }
}

/// For each library that is published: no feature, each one alone, those by default, all.
pub(crate) fn sets() -> anyhow::Result<Vec<FeatureSet>> {
    let metadata = workspace::metadata()?;
    let published = metadata
        .workspace_packages()
        .into_iter()
        .filter(|package| workspace::is_published(package));
    Ok(published
        .flat_map(|package| {
            of(&package.name, &package.features)
                .into_iter()
                .map(|features| FeatureSet {
                    package: package.name.to_string(),
                    features,
                })
        })
        .collect())
}

/// The sets of one package, none twice: what a feature turns on besides is part of it, so that
/// `bb8`, which turns on `async`, is the same set as both.
fn of(package: &str, features: &BTreeMap<String, Vec<String>>) -> Vec<Vec<String>> {
    let named = || features.keys().filter(|name| *name != "default");
    let mut sets = Vec::new();
    if !NOTHING_WITHOUT.contains(&package) {
        sets.push(Vec::new());
    }
    sets.extend(named().map(|name| vec![name.clone()]));
    sets.extend(features.get("default").cloned());
    sets.push(named().cloned().collect());
    let mut seen = BTreeSet::new();
    sets.retain(|set| seen.insert(whole(set, features)));
    sets
}

/// The features with all that they turn on in their own package.
fn whole(set: &[String], features: &BTreeMap<String, Vec<String>>) -> BTreeSet<String> {
    let mut whole = BTreeSet::new();
    let mut left = set.to_vec();
    while let Some(name) = left.pop() {
        if let Some(turned_on) = features.get(&name)
            && whole.insert(name)
        {
            left.extend(turned_on.iter().cloned());
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(table: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        table
            .iter()
            .map(|&(name, turned_on)| (name.to_owned(), owned(turned_on)))
            .collect()
    }

    #[test]
    fn none_each_alone_the_defaults_and_all() {
        let features = features(&[
            ("a", &["dep:a"]),
            ("b", &[]),
            ("c", &[]),
            ("default", &["a", "b"]),
        ]);
        let expected: [&[&str]; 6] = [&[], &["a"], &["b"], &["c"], &["a", "b"], &["a", "b", "c"]];
        assert_eq!(of("x", &features), expected);
    }

    #[test]
    fn no_set_is_built_twice_under_another_name() {
        let features = features(&[("a", &["b", "dep:a"]), ("b", &[]), ("default", &["b"])]);
        let expected: [&[&str]; 3] = [&[], &["a"], &["b"]];
        assert_eq!(of("x", &features), expected);
    }

    #[test]
    fn what_is_nothing_without_a_feature_is_not_built_without() {
        let features = features(&[("async", &[])]);
        assert_eq!(of("token-source-diesel", &features), [["async"]]);
    }

    #[test]
    fn only_the_features_of_the_set_are_turned_on() {
        let mut set = FeatureSet {
            package: "x".to_owned(),
            features: Vec::new(),
        };
        assert_eq!(
            set.arguments().join(" "),
            "--package x --no-default-features"
        );
        set.features = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(
            set.arguments().join(" "),
            "--package x --no-default-features --features a,b"
        );
    }

    #[test]
    fn every_published_crate_has_a_set() {
        let sets = sets().unwrap();
        for name in ["token-source", "azure-mysql", "token-source-diesel"] {
            assert!(sets.iter().any(|set| set.package == name), "{name}");
        }
    }
}
