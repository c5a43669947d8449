//! The test matrix.

use std::process::Command;

use anyhow::Context;

/// What the README's test command says.
const ARGUMENTS: [&str; 3] = ["test-matrix", "--require", "embedded,mariadb"];

/// All tests pass, on the servers that every machine of ours can have.
pub(super) fn check() -> anyhow::Result<Vec<String>> {
    let this = std::env::current_exe().context("this program cannot be found")?;
    let status = Command::new(this)
        .args(ARGUMENTS)
        .status()
        .context("the test matrix could not be started")?;
    Ok(if status.success() {
        Vec::new()
    } else {
        vec![format!(
            "`cargo xtask {}` failed: its table says which cell",
            ARGUMENTS.join(" ")
        )]
    })
}
