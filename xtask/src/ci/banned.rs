//! Crates that must not come along.

use std::collections::BTreeSet;

use super::{
    crates::Crate,
    deny::{Deny, Entry},
    graph,
};

/// None of the crates that `deny.toml` bans is in the graph.
pub(super) fn check() -> anyhow::Result<Vec<String>> {
    let deny = Deny::read()?;
    wrong(&graph::whole(&deny)?, &deny.bans.deny)
}

fn wrong(found: &BTreeSet<Crate>, banned: &[Entry]) -> anyhow::Result<Vec<String>> {
    let mut wrong = Vec::new();
    for entry in banned {
        for one in found {
            if entry.names(one)? {
                wrong.push(format!(
                    "`{0}` is banned ({1}): `cargo tree --invert {0}` shows who brings it",
                    one.name, entry.reason
                ));
            }
        }
    }
    Ok(wrong)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{crates::crates, deny::entry},
        *,
    };

    #[test]
    fn a_banned_crate_is_found_in_the_graph() {
        let banned = [entry("ring")];
        assert!(
            wrong(&crates(&["rustls@0.23.0"]), &banned)
                .unwrap()
                .is_empty()
        );
        let wrong = wrong(&crates(&["ring@0.17.0"]), &banned).unwrap();
        assert_eq!(
            wrong,
            ["`ring` is banned (because): `cargo tree --invert ring` shows who brings it"]
        );
    }
}
