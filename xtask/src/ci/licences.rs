//! Under which licences the crates are that come along.

use std::collections::BTreeMap;

use anyhow::Context;
use spdx::{Expression, Licensee, ParseMode};

use super::{deny::Deny, graph};
use crate::workspace;

/// Every crate of the graph is under licences of the list, and the list has none that no crate needs.
pub(super) fn check() -> anyhow::Result<Vec<String>> {
    let deny = Deny::read()?;
    let metadata = workspace::metadata()?;
    let licences: BTreeMap<_, _> = metadata
        .packages
        .iter()
        .map(|package| {
            (
                (package.name.to_string(), &package.version),
                package.license.as_deref(),
            )
        })
        .collect();
    let found: Vec<_> = graph::whole(&deny)?
        .into_iter()
        .map(|found| {
            let licence = licences
                .get(&(found.name.clone(), &found.version))
                .copied()
                .flatten();
            (found.name, licence.unwrap_or_default())
        })
        .collect();
    wrong(&found, &deny.licenses.allow)
}

fn wrong(found: &[(String, &str)], allowed: &[String]) -> anyhow::Result<Vec<String>> {
    let allowed = allowed
        .iter()
        .map(|licence| Licensee::parse(licence).with_context(|| format!("deny.toml: `{licence}`")))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let all = |_: &Licensee| true;
    let mut wrong: Vec<_> = found
        .iter()
        .filter(|(_, licence)| !is_allowed(licence, &allowed, all))
        .map(|(name, licence)| {
            format!("`{name}` is under `{licence}`: take another crate, or allow the licence in deny.toml")
        })
        .collect();
    for one in &allowed {
        let needed = |(_, licence): &(String, &str)| {
            is_allowed(licence, &allowed, all)
                && !is_allowed(licence, &allowed, |other| other != one)
        };
        if !found.iter().any(needed) {
            wrong.push(format!(
                "deny.toml allows `{one}`, which no crate needs: remove it"
            ));
        }
    }
    Ok(wrong)
}

/// Crates still write `MIT/Apache-2.0`; what cannot be read at all is not allowed.
fn is_allowed(licence: &str, allowed: &[Licensee], counts: impl Fn(&Licensee) -> bool) -> bool {
    Expression::parse_mode(licence, ParseMode::LAX).is_ok_and(|expression| {
        expression.evaluate(|required| {
            allowed
                .iter()
                .any(|one| counts(one) && one.satisfies(required))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many lines there are about one crate under this licence, MIT and ISC being needed.
    fn lines(licence: &str) -> Vec<String> {
        let found = [("a", "MIT"), ("b", "ISC AND MIT"), ("x", licence)]
            .map(|(name, licence)| (name.to_owned(), licence));
        wrong(&found, &["MIT".to_owned(), "ISC".to_owned()]).unwrap()
    }

    #[test]
    fn a_crate_needs_licences_of_the_list() {
        for licence in [
            "MIT",
            "MIT OR GPL-3.0-only",
            "MIT/Apache-2.0",
            "(ISC OR Zlib) AND MIT",
        ] {
            assert!(lines(licence).is_empty(), "{licence}");
        }
        for licence in [
            "",
            "GPL-3.0-only",
            "MIT AND GPL-3.0-only",
            "MIT WITH LLVM-exception",
            "MINE",
        ] {
            let expected = format!("`x` is under `{licence}`: ");
            let lines = lines(licence);
            assert!(
                lines.len() == 1 && lines[0].starts_with(&expected),
                "{licence}: {lines:?}"
            );
        }
    }

    #[test]
    fn a_licence_that_no_crate_needs_is_off_the_list() {
        let found = [("a".to_owned(), "MIT OR ISC"), ("b".to_owned(), "MIT")];
        let wrong = wrong(&found, &["MIT".to_owned(), "ISC".to_owned()]).unwrap();
        assert_eq!(
            wrong,
            ["deny.toml allows `ISC`, which no crate needs: remove it"]
        );
    }

    #[test]
    fn a_list_that_cannot_be_read_is_an_error() {
        assert!(wrong(&[], &["MINE".to_owned()]).is_err());
    }
}
