//! What cargo would build, with the features that are really on.

use std::collections::BTreeSet;

use anyhow::{Context, bail};

use super::{
    crates::{self, Crate},
    deny::Deny,
};
use crate::build;

/// All that the workspace needs, tests included.
pub(super) fn whole(deny: &Deny) -> anyhow::Result<BTreeSet<Crate>> {
    tree(deny, &["--workspace", "--edges=normal,build,dev"])
}

/// All that the users of one crate need to build it with all its features.
pub(super) fn below(deny: &Deny, package: &str) -> anyhow::Result<BTreeSet<Crate>> {
    let mut below = tree(deny, &["--package", package, "--edges=normal,build"])?;
    below.retain(|found| found.name != package);
    Ok(below)
}

fn tree(deny: &Deny, arguments: &[&str]) -> anyhow::Result<BTreeSet<Crate>> {
    let output = build::cargo()
        .args([
            "tree",
            "--locked",
            "--all-features",
            "--prefix=none",
            "--format={p}",
        ])
        .args(
            deny.graph
                .targets
                .iter()
                .map(|target| format!("--target={target}")),
        )
        .args(arguments)
        .output()
        .context("cargo could not be started")?;
    if !output.status.success() {
        bail!(
            "`cargo tree` failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    crates::read(&String::from_utf8_lossy(&output.stdout))
}
