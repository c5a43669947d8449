//! What clippy finds.

use super::cargo;

/// No warning in any target, with all features; the libraries with fewer are cells of the test
/// matrix.
pub(super) fn check() -> anyhow::Result<Vec<String>> {
    let command =
        cargo::command("clippy --workspace --all-targets --all-features --locked -- -D warnings");
    cargo::run(command, "mend what it names")
}
